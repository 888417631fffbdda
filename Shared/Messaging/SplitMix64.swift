/// Steele, Lea and Flood's SplitMix64: small, seeded, the same on every machine. Not for secrets.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// True with the given probability; always draws once.
  public mutating func chance(_ probability: Double) -> Bool { Double(next() >> 11) * 0x1p-53 < probability }
}

/// A version 4 UUID (RFC 9562) in lower case.
public func randomUUID(using random: inout some RandomNumberGenerator) -> String {
  let digits = Array("0123456789abcdef".utf8)
  let bits = (random.next() & ~0xF000 | 0x4000, random.next() & ~(0b11 << 62) | 0b10 << 62)
  var text: [UInt8] = []
  for (half, dashes) in [(bits.0, [8, 12]), (bits.1, [0, 4])] {
    for place in 0..<16 {
      if dashes.contains(place) { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(half >> (60 - 4 * UInt64(place)) & 0xF)])
    }
  }
  return String(decoding: text, as: UTF8.self)
}
