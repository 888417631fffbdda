import Wire

/// When a team works: hours of each day of the week in its time zone, and the days on which nobody does.
struct WorkingCalendar: Sendable, Equatable {
  let clock: LocalClock
  /// For Monday to Sunday the spans of seconds after midnight, in order and apart.
  let hours: [[Range<Int64>]]
  /// Days since 1970-01-01.
  let holidays: Set<Int64>

  /// A time box ends within about ten years of its begin in any case: earlier than asked for, never later.
  private static let mostDays: Int64 = 3_700

  /// The moment at which `seconds` of working time have gone by since `start`.
  func adding(_ seconds: Double, to start: Instant) -> Instant {
    var left = Int64(max(0, min(seconds, 1e9)) * 1e6)
    guard left > 0 else { return start }
    let first = clock.local(start).day
    // The spans of the day before may end after a midnight that came twice.
    for day in (first - 1)...(first + Self.mostDays) {
      for span in spans(of: day) {
        let begin = max(span.lowerBound, start)
        guard span.upperBound > begin else { continue }
        let length = span.upperBound.microseconds - begin.microseconds
        if left <= length { return Instant(microseconds: begin.microseconds + left) }
        left -= length
      }
    }
    return clock.instant(day: first + Self.mostDays, second: 0)
  }

  /// Seconds of working time between two moments; none where the second is not later.
  func working(from start: Instant, to end: Instant) -> Double {
    guard end > start else { return 0 }
    let first = clock.local(start).day
    let last = min(clock.local(end).day, first + Self.mostDays)
    var sum: Int64 = 0
    for day in (first - 1)...last {
      for span in spans(of: day) {
        sum += max(0, min(span.upperBound, end).microseconds - max(span.lowerBound, start).microseconds)
      }
    }
    return Double(sum) / 1e6
  }

  func isWorking(at instant: Instant) -> Bool {
    let day = clock.local(instant).day
    return [day - 1, day].contains { spans(of: $0).contains { $0.contains(instant) } }
  }

  /// When work begins next, where nobody works now.
  func nextBegin(after instant: Instant) -> Instant? {
    let first = clock.local(instant).day
    for day in first...(first + 400) {
      if let span = spans(of: day).first(where: { $0.lowerBound > instant }) { return span.lowerBound }
    }
    return nil
  }

  /// Working spans of a day as moments. One whose hours were left out altogether when clocks were set forward is gone.
  private func spans(of day: Int64) -> [Range<Instant>] {
    guard !holidays.contains(day) else { return [] }
    return hours[LocalClock.weekday(day)].compactMap { span in
      let begin = clock.instant(day: day, second: span.lowerBound)
      let end = clock.instant(day: day, second: span.upperBound, .last)
      return begin < end ? begin..<end : nil
    }
  }
}
