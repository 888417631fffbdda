/// The index of a full run: words of 64 bits, big-endian, hash of the key << 32 | number of the entry within its run,
/// sorted, cut into pages.
enum KeyIndex {
  static let wordsPerPage = 505

  /// - Parameter words: sorted.
  static func pages(_ words: [UInt64]) -> (pages: [[UInt8]], fences: KeyFences) {
    var pages: [[UInt8]] = []
    var fences = KeyFences()
    for start in stride(from: 0, to: words.count, by: wordsPerPage) {
      let page = words[start..<min(start + wordsPerPage, words.count)]
      fences.append(words[start])
      pages.append(page.flatMap(bigEndian))
    }
    return (pages, fences)
  }

  /// The entries with this hash on one page, and whether a later page can have no more of them.
  static func offsets(of hash: UInt32, in page: [UInt8]) -> (offsets: [UInt32], ends: Bool) {
    let count = page.count / 8
    var low = 0, high = count
    while low < high {
      let middle = (low + high) / 2
      if UInt32(truncatingIfNeeded: word(middle, of: page) >> 32) < hash { low = middle + 1 } else { high = middle }
    }
    var offsets: [UInt32] = []
    while low < count {
      let word = word(low, of: page)
      if UInt32(truncatingIfNeeded: word >> 32) != hash { return (offsets, true) }
      offsets.append(UInt32(truncatingIfNeeded: word))
      low += 1
    }
    return (offsets, false)
  }

  static func word(_ index: Int, of bytes: [UInt8]) -> UInt64 {
    bytes[index * 8..<index * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
  }

  static func bigEndian(_ word: UInt64) -> [UInt8] { withUnsafeBytes(of: word.bigEndian) { Array($0) } }
}

/// The first word of each page of an index.
struct KeyFences {
  private var words: [UInt64] = []

  init() {}

  init(bytes: [UInt8]) { words = (0..<bytes.count / 8).map { KeyIndex.word($0, of: bytes) } }

  var count: Int { words.count }
  var bytes: [UInt8] { words.flatMap(KeyIndex.bigEndian) }

  mutating func append(_ word: UInt64) { words.append(word) }

  /// The page where entries with this hash may begin.
  func firstPage(for hash: UInt32) -> Int {
    let least = UInt64(hash) << 32
    var low = 0, high = words.count
    while low < high {
      let middle = (low + high) / 2
      if words[middle] < least { low = middle + 1 } else { high = middle }
    }
    return max(low - 1, 0)
  }
}
