/// RFC 3339, section 5.6 and appendix A.
extension FormatReader {
  mutating func date() -> Bool {
    guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2) else { return false }
    return (1...12).contains(month) && day >= 1 && day <= Self.days(inMonth: month, of: year)
  }

  /// With its offset, which must be there. Second 60 is a leap second: only at 23:59 UTC.
  mutating func time() -> Bool {
    guard let hour = digits(2), take(":"), let minute = digits(2), take(":"), let second = digits(2) else {
      return false
    }
    if take("."), skip(while: Self.isDigit) == 0 { return false }
    guard hour < 24, minute < 60, second <= 60, let offset = offsetInMinutes() else { return false }
    let utc = ((hour * 60 + minute - offset) % 1440 + 1440) % 1440
    return second < 60 || utc == 1439
  }

  private mutating func offsetInMinutes() -> Int? {
    if take(oneOf: "Zz") { return 0 }
    let isBehind = take("-")
    guard isBehind || take("+"), let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60
    else {
      return nil
    }
    return (hours * 60 + minutes) * (isBehind ? -1 : 1)
  }

  private static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Units may be left out at either end, not in the middle; weeks stand alone.
  mutating func duration() -> Bool {
    guard take("P") else { return false }
    let hasDate = units("YMDW")
    guard let hasDate else { return false }
    guard take("T") else { return hasDate }
    return units("HMS") == true
  }

  /// Numbers, each with a unit, the units in the order of `names` without a gap. Nil if malformed, else whether any.
  private mutating func units(_ names: String) -> Bool? {
    let names = Array(names.utf8)
    var last: Int?
    while let byte = peek, Self.isDigit(byte) {
      _ = skip(while: Self.isDigit)
      guard let unit = next(), let place = names.firstIndex(of: unit) else { return nil }
      let isWeek = unit == UInt8(ascii: "W")
      if let last { guard place == last + 1, !isWeek else { return nil } }
      last = place
      if isWeek { return isAtEnd ? true : nil }
    }
    return last != nil
  }
}
