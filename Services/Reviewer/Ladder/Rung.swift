import Identity
import JSON
import Wire

/// A rung of a task's ladder with its moment: computed once, when its timer starts, and kept in the record of that.
struct Rung: Sendable, Equatable {
  /// When it is reached; one moment, whatever calendar its time box runs in (ruling 24).
  let due: Instant
  let group: String
  /// `none`, `email`, `slack` or `pagerduty`.
  let channel: String
  /// Who is on duty when it is due, as far as the rota tells by now; only the last rung names somebody. Who owns the task is
  /// said when the rung is reached.
  let owner: String?
  /// In whose working hours its time box runs; nil for the wall clock.
  var calendar: String?

  var json: JSON {
    var object = JSONObject([
      ("due", .integer(due.microseconds)), ("group", .string(group)), ("channel", .string(channel)),
    ])
    object["owner"] = owner.map { .string($0) }
    object["calendar"] = calendar.map { .string($0) }
    return .object(object)
  }

  init(due: Instant, group: String, channel: String, owner: String?, calendar: String? = nil) {
    self.due = due
    self.group = group
    self.channel = channel
    self.owner = owner
    self.calendar = calendar
  }

  init(_ fields: Fields) throws(WireError) {
    self.init(
      due: try fields.instant("due"), group: try fields.text("group"), channel: try fields.text("channel"),
      owner: fields.optionalText("owner"), calendar: fields.optionalText("calendar"))
  }

  static let mostRungs = 20

  /// The rungs of a case file's ladder, counted from `opened`. The time box of each begins where the one before ends, and
  /// runs by its own calendar. A rung whose group has nobody who may decide is left at once: the next one is due when it is.
  /// A ladder that cannot be read leads to the duty officer.
  static func ladder(_ request: JSON, opened: Instant, _ duty: Duty) -> [Rung] {
    let given = (request["ladder"]?.array ?? []).prefix(mostRungs)
    var rungs: [Rung] = []
    var after: Int64 = 0
    var due = opened
    var deserted: Instant?
    for (index, entry) in given.enumerated() {
      let total = max(after, entry["after_seconds"]?.integer ?? 0)
      let calendar = entry["calendar"]?.string
      due = duty.schedules.end(of: Double(total - after), from: due, calendar: calendar)
      after = total
      let group = entry["group"]?.string ?? dutyGroup
      let moment = deserted ?? due
      let isEmpty = duty.members(of: group, request, at: moment).isEmpty
      rungs.append(
        Rung(
          due: moment, group: group, channel: entry["channel"]?.string ?? "none",
          owner: index == given.count - 1 ? duty.officer(request, at: moment) : nil, calendar: calendar))
      deserted = isEmpty ? moment : nil
    }
    return rungs.isEmpty
      ? [Rung(due: opened, group: dutyGroup, channel: "pagerduty", owner: duty.officer(request, at: opened))] : rungs
  }

  /// After the last rung its owner is paged again every half hour, at most nine times (ruling 24).
  static let pageAgainSeconds: Double = 1_800
  static let mostPages = 9
}
