import Identity
import JSON
import Wire

/// Working hours and on-call rotas of an installation (`SCHEDULES`). Pure: who asks says when.
struct Schedules: Sendable, Equatable {
  var calendars: [String: WorkingCalendar] = [:]
  /// Which calendar a group works by; a group that is not here is always there.
  var shifts: [String: String] = [:]
  /// By group.
  var rotas: [String: Rota] = [:]

  /// Everybody is always there, and nobody takes turns.
  static let none = Schedules()

  /// The moment at which a time box ends that begins at `start`: working time of the calendar, or the wall clock's where
  /// there is no such calendar, which is never later.
  func end(of seconds: Double, from start: Instant, calendar: String?) -> Instant {
    guard let calendar = calendar.flatMap({ calendars[$0] }) else { return start.adding(seconds: seconds) }
    return calendar.adding(seconds, to: start)
  }

  /// How much of a time box is left at `moment`, in the time by which it runs.
  func left(until end: Instant, at moment: Instant, calendar: String?) -> Double {
    guard let calendar = calendar.flatMap({ calendars[$0] }) else { return max(0, end.seconds(since: moment)) }
    return calendar.working(from: moment, to: end)
  }

  /// Whether a group is at work.
  func isOnShift(_ group: String, at instant: Instant) -> Bool {
    shifts[group].flatMap { calendars[$0] }?.isWorking(at: instant) ?? true
  }

  func turn(of group: String, at instant: Instant) -> Rota.Turn? { rotas[group]?.turn(at: instant) }
}
