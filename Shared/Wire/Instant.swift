/// A moment: microseconds since 1970-01-01T00:00:00Z.
public struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }

  /// Saturates at the ends of the range, so that a hostile number cannot trap.
  public func adding(seconds: Double) -> Instant {
    let sum = Double(microseconds) + seconds * 1e6
    if sum >= 9e18 { return Instant(microseconds: .max) }
    if sum <= -9e18 { return Instant(microseconds: .min) }
    return Instant(microseconds: microseconds &+ Int64(seconds * 1e6))
  }

  public func seconds(since other: Instant) -> Double { Double(microseconds) / 1e6 - Double(other.microseconds) / 1e6 }

  public var unixSeconds: Int64 { microseconds / 1_000_000 }

  /// RFC 3339 in UTC with six digits of fraction: `2026-11-24T08:00:00.000000Z`.
  public var description: String { String(unsafeUninitializedCapacity: 27) { fill($0) } }

  private func fill(_ text: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let day = microseconds >= 0 ? microseconds / 86_400_000_000 : (microseconds - 86_399_999_999) / 86_400_000_000
    let inDay = microseconds - day * 86_400_000_000
    let (year, month, dayOfMonth) = Instant.civil(fromDay: day)
    var at = 0
    func digits(_ value: Int64, _ count: Int, then separator: Unicode.Scalar) {
      var value = value
      for place in stride(from: at + count - 1, through: at, by: -1) {
        text[place] = UInt8(ascii: "0") + UInt8(value % 10)
        value /= 10
      }
      at += count
      text[at] = UInt8(ascii: separator)
      at += 1
    }
    digits(min(max(year, 0), 9999), 4, then: "-")
    digits(month, 2, then: "-")
    digits(dayOfMonth, 2, then: "T")
    digits(inDay / 3_600_000_000, 2, then: ":")
    digits(inDay / 60_000_000 % 60, 2, then: ":")
    digits(inDay / 1_000_000 % 60, 2, then: ".")
    digits(inDay % 1_000_000, 6, then: "Z")
    return at
  }

  /// Parses RFC 3339, section 5.6 (any offset, any fraction; digits past microseconds are cut). Nil for anything else,
  /// leap seconds included.
  public init?(rfc3339 text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 64 else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[range] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), bytes[4] == 0x2D, let month = number(5..<7), bytes[7] == 0x2D, let day = number(8..<10),
      bytes[10] == 0x54 || bytes[10] == 0x74, let hour = number(11..<13), bytes[13] == 0x3A, let minute = number(14..<16),
      bytes[16] == 0x3A, let second = number(17..<19), (1...12).contains(month),
      (1...Instant.days(in: month, of: year)).contains(day), hour < 24, minute < 60, second < 60
    else { return nil }
    var at = 19
    var fraction: Int64 = 0
    if bytes[at] == 0x2E {
      let start = at + 1
      at = start
      while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
        if at - start < 6 { fraction = fraction * 10 + Int64(bytes[at] - 0x30) }
        at += 1
      }
      guard at > start else { return nil }
      for _ in 0..<max(0, 6 - (at - start)) { fraction *= 10 }
    }
    guard at < bytes.count else { return nil }
    var offset: Int64 = 0
    switch bytes[at] {
    case 0x5A, 0x7A: guard at == bytes.count - 1 else { return nil }
    case 0x2B, 0x2D:
      guard bytes.count == at + 6, bytes[at + 3] == 0x3A, let hours = number((at + 1)..<(at + 3)),
        let minutes = number((at + 4)..<(at + 6)), hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (bytes[at] == 0x2B ? 60 : -60)
    default: return nil
    }
    let seconds = Instant.day(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    self.init(microseconds: seconds * 1_000_000 + fraction)
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  // Days from civil and back: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(fromDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let z = day + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let mp = (5 * dayOfYear + 2) / 153
    let month = mp < 10 ? mp + 3 : mp - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * mp + 2) / 5 + 1)
  }
}
