/// Makes case ids: UUIDs of version 7 (RFC 9562), so that rows under them arrive in the order of their keys.
///
/// A case id falls into the lane for which it was made: a few random tries find one.
public struct CaseIDMint: Sendable {
  private var generator: SplitMix64
  private var lastMillisecond: Int64 = 0

  public init(seed: UInt64) { generator = SplitMix64(state: seed) }

  public mutating func next(lane wanted: Int32, among lanes: Int32, at now: Instant) -> String {
    // Never older than the last one: the order of ids is the order of making also when the clock steps back.
    lastMillisecond = max(lastMillisecond, now.microseconds / 1000)
    while true {
      let id = uuid(random: (generator.next(), generator.next()))
      if lane(of: id, among: lanes) == wanted { return id }
    }
  }

  private func uuid(random: (UInt64, UInt64)) -> String {
    let high = UInt64(bitPattern: lastMillisecond) << 16 | 0x7000 | random.0 & 0x0FFF
    let low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    return String(unsafeUninitializedCapacity: 36) { text in
      var at = 0
      for place in 0..<32 {
        if place == 8 || place == 12 || place == 16 || place == 20 { text[at] = 0x2D; at += 1 }
        let word = place < 16 ? high : low
        let digit = UInt8(word >> UInt64(60 - 4 * (place % 16)) & 15)
        text[at] = digit < 10 ? 0x30 + digit : 0x57 + digit
        at += 1
      }
      return 36
    }
  }
}

/// A small generator with a seed (Steele, Lea, Flood 2014): the same seed gives the same day again.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64
  public init(state: UInt64) { self.state = state }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
