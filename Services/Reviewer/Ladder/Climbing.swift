import Identity
import JSON
import Lanes
import Wire

extension Desk {
  /// A timer of the task is due.
  func fire(_ name: String, _ due: Instant) -> [DeskOutput] {
    if name.hasPrefix("notice/") { return retry(String(name.dropFirst("notice/".count))) }
    guard let task else { return [] }
    switch name {
    case "lease":
      let ended = event(.released, [("person", task.claim.map { .string($0.person) }), ("why", .string(ReviewTask.leaseEnded))])
      // Nobody comes to an end with it: it does not wait for its time to move on.
      guard task.endedLeases + 1 >= ReviewTask.mostEndedLeases, task.opened != .distantPast else { return [ended] }
      var freed = task
      freed.claim = nil
      return [ended] + climb(freed, now, why: "stalled")
    case "hold": return [event(.resumed, [("person", task.hold.map { .string($0.person) })])]
    case "question":
      guard let question = task.question else { return [] }
      return unasked(question, task, why: "policy.silent", "policy has not said what became of it; the ladder goes on")
    case "look":
      guard let looking = task.looking else { return [] }
      return lookEnded(looking, why: "policy.silent", "policy has not said what became of it")
    case "settle":
      guard let settling = task.settling else { return [] }
      return returned(settling.decision, "policy.silent", "policy has not taken this decision in time; it is asked again")
    default:
      // A bare task was made without a clock: it begins now.
      guard task.opened != .distantPast else { return open(task.request) }
      return climb(task, due)
    }
  }

  func climb(_ task: ReviewTask, _ due: Instant, why: String? = nil) -> [DeskOutput] {
    let lateBy = (max(0, now.seconds(since: due)) * 1000).rounded() / 1000
    let isAgain = task.tier >= task.rungs.count
    let tier = isAgain ? task.tier : task.tier + 1
    guard let rung = task.rungs[safe: tier - 1] else { return [] }
    let next = task.rungs[safe: tier]
    let pages = next == nil ? max(isAgain ? task.pages + 1 : 0, slots(since: rung.due)) : 0
    let duty = decider.duty
    // Whoever is on call now owns it from here on; after an outage, or a change of turns, not whoever was.
    let owner = next == nil ? duty.officer(task.request, at: now) : nil
    let isEmpty = next != nil && duty.members(of: rung.group, task.request, at: now).isEmpty
    // After an outage every rung is told, in order; only the highest one that is due pages. Nobody is paged for nobody.
    let isPaging = rung.channel != "none" && next.map { $0.due > now } ?? true && !isEmpty
    let left = task.rungs[safe: task.tier - 1]
    let wasEmpty = !isAgain && left.map { $0.due == rung.due && duty.members(of: $0.group, task.request, at: now).isEmpty } ?? false
    let why = why ?? (wasEmpty ? "empty" : nil)
    var outputs = [
      event(
        .advanced,
        [
          ("tier", .integer(Int64(tier))), ("group", .string(rung.group)), ("channel", .string(rung.channel)),
          ("owner", owner.map { .string($0) }), ("on_call", duty.onCall(rung.group, task.request, at: now).map { .string($0.id) }),
          ("due_at", .string(due.description)), ("next_at", next.map { .integer($0.due.microseconds) }),
          ("fired_at", .string(now.description)), ("late_by", .number(lateBy)),
          ("undecided", .bool(task.claim != nil)), ("pages", .integer(Int64(pages))), ("paged", .bool(isPaging)),
          ("why", why.map { .string($0) }), ("passed", why == "empty" ? left.map { .string($0.group) } : nil),
        ])
    ]
    var climbed = task
    climbed.tier = tier
    climbed.pages = pages
    climbed.owner = owner ?? task.owner
    // Of a rung that is reached late it is the first page all the same.
    var told = climbed
    if !isAgain { told.pages = 0 }
    if isPaging { outputs.append(Escalation(key, told, tier: tier, lateBy: lateBy, decider).raised(at: now, link: decider.publicURL)) }
    // The group may have become empty since the ladder was laid out: then its time box is nobody's.
    if isEmpty, let next, next.due > now { outputs += climb(climbed, now, why: "empty") }
    return outputs
  }

  /// How many times the owner would have been paged again by now: one page stands for all that were missed, and the next lies
  /// ahead.
  private func slots(since end: Instant) -> Int {
    Int(min(Int64(Rung.mostPages), max(0, (now.microseconds - end.microseconds) / Int64(Rung.pageAgainSeconds * 1e6))))
  }
}
