import Identity
import JSON
import Lanes
import Wire

/// What an alerting system is told of a task: all that it needs without calling back, and no value of the payload.
struct Escalation {
  let key: String
  let task: ReviewTask
  let tier: Int
  let lateBy: Double
  let decider: ReviewerDecider

  init(_ key: String, _ task: ReviewTask, tier: Int, lateBy: Double, _ decider: ReviewerDecider) {
    self.key = key
    self.task = task
    self.tier = tier
    self.lateBy = lateBy
    self.decider = decider
  }

  /// The same for all alerts of a case, so that the next one replaces the last and the end resolves it.
  static func deduplication(_ key: String) -> JSON { .string("countersign/\(key)") }

  func raised(at now: Instant, link: String) -> DeskOutput {
    let rung = task.rungs[safe: tier - 1] ?? task.rungs.last
    let owner = decider.duty.owner(of: task, at: now)
    let members: [(String, JSON?)] = [
      ("dedup_key", Escalation.deduplication(key)), ("case", .string(key)),
      ("tier", .integer(Int64(tier))), ("tiers", .integer(Int64(task.rungs.count))),
      ("group", .string(rung?.group ?? dutyGroup)), ("channel", .string(rung?.channel ?? "none")),
      ("owner", .string(owner.name)), ("owner_is", .string(owner.kind.rawValue)), ("accountable", task.request["accountable"]),
      ("on_call", rung.flatMap { decider.duty.onCall($0.group, task.request, at: now) }.map { .string($0.id) }),
      ("queue", task.request["queue"]), ("route", task.request["route"]), ("risk", .string(task.risk)),
      ("reasons", .array(task.codes.map { .string($0) })),
      ("state", .string(task.claim == nil ? "unclaimed" : "undecided")), ("holder", task.claim.map { .string($0.person) }),
      ("opened_at", .string(task.opened.description)),
      ("due_at", rung.map { .string($0.due.description) }), ("late_by", .number(lateBy)),
      ("next_at", task.rungs[safe: tier].map { .string($0.due.description) }),
      ("next_group", task.rungs[safe: tier].map { .string($0.group) }),
      ("deadline", .string(task.deadline.description)), ("approvals", .integer(Int64(Standing(task).approvers.count))),
      ("version", .integer(task.version)), ("pages", .integer(Int64(task.pages))),
      ("summary", .string("\(task.workflow): \(task.risk) impact, \(task.codes.first ?? "review"), tier \(tier) of \(task.rungs.count)")),
      ("link", .string("\(link)/tasks/\(key)")),
      ("notify", rung.flatMap { decider.channels[$0.channel] }.map { [.string($0.name)] }),
    ]
    return .emit(.task(key, TaskEvent(.raised, at: now, workflow: task.workflow, members)))
  }
}

extension Desk {
  /// The alert ends under the key with which it began.
  func resolved(_ reason: String) -> [DeskOutput] {
    guard let task, task.isPaged else { return [] }
    return [
      event(
        .resolved,
        [("dedup_key", Escalation.deduplication(key)), ("case", .string(key)), ("reason", .string(reason)), ("tier", .integer(Int64(task.tier))), notify(task)])
    ]
  }
}
