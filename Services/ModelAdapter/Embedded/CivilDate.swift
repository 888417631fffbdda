/// A day of the Gregorian calendar, written `YYYY-MM-DD` (RFC 3339, full-date).
struct CivilDate: Comparable, Sendable {
  /// Days since 1 January 1970.
  private var days: Int

  /// Nil for what is no date, such as 30 February.
  init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
      parts.allSatisfy({ $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } })
    else { return nil }
    let numbers = parts.map { $0.reduce(0) { $0 * 10 + Int($1 - 0x30) } }
    days = Self.days(numbers[0], numbers[1], numbers[2])
    guard (1...12).contains(numbers[1]), numbers[2] >= 1, sameAs(numbers) else { return nil }
  }

  private init(days: Int) { self.days = days }

  private func sameAs(_ numbers: [Int]) -> Bool { let own = parts; return [own.year, own.month, own.day] == numbers }

  func adding(days count: Int) -> CivilDate { CivilDate(days: min(days + count, Self.days(9999, 12, 31))) }

  static func < (a: CivilDate, b: CivilDate) -> Bool { a.days < b.days }

  var text: String {
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
    let own = parts
    return padded(own.year, 4) + "-" + padded(own.month, 2) + "-" + padded(own.day, 2)
  }

  // Years begin in March, so that the leap day is the last; 719,468 days lie from 1 March of year 0 to 1970.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400, ofEra = year - era * 400
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }

  private var parts: (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097, ofEra = shifted - era * 146_097
    let years = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * years + years / 4 - years / 100), month = (5 * ofYear + 2) / 153
    let day = ofYear - (153 * month + 2) / 5 + 1
    return (years + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day)
  }
}
