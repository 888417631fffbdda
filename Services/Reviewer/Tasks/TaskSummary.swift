import Identity
import JSON
import Wire

/// A task as lists show it.
struct TaskSummary: Sendable {
  let json: JSON

  /// - Parameter owner: whose it is now; that may change with the clock alone.
  init(_ key: String, _ task: ReviewTask, owner: Owner) {
    var object = JSONObject([
      ("case", .string(key)), ("open", true), ("state", .string(task.settling != nil ? "waiting" : task.question == nil ? "open" : "asked")),
      ("version", .integer(task.version)), ("workflow", .string(task.workflow)),
      ("queue", task.request["queue"] ?? .string("")), ("group", .string(task.group)),
      ("groups", .array(task.asked.map { .string($0) })), ("tier", .integer(Int64(task.tier))),
      ("route", task.request["route"] ?? .string("")), ("risk", .string(task.risk)),
      ("reasons", .array(task.codes.map { .string($0) })), ("because", .string(task.title)),
      ("opened_at", .string(task.opened.description)), ("deadline", .string(task.deadline.description)),
    ])
    object["next_rung_at"] = task.nextRung.map { .string($0.description) }
    object["next_group"] = task.rungs[safe: task.tier].map { .string($0.group) }
    object["owner"] = .string(owner.name)
    object["owner_is"] = .string(owner.kind.rawValue)
    if task.isPaged {
      object["page"] = ["tier": .integer(Int64(task.tier)), "acknowledged": task.acknowledged?.json ?? .null]
    }
    object["question"] = task.question?.told(words: false)
    object["hold"] = task.hold.map { ["person": .string($0.person), "until": .string($0.until.description)] }
    object["claim"] = task.claim.map { claim in
      var told = JSONObject([("person", .string(claim.person)), ("until", .string(claim.until.description))])
      told["longest_until"] = claim.longest.map { .string($0.description) }
      return .object(told)
    }
    json = .object(object)
  }
}
