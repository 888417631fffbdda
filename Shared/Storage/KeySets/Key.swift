/// A key of 16 bytes in two machine words.
struct Key: Hashable {
  let a: UInt64
  let b: UInt64

  /// - Parameter bytes: 16 of them.
  init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  init(_ bytes: ArraySlice<UInt8>) {
    var a: UInt64 = 0, b: UInt64 = 0
    for byte in bytes.prefix(8) { a = a << 8 | UInt64(byte) }
    for byte in bytes.dropFirst(8).prefix(8) { b = b << 8 | UInt64(byte) }
    self.a = a
    self.b = b
  }

  // Stored indexes and filters are made of these two: a change of the constants makes old files unreadable.

  /// The hash by which the pages of a full run are sorted.
  var indexHash: UInt32 { UInt32(truncatingIfNeeded: (filterHash &* 0x9E37_79B9_7F4A_7C15) >> 32) }

  /// Mixed by two rounds of MurmurHash3's finaliser.
  var filterHash: UInt64 { Self.mix(Self.mix(a) &+ b) }

  private static func mix(_ value: UInt64) -> UInt64 {
    var x = value
    x = (x ^ x >> 33) &* 0xFF51_AFD7_ED55_8CCD
    x = (x ^ x >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return x ^ x >> 33
  }
}
