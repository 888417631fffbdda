/// Bloom filters of up to 64 runs side by side: word i holds bit i of each run's filter, so that one look tells for all
/// runs at once whether they may have a key. A look is `probes` cache misses, whatever the number of runs.
///
/// At 16 bits a key and 8 probes a run that lacks a key is suspected once in 1,700 times.
struct KeyFilter {
  static let probes = 8
  private let mask: Int
  private var words: [UInt64]
  private var used: UInt64 = 0

  /// - Parameter bits: of each run; a power of two, at least 64.
  init(bits: Int) {
    mask = bits - 1
    words = [UInt64](repeating: 0, count: bits)
  }

  var isFull: Bool { used == UInt64.max }
  var isEmpty: Bool { used == 0 }

  /// The runs that may have the key, a bit for each column.
  func suspects(_ hash: UInt64) -> UInt64 {
    var suspects = used
    var position = UInt32(truncatingIfNeeded: hash)
    let step = UInt32(truncatingIfNeeded: hash >> 32) | 1
    for _ in 0..<Self.probes {
      suspects &= words[Int(position) & mask]
      position &+= step
    }
    return suspects
  }

  /// Takes a free column for a run with this filter. - Returns: nil where none is free or the size is another.
  mutating func add(_ filter: [UInt8]) -> Int? {
    guard !isFull, filter.count * 8 == mask + 1 else { return nil }
    let column = (~used).trailingZeroBitCount
    let bit = UInt64(1) << UInt64(column)
    for (at, byte) in filter.enumerated() where byte != 0 {
      var rest = byte
      while rest != 0 {
        words[at * 8 + rest.trailingZeroBitCount] |= bit
        rest &= rest - 1
      }
    }
    used |= bit
    return column
  }

  mutating func remove(column: Int) {
    let keep = ~(UInt64(1) << UInt64(column))
    for at in words.indices { words[at] &= keep }
    used &= keep
  }

  /// The filter of one run.
  static func filter(of hashes: some Sequence<UInt64>, bits: Int) -> [UInt8] {
    var filter = [UInt8](repeating: 0, count: bits / 8)
    for hash in hashes {
      var position = UInt32(truncatingIfNeeded: hash)
      let step = UInt32(truncatingIfNeeded: hash >> 32) | 1
      for _ in 0..<probes {
        let at = Int(position) & (bits - 1)
        filter[at >> 3] |= 1 << UInt8(at & 7)
        position &+= step
      }
    }
    return filter
  }
}
