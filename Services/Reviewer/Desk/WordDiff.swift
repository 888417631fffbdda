/// What differs between two texts, word by word (longest common subsequence).
enum WordDiff {
  enum Part: Equatable {
    case same(String)
    case gone(String)
    case new(String)
  }

  /// Beyond this many words a side the texts are told apart as a whole.
  static let mostWords = 600

  static func parts(_ before: String, _ after: String) -> [Part] {
    let a = words(before), b = words(after)
    guard a.count <= mostWords, b.count <= mostWords else { return [.gone(before), .new(after)] }
    var lengths = [[UInt16]](repeating: [UInt16](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in a.indices.reversed() {
      for j in b.indices.reversed() {
        lengths[i][j] = a[i] == b[j] ? lengths[i + 1][j + 1] + 1 : max(lengths[i + 1][j], lengths[i][j + 1])
      }
    }
    var parts: [Part] = []
    var i = 0, j = 0
    while i < a.count || j < b.count {
      if i < a.count, j < b.count, a[i] == b[j] {
        add(.same(String(a[i])), &parts)
        (i, j) = (i + 1, j + 1)
      } else if i < a.count, j == b.count || lengths[i + 1][j] >= lengths[i][j + 1] {
        add(.gone(String(a[i])), &parts)
        i += 1
      } else {
        add(.new(String(b[j])), &parts)
        j += 1
      }
    }
    return parts
  }

  private static func add(_ part: Part, _ parts: inout [Part]) {
    switch (parts.last, part) {
    case (.same(let text)?, .same(let more)): parts[parts.count - 1] = .same(text + more)
    case (.gone(let text)?, .gone(let more)): parts[parts.count - 1] = .gone(text + more)
    case (.new(let text)?, .new(let more)): parts[parts.count - 1] = .new(text + more)
    default: parts.append(part)
    }
  }

  /// Words with the white space that follows them.
  private static func words(_ text: String) -> [Substring] {
    var words: [Substring] = []
    var start = text.startIndex
    var at = start
    while at < text.endIndex {
      while at < text.endIndex, !text[at].isWhitespace { at = text.index(after: at) }
      while at < text.endIndex, text[at].isWhitespace { at = text.index(after: at) }
      words.append(text[start..<at])
      start = at
    }
    return words
  }
}
