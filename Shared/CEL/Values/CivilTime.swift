/// The proleptic Gregorian calendar's reading of a count of seconds.
struct CivilTime {
  var year: Int64, month: Int64, day: Int64
  var hour: Int64, minute: Int64, second: Int64
  /// 0 on the first of January.
  var dayOfYear: Int64
  /// 0 on Sunday.
  var weekday: Int64

  /// The calendar's era of 400 years, which starts in March so that the leap day comes last.
  private static let daysPerEra: Int64 = 146_097

  /// Seconds since 1970-01-01T00:00:00 of the same clock; within the range of timestamps, give or take a day.
  init(secondsSinceEpoch seconds: Int64) {
    let days = floorDivide(seconds, 86_400)
    let rest = seconds - days * 86_400
    (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60)

    let shifted = days + 719_468
    let era = floorDivide(shifted, CivilTime.daysPerEra)
    let dayOfEra = shifted - era * CivilTime.daysPerEra
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayFromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayFromMarch + 2) / 153
    day = dayFromMarch - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    dayOfYear = days - CivilTime.days(fromYear: year, month: 1, day: 1)
    weekday = days + 4 - floorDivide(days + 4, 7) * 7
  }

  /// Days since 1970-01-01.
  static func days(fromYear year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = floorDivide(year, 400)
    let yearOfEra = year - era * 400
    let dayFromMarch = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * daysPerEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayFromMarch - 719_468
  }

  static func days(inMonth month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

private func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : (a - b + 1) / b }

/// Reads fixed-width decimal text from the front.
struct DigitReader {
  private let bytes: [UInt8]
  private var at = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { at == bytes.count }
  var isAtDigit: Bool { at < bytes.count && isDigit(bytes[at]) }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard at < bytes.count, UInt32(bytes[at]) == character.value else { return false }
    at += 1
    return true
  }

  /// Skips a text of several bytes, or nothing.
  mutating func skip(text: String) -> Bool {
    guard bytes[at...].starts(with: text.utf8) else { return false }
    at += text.utf8.count
    return true
  }

  /// Exactly `count` digits, at most 18.
  mutating func digits(_ count: Int) -> Int64? {
    guard at + count <= bytes.count else { return nil }
    var value: Int64 = 0
    for byte in bytes[at..<at + count] {
      guard isDigit(byte) else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    at += count
    return value
  }

  /// One to `places` digits, at most 18, as if there were exactly `places`.
  mutating func fraction(places: Int) -> Int64? {
    var value: Int64 = 0, read = 0
    while isAtDigit {
      guard read < places else { return nil }
      value = value * 10 + Int64(bytes[at] - 48)
      at += 1
      read += 1
    }
    guard read > 0 else { return nil }
    for _ in read..<places { value *= 10 }
    return value
  }

  /// One or more digits; nil if there are none or they exceed an Int64.
  mutating func number() -> Int64? {
    var value: Int64 = 0
    guard isAtDigit else { return nil }
    while isAtDigit {
      let (scaled, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, lost) = scaled.addingReportingOverflow(Int64(bytes[at] - 48))
      if over || lost { return nil }
      value = sum
      at += 1
    }
    return value
  }

  /// Any number of digits, of which the first 18 count: value and how many of them were read.
  mutating func longFraction() -> (value: Int64, places: Int) {
    var value: Int64 = 0, places = 0
    while isAtDigit {
      if places < 18 { (value, places) = (value * 10 + Int64(bytes[at] - 48), places + 1) }
      at += 1
    }
    return (value, places)
  }
}

func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
