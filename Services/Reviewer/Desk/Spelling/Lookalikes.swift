/// Letters of another script in a text that look like the ones around them: `pаypal` with a Cyrillic а.
///
/// A letter counts where its word has letters of ASCII too, or where all of its word looks like ASCII while the text is
/// written in ASCII and nowhere else in that script. Whole words of a language that the text speaks are left alone.
struct Lookalikes {
  /// Places of the scalars, with what each looks like.
  private(set) var places: [Int: Character] = [:]

  /// - Parameter scripts: those of what the text is a piece of.
  init(_ text: String, in scripts: Scripts? = nil) {
    guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return }
    let scalars = Array(text.unicodeScalars)
    let scripts = scripts ?? Scripts(scalars)
    var start = 0
    while start < scalars.count {
      guard Lookalikes.isInWord(scalars[start]) else {
        start += 1
        continue
      }
      var end = start
      while end < scalars.count, Lookalikes.isInWord(scalars[end]) { end += 1 }
      take(scalars, start..<end, scripts)
      start = end
    }
  }

  private mutating func take(_ scalars: [Unicode.Scalar], _ word: Range<Int>, _ scripts: Scripts) {
    let hasASCII = word.contains { scalars[$0].isASCII && scalars[$0].properties.isAlphabetic }
    let isWhole = scripts.isLatin && word.allSatisfy { index in
      let scalar = scalars[index]
      return !scalar.properties.isAlphabetic || LookalikeTable.letters[scalar.value] != nil && !scripts.speaks(scalar)
    }
    for index in word {
      let value = scalars[index].value
      if scripts.isWide, (0xFF00...0xFF5E).contains(value) { continue }
      if let shape = LookalikeTable.always(value) ?? (scripts.isLatin ? LookalikeTable.signs[value] : nil) {
        places[index] = shape
      } else if hasASCII || isWhole, let letter = LookalikeTable.letters[value] {
        places[index] = letter
      }
    }
  }

  private static func isInWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || LookalikeTable.signs[scalar.value] != nil || LookalikeTable.always(scalar.value) != nil
      || scalar.value >= 0x300 && scalar.value <= 0x36F || (0x30...0x39).contains(scalar.value)
  }
}

/// In which scripts a text is written.
struct Scripts: Sendable {
  private enum Script: Hashable {
    case greek, cyrillic, armenian, cherokee

    init?(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
      case 0x400...0x52F: self = .cyrillic
      case 0x530...0x58F: self = .armenian
      case 0x13A0...0x13FF: self = .cherokee
      default: return nil
      }
    }
  }
  /// Scripts of which the text has letters that look like no other.
  private let spoken: Set<Script>
  let isLatin: Bool
  /// Whether wide letters are at home in it.
  let isWide: Bool

  init(_ text: String) { self.init(Array(text.unicodeScalars)) }

  init(_ scalars: [Unicode.Scalar]) {
    spoken = Set(scalars.compactMap { LookalikeTable.letters[$0.value] == nil ? Script($0) : nil })
    isLatin = scalars.contains { $0.isASCII && $0.properties.isAlphabetic }
    isWide = scalars.contains { (0x3040...0x30FF).contains($0.value) || (0x4E00...0x9FFF).contains($0.value) || (0xAC00...0xD7AF).contains($0.value) }
  }

  func speaks(_ scalar: Unicode.Scalar) -> Bool { Script(scalar).map(spoken.contains) ?? false }
}
