/// What differs between two texts, word by word (longest common subsequence). Words are equal by code points: what only looks
/// the same does differ.
enum WordDiff {
  enum Part: Equatable {
    case same(String)
    case gone(String)
    case new(String)
  }

  /// Beyond this many words a side, what lies between the equal beginning and the equal end is told apart as a whole.
  static let mostWords = 600

  static func parts(_ before: String, _ after: String) -> [Part] { join(parts(of: words(before), words(after))) }

  /// The same for lists, element by element; neighbours are not joined.
  static func elements(_ before: [String], _ after: [String]) -> [Part] { parts(of: before[...], after[...]) }

  private static func parts(of before: ArraySlice<String>, _ after: ArraySlice<String>) -> [Part] {
    var ids: [[UInt8]: Int] = [:]
    func number(_ word: String) -> Int {
      let bytes = Array(word.utf8)
      if let id = ids[bytes] { return id }
      ids[bytes] = ids.count
      return ids.count - 1
    }
    let words = (Array(before), Array(after))
    let a = words.0.map(number), b = words.1.map(number)
    let head = zip(a, b).prefix { $0 == $1 }.count
    let most = min(a.count, b.count) - head
    let tail = min(most, zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count)
    let (middleA, middleB) = (head..<a.count - tail, head..<b.count - tail)
    return words.0[..<head].map { .same($0) } + middle(words, a, b, middleA, middleB) + words.0[(a.count - tail)...].map { .same($0) }
  }

  private static func middle(_ words: ([String], [String]), _ a: [Int], _ b: [Int], _ before: Range<Int>, _ after: Range<Int>) -> [Part] {
    let gone = before.map { Part.gone(words.0[$0]) }, new = after.map { Part.new(words.1[$0]) }
    guard !before.isEmpty, !after.isEmpty, before.count <= mostWords, after.count <= mostWords else { return gone + new }
    let width = after.count + 1
    var lengths = [UInt16](repeating: 0, count: (before.count + 1) * width)
    for i in before.indices.reversed() {
      for j in after.indices.reversed() {
        let at = (i - before.lowerBound) * width + j - after.lowerBound
        lengths[at] = a[i] == b[j] ? lengths[at + width + 1] + 1 : max(lengths[at + width], lengths[at + 1])
      }
    }
    var parts: [Part] = []
    var i = before.lowerBound, j = after.lowerBound
    while i < before.upperBound || j < after.upperBound {
      let at = (i - before.lowerBound) * width + j - after.lowerBound
      if i < before.upperBound, j < after.upperBound, a[i] == b[j] {
        parts.append(.same(words.0[i]))
        (i, j) = (i + 1, j + 1)
      } else if i < before.upperBound, j == after.upperBound || lengths[at + width] >= lengths[at + 1] {
        parts.append(.gone(words.0[i]))
        i += 1
      } else {
        parts.append(.new(words.1[j]))
        j += 1
      }
    }
    return parts
  }

  private static func join(_ parts: [Part]) -> [Part] {
    parts.reduce(into: []) { joined, part in
      switch (joined.last, part) {
      case (.same(let text)?, .same(let more)): joined[joined.count - 1] = .same(text + more)
      case (.gone(let text)?, .gone(let more)): joined[joined.count - 1] = .gone(text + more)
      case (.new(let text)?, .new(let more)): joined[joined.count - 1] = .new(text + more)
      default: joined.append(part)
      }
    }
  }

  /// Words with the white space that follows them.
  private static func words(_ text: String) -> ArraySlice<String> {
    var words: [String] = []
    let scalars = text.unicodeScalars
    var start = scalars.startIndex
    var at = start
    while at < scalars.endIndex {
      while at < scalars.endIndex, !scalars[at].properties.isWhitespace { at = scalars.index(after: at) }
      while at < scalars.endIndex, scalars[at].properties.isWhitespace { at = scalars.index(after: at) }
      words.append(String(scalars[start..<at]))
      start = at
    }
    return words[...]
  }
}
