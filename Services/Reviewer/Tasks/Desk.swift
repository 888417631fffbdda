import JSON
import Lanes
import Permits
import Wire

typealias DeskOutput = Output<ReviewerRecord, DeskAnswer>

/// One step of one task.
struct Desk {
  let decider: ReviewerDecider
  let key: String
  let task: ReviewTask?
  let now: Instant
  let wall: Instant

  private func event(_ kind: TaskEvent.Kind, _ members: [(String, JSON)]) -> DeskOutput {
    .emit(.task(key, TaskEvent(kind, .object(JSONObject(members + [("workflow", task?.request["workflow"] ?? .string(""))])))))
  }

  private func refuse(_ status: Int, _ code: String, _ detail: String, _ more: [(String, JSON)] = []) -> [DeskOutput] {
    [.answer(DeskAnswer(status, .object(JSONObject([("code", .string(code)), ("detail", .string(detail))] + more))))]
  }

  /// A question to people, or a newer version of one: claims and decisions of the old version are void.
  func open(_ request: JSON) -> [DeskOutput] {
    if let task, (request["version"]?.integer ?? 0) <= task.version { return [] }
    return [.emit(.task(key, TaskEvent(.opened, ["request": request, "at": .integer(now.microseconds)])))]
  }

  func close(_ reason: String) -> [DeskOutput] {
    guard let task else { return [] }
    var outputs = [event(.closed, [("reason", .string(reason))])]
    if task.rung > 1 { outputs.append(.emit(.escalation(key, TaskEvent(.resolved, ["dedup_key": .string("countersign/\(key)"), "reason": .string(reason)])))) }
    return outputs
  }

  /// Whether somebody may see and take the task, and why not.
  func objection(_ person: Person, _ task: ReviewTask) -> String? {
    if person.id == task.request["requester"]?["id"]?.string { return "whoever asked may not decide" }
    if Set(person.groups).isDisjoint(with: Desk.groups(task)) { return "none of your groups is asked" }
    return nil
  }

  /// The groups that are asked: those of the quorum, and those that the ladder has reached.
  static func groups(_ task: ReviewTask) -> Set<String> {
    var found = Set(task.ladder.prefix(task.rung).compactMap { $0["group"]?.string })
    func collect(_ quorum: JSON, _ depth: Int) {
      if let group = quorum["group"]?.string { found.insert(group) }
      if depth < 16 { for branch in quorum["branches"]?.array ?? [] { collect(branch, depth + 1) } }
    }
    collect(task.request["quorum"] ?? .null, 0)
    found.insert("duty-officers")
    return found
  }

  func claim(_ person: Person) -> [DeskOutput] {
    guard let task else { return refuse(404, "task.unknown", "No such task is open.") }
    if let objection = objection(person, task) { return refuse(403, "task.forbidden", objection) }
    if let claim = task.claim, claim.person != person.id, claim.until > now {
      return refuse(409, "task.claimed", "\(claim.person) has it until \(claim.until).", [("holder", .string(claim.person)), ("until", .string(claim.until.description))])
    }
    var until = now.adding(seconds: 600 * Double(decider.clockScale))
    if let next = task.nextRung, next > now, next < until { until = next }
    let fence = task.fence + 1
    return [
      event(.claimed, [("person", .string(person.id)), ("until", .integer(until.microseconds)), ("fence", .integer(fence))]),
      .answer(DeskAnswer(200, ["fence": .integer(fence), "until": .string(until.description), "version": .integer(task.version)])),
    ]
  }

  func release(_ person: Person) -> [DeskOutput] {
    guard let task, task.claim?.person == person.id else { return refuse(409, "task.not_held", "You do not hold this task.") }
    return [event(.released, [("person", .string(person.id)), ("reason", .string("released"))]), .answer(DeskAnswer(200, ["released": true]))]
  }

