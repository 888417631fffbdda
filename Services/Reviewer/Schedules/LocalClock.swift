import Foundation
import Wire

/// The clock on the wall of one place, by its IANA time zone: days and times of day become moments, on the days too on
/// which clocks are changed.
struct LocalClock: Sendable, Equatable {
  let zone: TimeZone

  /// Which moment a time of day stands for that comes twice because clocks were set back.
  enum Twice {
    case first, last
  }

  /// Nil where there is no such zone.
  init?(_ name: String) {
    let isPlausible = name.utf8.allSatisfy {
      (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "/_+-".utf8.contains($0)
    }
    // No path leads out of the database of zones.
    guard name == "UTC" || (name.contains("/") && !name.hasPrefix("/")), name.utf8.count <= 64, isPlausible, let zone = TimeZone(identifier: name) else { return nil }
    self.zone = zone
  }

  /// Seconds to add to UTC at that moment.
  func offset(at seconds: Int64) -> Int64 { Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))) }

  /// The moment at which clocks there show `second` seconds after the midnight with which `day` begins. A time that is left
  /// out when clocks are set forward stands for the moment at which they are.
  ///
  /// - Parameters:
  ///   - day: days since 1970-01-01.
  ///   - second: 0 to 86,400; the last is the next day's midnight.
  func instant(day: Int64, second: Int64, _ twice: Twice = .first) -> Instant {
    let local = day * 86_400 + second
    let before = offset(at: local - 86_400), after = offset(at: local + 86_400)
    let fitting = [local - before, local - after].filter { $0 + offset(at: $0) == local }
    if let seconds = twice == .first ? fitting.min() : fitting.max() { return Instant(microseconds: seconds * 1_000_000) }
    // Left out: the change lies between what the two offsets make of it.
    var early = local - max(before, after), late = local - min(before, after)
    while late - early > 1 {
      let middle = early + (late - early) / 2
      if offset(at: middle) == before { early = middle } else { late = middle }
    }
    return Instant(microseconds: (offset(at: early) == before ? late : early) * 1_000_000)
  }

  /// Day and second of the day that clocks show at a moment.
  func local(_ instant: Instant) -> (day: Int64, second: Int64) {
    let seconds = floorDivide(instant.microseconds, 1_000_000)
    let local = seconds + offset(at: seconds)
    let day = floorDivide(local, 86_400)
    return (day, local - day * 86_400)
  }

  /// 0 is Monday.
  static func weekday(_ day: Int64) -> Int { Int(day + 3 - floorDivide(day + 3, 7) * 7) }

  /// Days since 1970-01-01 of `YYYY-MM-DD`; nil for anything else.
  static func day(_ text: String) -> Int64? {
    guard text.utf8.count == 10 else { return nil }
    return Instant(rfc3339: "\(text)T00:00:00Z").map { floorDivide($0.unixSeconds, 86_400) }
  }

  /// Seconds after midnight of `HH:MM`, up to 24:00; nil for anything else.
  static func second(_ text: String) -> Int64? {
    if text == "24:00" { return 86_400 }
    guard text.utf8.count == 5 else { return nil }
    return Instant(rfc3339: "1970-01-01T\(text):00Z")?.unixSeconds
  }
}

func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : (a - b + 1) / b }
