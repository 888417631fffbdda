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

  /// Who is on call now, by group, with the moment of the hand-over.
  func json(at instant: Instant, _ people: People) -> JSON {
    let groups = Set(rotas.keys).union(shifts.keys).sorted()
    return .array(
      groups.map { group in
        let turn = turn(of: group, at: instant)
        var entry = JSONObject([("group", .string(group)), ("on_shift", .bool(isOnShift(group, at: instant)))])
        entry["person"] = turn.map { .string($0.person) }
        entry["name"] = turn.flatMap { people.person(id: $0.person) }.map { .string($0.name) }
        entry["until"] = turn.map { .string($0.until.description) }
        if let name = shifts[group], let calendar = calendars[name] {
          entry["calendar"] = .string(name)
          if !calendar.isWorking(at: instant) { entry["back_at"] = calendar.nextBegin(after: instant).map { .string($0.description) } }
        }
        return .object(entry)
      })
  }
}
