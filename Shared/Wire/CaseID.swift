/// Makes case ids: UUIDs of version 7 (RFC 9562), so that rows under them arrive in the order of their keys.
///
/// A case id falls into the lane for which it was made: a few random tries find one.
public struct CaseIDMint: Sendable {
  private var generator: SplitMix64
  private var lastMillisecond: Int64 = 0

  public init(seed: UInt64) { generator = SplitMix64(seed: seed) }

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

/// Whether a text has the form of a case id: a UUID in lower case.
public func isCaseID(_ id: String) -> Bool {
  id.utf8.count == 36 && id.utf8.allSatisfy { $0 == 0x2D || ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
}
