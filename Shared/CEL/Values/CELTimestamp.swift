/// An instant between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z (google.protobuf.Timestamp).
public struct CELTimestamp: Sendable, Equatable, Comparable {
  /// Since 1970-01-01T00:00:00Z, without leap seconds.
  public let seconds: Int64
  /// 0 to 999,999,999, always counted forward.
  public let nanoseconds: Int32

  static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// Nil outside the range.
  public init?(seconds: Int64, nanoseconds: Int32 = 0) {
    guard CELTimestamp.range.contains(seconds), (0..<1_000_000_000).contains(nanoseconds) else { return nil }
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public static func < (a: CELTimestamp, b: CELTimestamp) -> Bool {
    a.seconds != b.seconds ? a.seconds < b.seconds : a.nanoseconds < b.nanoseconds
  }

  /// Nil when the sum leaves the range.
  func adding(_ duration: CELDuration) -> CELTimestamp? {
    let (whole, part) = duration.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let nanos = Int64(nanoseconds) + part
    let carry: Int64 = nanos < 0 ? -1 : nanos >= 1_000_000_000 ? 1 : 0
    return CELTimestamp(seconds: seconds + whole + carry, nanoseconds: Int32(nanos - carry * 1_000_000_000))
  }

  /// Nil when the difference does not fit a duration.
  func since(_ other: CELTimestamp) -> CELDuration? {
    let (whole, overflow) = (seconds - other.seconds).multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return nil }
    let (sum, lost) = whole.addingReportingOverflow(Int64(nanoseconds) - Int64(other.nanoseconds))
    return lost ? nil : CELDuration(nanoseconds: sum)
  }
}

extension CELTimestamp {
  /// Reads RFC 3339 with up to nine digits of fraction, "2009-02-13T23:31:30.5+01:00"; nil if malformed or out of
  /// range.
  public init?(_ text: String) {
    var reader = DigitReader(text)
    guard let year = reader.digits(4), reader.skip("-"), let month = reader.digits(2), reader.skip("-"),
      let day = reader.digits(2), reader.skip("T") || reader.skip("t"), let hour = reader.digits(2), reader.skip(":"),
      let minute = reader.digits(2), reader.skip(":"), let second = reader.digits(2)
    else { return nil }
    var nanos: Int64 = 0
    if reader.skip(".") {
      guard let fraction = reader.fraction(places: 9) else { return nil }
      nanos = fraction
    }
    var offset: Int64 = 0
    if !(reader.skip("Z") || reader.skip("z")) {
      let west = reader.skip("-")
      guard west || reader.skip("+"), let hours = reader.digits(2), reader.skip(":"), let minutes = reader.digits(2),
        hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (west ? -60 : 60)
    }
    guard reader.isAtEnd, (1...12).contains(month), day >= 1, day <= CivilTime.days(inMonth: month, of: year),
      hour < 24, minute < 60, second < 60
    else { return nil }
    let days = CivilTime.days(fromYear: year, month: month, day: day)
    self.init(seconds: days * 86_400 + hour * 3_600 + minute * 60 + second - offset, nanoseconds: Int32(nanos))
  }

  /// RFC 3339 in UTC; the fraction without trailing zeros, or in three, six or nine digits as ProtoJSON wants it.
  public func text(groupedFraction: Bool = false) -> String {
    let time = CivilTime(secondsSinceEpoch: seconds)
    let date = "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))"
    let clock = "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
    return "\(date)T\(clock)\(fractionText(Int64(nanoseconds), grouped: groupedFraction))Z"
  }
}

private func padded(_ value: Int64, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

/// ".5" for 500,000,000 nanoseconds, nothing for none.
func fractionText(_ nanoseconds: Int64, grouped: Bool) -> String {
  if nanoseconds == 0 { return "" }
  var digits = Array(padded(nanoseconds, 9).utf8)
  if grouped {
    while digits.count > 3, digits.suffix(3).allSatisfy({ $0 == UInt8(ascii: "0") }) { digits.removeLast(3) }
  } else {
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
  }
  return "." + String(decoding: digits, as: UTF8.self)
}
