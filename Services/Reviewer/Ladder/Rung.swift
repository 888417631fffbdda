import Identity
import JSON
import Wire

/// A rung of a task's ladder with its moment: computed once, when the task is opened, and kept in the record of that.
struct Rung: Sendable, Equatable {
  let due: Instant
  let group: String
  /// `none`, `email`, `slack` or `pagerduty`.
  let channel: String
  /// Who owns the task by name from then on; only the last rung names somebody.
  let owner: String?

  var json: JSON {
    var object = JSONObject([
      ("due", .integer(due.microseconds)), ("group", .string(group)), ("channel", .string(channel)),
    ])
    object["owner"] = owner.map { .string($0) }
    return .object(object)
  }

  init(due: Instant, group: String, channel: String, owner: String?) {
    self.due = due
    self.group = group
    self.channel = channel
    self.owner = owner
  }

  init(_ fields: Fields) throws(WireError) {
    self.init(
      due: try fields.instant("due"), group: try fields.text("group"), channel: try fields.text("channel"),
      owner: fields.optionalText("owner"))
  }

  static let mostRungs = 20

  /// The rungs of a case file's ladder, counted from `opened`. A rung whose group has nobody who may decide is left at
  /// once: the next one is due when it is. A ladder that cannot be read leads to the duty officer.
  static func ladder(_ request: JSON, opened: Instant, _ people: People) -> [Rung] {
    let requester = request["requester"]?["id"]?.string
    let officer = people.dutyOfficer(except: requester)?.id ?? request["accountable"]?.string ?? dutyGroup
    var rungs: [Rung] = []
    var latest: Int64 = 0
    var isDeserted = false
    let given = (request["ladder"]?.array ?? []).prefix(mostRungs)
    for (index, entry) in given.enumerated() {
      let after = isDeserted ? latest : max(latest, entry["after_seconds"]?.integer ?? 0)
      latest = after
      let group = entry["group"]?.string ?? dutyGroup
      isDeserted = people.members(of: group, except: requester).isEmpty
      rungs.append(
        Rung(
          due: opened.adding(seconds: Double(after)), group: group, channel: entry["channel"]?.string ?? "none",
          owner: index == given.count - 1 ? officer : nil))
    }
    return rungs.isEmpty ? [Rung(due: opened, group: dutyGroup, channel: "pagerduty", owner: officer)] : rungs
  }

  /// After the last rung its owner is paged again every half hour, at most nine times (ruling 24).
  static let pageAgainSeconds: Double = 1_800
  static let mostPages = 9
}
