/// Which lane a key belongs to: as Kafka's default partitioner places it, so that any client's keyed record lands there too.
///
/// - Parameter lanes: the number of lanes, above 0.
@inlinable public func lane(of key: some Collection<UInt8>, among lanes: Int32) -> Int32 {
  Int32(bitPattern: murmur2(key) & 0x7fff_ffff) % lanes
}

public func lane(of key: String, among lanes: Int32) -> Int32 { lane(of: key.utf8, among: lanes) }

/// MurmurHash2, 32 bits, with Kafka's seed (`org.apache.kafka.common.utils.Utils.murmur2`).
@inlinable func murmur2(_ key: some Collection<UInt8>) -> UInt32 {
  let m: UInt32 = 0x5bd1_e995
  var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: key.count)
  var word: UInt32 = 0
  var filled: UInt32 = 0
  for byte in key {
    word |= UInt32(byte) << (8 * filled)
    filled += 1
    guard filled == 4 else { continue }
    word &*= m
    word ^= word >> 24
    word &*= m
    hash = (hash &* m) ^ word
    word = 0
    filled = 0
  }
  if filled > 0 { hash = (hash ^ word) &* m }
  hash ^= hash >> 13
  hash &*= m
  return hash ^ (hash >> 15)
}
