/// A text made comparable: lower case, one space between words, look-alike letters of Cyrillic and Greek as Latin ones,
/// invisible characters gone. It begins and ends with a space, so that whole words can be searched.
struct FoldedText: Sendable {
  private(set) var bytes: [UInt8] = [0x20]

  init(_ text: String) {
    bytes.reserveCapacity(text.utf8.count + 2)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x30...0x39, 0x61...0x7A: bytes.append(UInt8(scalar.value))
      case 0x41...0x5A: bytes.append(UInt8(scalar.value) | 0x20)
      case 0x27, 0x2019: continue
      case 0x00...0x7F: space()
      case 0xAD, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: continue
      default:
        if let latin = Self.lookAlikes[scalar.value] {
          bytes.append(latin)
        } else if scalar.properties.isAlphabetic {
          bytes.append(contentsOf: scalar.utf8)
        } else {
          space()
        }
      }
    }
    space()
  }

  private mutating func space() { if bytes.last != 0x20 { bytes.append(0x20) } }

  private static let lookAlikes: [UInt32: UInt8] = {
    let pairs: [(String, String)] = [
      ("асеорхуівкмнтгѕјһԁ", "aceopxyibkmhtrsjhd"),
      ("АСЕОРХУІВКМНТЅЈ", "aceopxyibkmhtsj"),
      ("αορνικτυχε", "aopviktyxe"), ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"),
    ]
    var table: [UInt32: UInt8] = [:]
    for (foreign, latin) in pairs {
      for (a, b) in zip(foreign.unicodeScalars, latin.utf8) { table[a.value] = b }
    }
    return table
  }()
}

/// Phrases that are searched together, in one pass over the text.
struct PhraseBook: Sendable {
  private var phrases: [[UInt8]]
  /// Which phrases begin with a byte.
  private var starts: [[Int]] = Array(repeating: [], count: 256)

  /// A phrase matches whole words; one that ends in `*` matches the beginning of its last word.
  init(_ texts: [String]) {
    phrases = texts.map { text in
      let folded = FoldedText(text).bytes.dropFirst()
      return Array(text.utf8.last == UInt8(ascii: "*") ? folded.dropLast() : folded)
    }
    for (index, phrase) in phrases.enumerated() { if let first = phrase.first { starts[Int(first)].append(index) } }
  }

  /// The phrases that occur, by their index, in order.
  func found(in text: FoldedText) -> [Int] {
    var hits = Array(repeating: false, count: phrases.count)
    text.bytes.withUnsafeBufferPointer { bytes in
      for at in bytes.indices.dropFirst() where bytes[at - 1] == 0x20 {
        for index in starts[Int(bytes[at])] where !hits[index] {
          let phrase = phrases[index]
          if phrase.count <= bytes.count - at, bytes[at..<(at + phrase.count)].elementsEqual(phrase) {
            hits[index] = true
          }
        }
      }
    }
    return hits.indices.filter { hits[$0] }
  }

  func occurs(in text: FoldedText) -> Bool { !found(in: text).isEmpty }
}
