/// Turns text into hashed features: every word by its first six bytes (a cheap stem), and every pair of neighbours.
///
/// Letters of ASCII count without case, every digit counts as 0 so that amounts and dates generalise, and bytes above
/// ASCII are letters. The work is linear in the text.
enum Words {
  static let bucketCount = 1 << 14
  private static let shift: UInt64 = 64 - 14
  private static let stem = 6

  /// Appends the features of `text`. `space` keeps fields apart: the same word in another space is another feature.
  static func append(_ text: String, space: UInt64 = 0, pairs: Bool = true, to buckets: inout [Int32]) {
    var text = text
    // Once, and not for each byte: a static is looked up under a lock.
    let fold = Self.fold
    text.withUTF8 { bytes in
      let start: UInt64 = 0xCBF2_9CE4_8422_2325 ^ (space &* 0x9E37_79B9_7F4A_7C15)
      var hash = start, length = 0, previous: UInt64 = 0
      for at in 0...bytes.count {
        let letter = at < bytes.count ? fold[Int(bytes[at])] : 0
        if letter != 0 {
          if length < stem { hash = (hash ^ UInt64(letter)) &* 0x100_0000_01B3 }
          length += 1
        } else if length > 0 {
          buckets.append(bucket(hash))
          if pairs, previous != 0 { buckets.append(bucket(previous &* 31 &+ hash)) }
          (previous, hash, length) = (hash, start, 0)
        }
      }
    }
  }

  static func features(_ text: String, pairs: Bool = true) -> [Int32] {
    var buckets: [Int32] = []
    buckets.reserveCapacity(text.utf8.count / 3)
    append(text, pairs: pairs, to: &buckets)
    return buckets
  }

  static func count(_ text: String) -> Int { features(text, pairs: false).count }

  private static func bucket(_ hash: UInt64) -> Int32 {
    Int32(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }

  /// What a byte counts as in a word; 0 ends the word.
  private static let fold: [UInt8] = (0...255).map { (byte: Int) -> UInt8 in
    switch UInt8(byte) {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt8(byte) | 0x20
    case UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...: UInt8(byte)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt8(ascii: "0")
    default: 0
    }
  }
}
