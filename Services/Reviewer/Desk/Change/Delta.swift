import JSON
import Wire

/// How far two values lie apart, in words.
enum Delta {
  /// `+1 840.00 EUR (+8.4%)`, `12 days later`; nil where neither says anything.
  static func words(_ before: JSON, _ after: JSON) -> String? { amount(before, after) ?? time(before, after) }

  /// Of two numbers, or of two amounts of money.
  static func amount(_ before: JSON, _ after: JSON) -> String? {
    guard before != after, let a = number(before), let b = number(after) else { return nil }
    let currency = after["currency"]?.string
    guard before["currency"]?.string == currency else { return "another currency" }
    let sign = b > a ? "+" : "−"
    return sign + (exact(before, after) ?? Plain.decimal(abs(b - a), places: abs(b - a) < 0.1 ? 6 : 2)) + " (\(share(a, b)))"
  }

  private static func number(_ json: JSON) -> Double? { json.double ?? (Plain.money(json) == nil ? nil : json["minor"]?.double) }

  /// The difference without rounding, where both are whole.
  private static func exact(_ before: JSON, _ after: JSON) -> String? {
    guard let a = before.integer ?? before["minor"]?.integer, let b = after.integer ?? after["minor"]?.integer else { return nil }
    let (difference, overflows) = max(a, b).subtractingReportingOverflow(min(a, b))
    guard !overflows else { return nil }
    guard let currency = after["currency"] else { return Plain.grouped(difference) }
    return Plain.money(["minor": .integer(difference), "currency": currency])
  }

  private static func share(_ a: Double, _ b: Double) -> String {
    guard a != 0 else { return "from nothing" }
    let share = (b - a) / abs(a) * 100
    guard abs(share) >= 0.05 else { return "less than 0.1%" }
    return (share > 0 ? "+" : "−") + Plain.decimal(abs(share), places: abs(share) < 10 ? 1 : 0) + "%"
  }

  /// Of two dates, or of two moments.
  static func time(_ before: JSON, _ after: JSON) -> String? {
    guard let a = moment(before), let b = moment(after), a != b else { return nil }
    return length(abs(b.seconds(since: a)), isDay: isDay(before) && isDay(after)) + (b > a ? " later" : " earlier")
  }

  /// How far a date lies from now: `in 30 days`, `3 days ago`; nil for what is no date.
  static func fromNow(_ json: JSON, _ now: Instant) -> String? {
    guard let moment = moment(json) else { return nil }
    let today = isDay(json) ? Instant(microseconds: now.microseconds - now.microseconds % 86_400_000_000) : now
    let seconds = moment.seconds(since: today)
    if seconds == 0 { return isDay(json) ? "today" : "now" }
    let length = length(abs(seconds), isDay: isDay(json))
    return seconds > 0 ? "in \(length)" : "\(length) ago"
  }

  private static func isDay(_ json: JSON) -> Bool { json.string?.utf8.count == 10 }

  private static func moment(_ json: JSON) -> Instant? {
    guard let text = json.string, (10...40).contains(text.utf8.count), text.utf8.first.map({ (0x30...0x39).contains($0) }) == true
    else { return nil }
    return Instant(rfc3339: text.utf8.count == 10 ? text + "T00:00:00Z" : text)
  }

  private static func length(_ seconds: Double, isDay: Bool) -> String {
    func count(_ number: Double, _ unit: String) -> String {
      let whole = Int64(number.rounded(.down))
      return "\(Plain.grouped(whole)) \(unit)\(whole == 1 ? "" : "s")"
    }
    if isDay || seconds >= 172_800 { return count(seconds / 86_400, "day") }
    if seconds >= 7_200 { return count(seconds / 3_600, "hour") }
    return seconds >= 120 ? count(seconds / 60, "minute") : count(seconds, "second")
  }
}
