import Identity
import JSON
import Lanes
import Wire

extension Desk {
  /// A question to people, or its next version: claims end, and decisions on the old version are void unless the new one
  /// lists them.
  func open(_ request: JSON) -> [DeskOutput] {
    if let task, (request["version"]?.integer ?? 0) <= task.version, task.opened != .distantPast { return [] }
    // The ladder is counted from the first opening, until another one is asked for.
    let continues = task.map { $0.opened != .distantPast && $0.request["ladder"] == request["ladder"] } ?? false
    let opened = continues ? task?.opened ?? now : now
    let answered = task?.question.flatMap { question in
      (request["answers"]?.array ?? []).contains { $0["question"]?.string == question.id } ? question : nil
    }
    var rungs = continues ? task?.rungs ?? [] : Rung.ladder(request, opened: opened, decider.duty)
    if continues, let task, let answered { rungs = resumed(task, answered) }
    let keeps = answered == nil && task.map { isEditAccepted($0, request) } ?? false
    let isWaiting = task?.question != nil && answered == nil && !(request["workflow"]?.string ?? "").isEmpty
    var outputs = continues ? [] : resolved("superseded")
    let event = TaskEvent(
      .opened, at: now, workflow: request["workflow"]?.string ?? "",
      [
        ("request", request), ("view", .string(ReviewTask.view(of: request))), ("opened", .integer(opened.microseconds)),
        ("rungs", .array(rungs.map(\.json))), ("changed", .array(changed(request).map { .string($0) })),
        ("continues", .bool(continues)), ("keeps", .bool(keeps)), ("queue", request["queue"]),
        ("answered", answered.map { .string($0.id) }), ("waits", isWaiting ? true : nil),
        ("differences", differences(request)),
      ])
    outputs.append(.emit(.task(key, event)))
    // Nobody is paged for a rung that is left at once, nor while whoever asked has the word.
    if !continues, !isWaiting, let first = rungs.first, first.channel != "none", rungs[safe: 1].map({ $0.due > now }) ?? true {
      var task = ReviewTask(request: request, view: "", opened: opened, rungs: rungs)
      if rungs.count == 1 { task.owner = first.owner }
      outputs.append(Escalation(key, task, tier: 1, lateBy: 0, decider).raised(at: now, link: decider.publicURL))
    }
    // The second version of a look at a broken glass says that nobody looked in time.
    if (request["version"]?.integer ?? 0) > 1, task?.version ?? 1 == 1 { outputs += glassResolved(request, "suspended") }
    return outputs + (task == nil ? told(request, opened: opened, rungs) : [])
  }

  /// Whether the new version is policy's answer to an edit that counts as edit and approval in one (ruling 27): the
  /// edited action came back and nobody else is asked.
  private func isEditAccepted(_ task: ReviewTask, _ request: JSON) -> Bool {
    guard let settling = task.settling, settling.verb == "edit", !settling.action.isEmpty,
      request["action_hash"]?.string == settling.action
    else { return false }
    return (request["editors"]?.array ?? []).isEmpty
  }

  /// What a person who has read the old version must look at again.
  private func changed(_ request: JSON) -> [String] {
    guard let task else { return [] }
    let names = ["action", "answers", "current", "data", "matches", "output", "quorum", "risk", "route", "sources"]
    return names.filter { task.request[$0] != request[$0] }
  }

  private func differences(_ request: JSON) -> JSON? {
    let found = task.map { Differences.between($0.request, request) } ?? []
    return found.isEmpty ? nil : .array(found)
  }

  /// No decision is wanted any more.
  func close(_ reason: String) -> [DeskOutput] {
    guard let task else { return [] }
    return resolved(reason) + (task.version == 1 ? glassResolved(task.request, reason) : []) + [event(.closed, [("reason", .string(reason))])]
  }

  /// What policy made of a decision. Where policy does not say it here, time does (`settle`).
  func hear(_ judged: DecisionJudged) -> [DeskOutput] {
    if let task, let question = task.question, question.id == judged.decision, judged.result == .refused {
      return unasked(question, task, why: judged.code, judged.reason)
    }
    if let task, let looking = task.looking, looking.id == judged.decision, judged.result == .refused {
      return lookEnded(looking, why: judged.code, judged.reason)
    }
    guard let task, let given = task.given.first(where: { $0.id == judged.decision }) else { return [] }
    switch judged.result {
    case .refused: return returned(judged.decision, judged.code, judged.reason)
    case .undone: return [event(.undone, [("decision", .string(given.id)), ("person", .string(given.person))])]
    case .counted:
      guard let settling = task.settling, settling.decision == given.id, settling.verb == "approve" else { return [] }
      return [event(.settled, [("decision", .string(given.id))])]
    case .complete:
      let release = judged.release ?? now
      let settling = ReviewTask.Settling(
        decision: given.id, verb: given.verb, action: task.settling?.action ?? "",
        release: wall.adding(seconds: release.seconds(since: now) / Double(decider.clockScale)),
        until: release.adding(seconds: story(Desk.patience)))
      return [event(.settled, [("decision", .string(given.id)), ("settling", settling.json)])] + resolved("decided")
    }
  }

  /// How long after a decision's release policy may be silent before people are asked again, in seconds.
  static let patience: Double = 90

  func returned(_ decision: String, _ code: String, _ reason: String) -> [DeskOutput] {
    [event(.returned, [("decision", .string(decision)), ("code", .string(code)), ("reason", .string(reason))])]
  }
}