  func decide(_ person: Person, _ given: Submission) throws -> [DeskOutput] {
    guard let task else { return refuse(404, "task.unknown", "No such task is open: it was decided, withdrawn or has expired.") }
    if let objection = objection(person, task) { return refuse(403, "task.forbidden", objection) }
    // The same submission again is answered as the first one was.
    if let first = task.given.first(where: { $0.id == given.id }) {
      return [.answer(DeskAnswer(200, ["decision": .string(first.id)]))]
    }
    guard given.version == task.version, given.view == Desk.view(task.request) else {
      return refuse(409, "task.changed", "The case has changed since you saw it; your draft is yours.", [("version", .integer(task.version))])
    }
    if let claim = task.claim, claim.person != person.id, claim.until > now {
      return refuse(409, "task.claimed", "\(claim.person) has it until \(claim.until).", [("holder", .string(claim.person))])
    }
    guard !task.given.contains(where: { $0.person == person.id }) else {
      return refuse(409, "task.decided", "You have decided this; another person is needed.")
    }
    if given.verb != .approve, given.code.isEmpty { return refuse(422, "code.missing", "A reason code is needed to \(given.verb.rawValue).") }
    if given.verb == .edit, given.action == nil { return refuse(422, "action.missing", "An edit needs the edited action.") }
    let action = given.verb == .edit ? given.action.map(actionHash) ?? "" : task.request["action_hash"]?.string ?? ""
    let issued = wall.unixSeconds
    let approval = Approval(
      id: given.id, caseID: key, version: task.version, verb: given.verb, action: action, view: given.view,
      personIssuer: Person.issuer, person: person.id, groups: person.groups, strength: "demo", code: given.code,
      words: String(given.words.prefix(2000)), issuedAt: issued, expiresAt: issued + 24 * 3600)
    let token = try decider.signing.sign(approval.claims, type: Approval.type)
    let undo = task.request["undo_seconds"]?.integer ?? 30
    return [
      .emit(
        .decision(
          key, DecisionMade(decision: token, action: given.verb == .edit ? given.action : nil),
          facts: [
            (.workflow, task.request["workflow"]?.string ?? ""), (.reviewer, person.full), (.decision, given.verb.rawValue),
            (.reasons, given.code.isEmpty ? "none" : given.code), (.view, given.view), (.actionHash, action.isEmpty ? "none" : action),
            (.override, given.verb == .approve ? "no" : "yes"),
          ])),
      event(
        .decided,
        [("decision", .string(given.id)), ("person", .string(person.id)), ("verb", .string(given.verb.rawValue)), ("code", .string(given.code)),
         ("version", .integer(task.version))]),
      .answer(
        DeskAnswer(202, ["decision": .string(given.id), "release_at": .string(wall.adding(seconds: Double(undo)).description)])),
    ]
  }

  /// The decider takes a decision back; whether it is still in time is policy's to say.
  func undo(_ person: Person) -> [DeskOutput] {
    guard let task, let last = task.given.last(where: { $0.person == person.id }) else {
      return refuse(409, "undo.late", "There is nothing of yours to take back: the permit is out, or it was not yours.")
    }
    return [
      .emit(.undone(key, DecisionUndone(decision: last.id, by: person.id))),
      event(.undone, [("decision", .string(last.id)), ("person", .string(person.id))]),
      .answer(DeskAnswer(200, ["undone": .string(last.id)])),
    ]
  }

  /// SHA-256 of the case file as it is shown.
  static func view(_ request: JSON) -> String { hex(sha256(request.canonical)) }

  func fire(_ name: String, _ due: Instant) -> [DeskOutput] {
    guard let task else { return [] }
    if name == "lease" {
      return [event(.released, [("person", .string(task.claim?.person ?? "")), ("reason", .string("lease ended"))])]
    }
    let again = task.rung >= task.ladder.count
    guard let rung = again ? task.ladder.last : task.ladder[safe: task.rung] else { return [] }
    let late = max(0, now.seconds(since: due))
    var outputs = [
      event(
        .tierAdvanced,
        [
          ("tier", .integer(Int64(min(task.rung + 1, task.ladder.count)))), ("group", rung["group"] ?? .string("duty-officers")),
          ("due_at", .string(due.description)), ("fired_at", .string(now.description)), ("late_by", .number((late * 1000).rounded() / 1000)),
          ("again", .bool(again)), ("channel", rung["channel"] ?? .string("none")),
        ])
    ]
    // After an outage each rung is told, but only the highest that is due pages.
    let following = task.ladder[safe: task.rung + 1].map { task.opened.adding(seconds: Double($0["after_seconds"]?.integer ?? 0)) }
    if following.map({ $0 > now }) ?? true { outputs.append(page(task, rung, late)) }
    return outputs
  }

  /// All that an alerting system needs, without calling back and without a value of the payload.
  private func page(_ task: ReviewTask, _ rung: JSON, _ late: Double) -> DeskOutput {
    let codes = (task.request["matches"]?.array ?? []).compactMap { $0["code"] }
    return .emit(
      .escalation(
        key,
        TaskEvent(
          .escalated,
          [
            "dedup_key": .string("countersign/\(key)"), "case": .string(key), "workflow": task.request["workflow"] ?? .string(""),
            "tier": .integer(Int64(min(task.rung + 1, task.ladder.count))), "group": rung["group"] ?? .string("duty-officers"),
            "channel": rung["channel"] ?? .string("none"), "route": task.request["route"] ?? .string(""), "risk": task.request["risk"] ?? .string(""),
            "reasons": .array(codes), "holder": .string(task.claim?.person ?? ""), "opened": .string(task.opened.description),
            "deadline": .string(Instant(microseconds: task.request["deadline"]?.integer ?? 0).description),
            "late_by": .number((late * 1000).rounded() / 1000), "link": .string("\(decider.publicURL)/tasks/\(key)"),
          ])))
  }
}
