import Domain
import Identity
import JSON
import Lanes
import Permits
import Wire

extension Desk {
  /// Takes a decision: checks it, signs it, and hands it to policy, which judges for itself.
  func decide(_ person: Person, _ given: Submission, _ task: ReviewTask) throws -> [DeskOutput] {
    // The same submission again is answered as the first one was.
    if let first = task.given.first(where: { $0.id == given.id }) { return [accepted(first.id, task.settling, task)] }
    if let refusal = try conflict(person, given, task) ?? mistake(person, given, task) { return refusal }
    let action = given.verb == .edit ? given.action.map(actionHash) ?? "" : task.request["action_hash"]?.string ?? ""
    let issued = wall.unixSeconds
    let approval = Approval(
      id: given.id, caseID: key, version: task.version, verb: given.verb, action: action, view: given.view,
      personIssuer: person.issuer, person: person.id, groups: person.groups, strength: given.strength, code: given.code,
      words: given.words, issuedAt: issued, expiresAt: issued + 24 * 3600,
      authenticatedAt: given.authenticatedAt, human: person.claim, signature: given.signature, certificate: given.certificate)
    if let refusal = unsigned(approval, task) { return refusal }
    let unchecked: [String]
    switch look(person, given, task) {
    case .refused(let refusal): return refusal
    case .passed(let names): unchecked = names
    }
    let looked: JSON? = given.looked.map { _ in
      ["at": .integer(now.microseconds), "unchecked": .array(unchecked.map { .string($0) })]
    }
    let token = try decider.signing.sign(approval.claims, type: Approval.type)
    let undo = Double(max(0, min(task.request["undo_seconds"]?.integer ?? 30, 120)))
    let release = wall.adding(seconds: undo)
    let settling = settles(person, given, task)
      ? ReviewTask.Settling(
        decision: given.id, verb: given.verb.rawValue, action: action, release: release,
        until: now.adding(seconds: story(undo + Desk.patience))) : nil
    let facts: [(Fact, String)] = [
      (.workflow, task.workflow.isEmpty ? "none" : task.workflow), (.reviewer, person.full), (.decision, given.verb.rawValue),
      (.reasons, given.code.isEmpty ? "none" : given.code), (.view, given.view.isEmpty ? "none" : given.view),
      (.actionHash, action.isEmpty ? "none" : action), (.override, given.verb == .approve ? "no" : "yes"),
      (.tier, String(task.tier)),
    ]
    return [
      .emit(.decision(key, DecisionMade(decision: token, action: given.verb == .edit ? given.action : nil, looked: looked), facts: facts)),
      event(
        .decided,
        [
          ("decision", .string(given.id)), ("person", .string(person.id)), ("claim", .string(person.claim)),
          ("verb", .string(given.verb.rawValue)), ("code", .string(given.code)), ("words", .string(given.words)),
          ("version", .integer(task.version)), ("view", .string(given.view)),
          ("groups", .array(person.groups.map { .string($0) })), ("settling", settling?.json),
          ("for", standsFor(person).isEmpty ? nil : .array(standsFor(person).map { .string($0) })),
          ("unchecked", unchecked.isEmpty ? nil : .array(unchecked.map { .string($0) })),
          ("against", against(given, task)?.json),
          ("late_lease", given.fence != nil && task.claim?.person != person.id ? .bool(true) : nil),
        ]),
    ] + (settling == nil ? [] : resolved("decided")) + [accepted(given.id, settling, task, unchecked)]
  }

  /// What policy would not count for want of the person's own signature; it judges again, and knows more.
  private func unsigned(_ approval: Approval, _ task: ReviewTask) -> [DeskOutput]? {
    guard let signature = approval.signature, let token = approval.certificate else {
      let isAlone = approval.verb == .approve && task.glass?.covers(approval.person, at: wall) == true
      guard task.request["must_sign"]?.bool == true || isAlone else { return nil }
      return refuse(
        422, "signature.missing",
        "This decision must be signed by a key of yours. On the page your browser does it, over https or on this very machine, with its script; a program registers a key with policy (POST /v1/decision-keys) and sends own and own_key.")
    }
    do throws(JWSError) {
      let own = try OwnSignature.verify(signature, key: try KeyCertificate(unverified: token).key)
      guard let claim = approval.difference(from: own) else { return nil }
      return refuse(422, "signature.wrong", "Your key has signed something else: \(claim) differs.")
    } catch {
      return refuse(422, "signature.wrong", "Your key's signature does not count: \(error.description).")
    }
  }

  private func accepted(_ decision: String, _ settling: ReviewTask.Settling?, _ task: ReviewTask, _ unchecked: [String] = []) -> DeskOutput {
    var body = JSONObject([
      ("decision", .string(decision)), ("version", .integer(task.version)), ("complete", .bool(settling != nil)),
    ])
    if !unchecked.isEmpty { body["unchecked"] = .array(unchecked.map { .string($0) }) }
    body["release_at"] = settling.map { .string($0.release.description) }
    return answer(202, .object(body))
  }

  /// Whether, as far as can be told here, nobody else is asked after this decision.
  private func settles(_ person: Person, _ given: Submission, _ task: ReviewTask) -> Bool {
    guard given.verb == .approve, task.request["route"]?.string != Route.block.rawValue else { return true }
    var after = task
    after.given.append(
      ReviewTask.Given(
        id: given.id, person: person.id, claim: person.claim, verb: given.verb.rawValue, version: task.version,
        groups: person.groups, standsFor: standsFor(person)))
    return Standing(after).isMet || (isCovered(person, task) && given.signature != nil)
  }

  /// What somebody else has done meanwhile.
  private func conflict(_ person: Person, _ given: Submission, _ task: ReviewTask) throws -> [DeskOutput]? {
    guard given.version == task.version, given.view.utf8.elementsEqual(task.view.utf8) else {
      return refuse(
        409, "task.changed", "The case has changed since you saw it; your draft is yours. Look at what changed.",
        [
          ("version", .integer(task.version)), ("view", .string(task.view)),
          ("changed", .array(task.changed.map { .string($0) })),
          ("differences", .array(task.differences.filter { ($0["version"]?.integer ?? 0) > given.version })),
        ])
    }
    if let settling = task.settling { return try opinion(person, given, task) + decided(task, settling) }
    if let looking = task.looking { return stale(looking, task) }
    if let holder = holder(besides: person, task) { return holder }
    // A lease that has ended does no harm while nobody else has taken the task since.
    if let fence = given.fence, fence != task.fence || (task.lastClaimant ?? person.claim) != person.claim {
      return refuse(
        409, "task.superseded", "Somebody else has taken the task since you claimed it. Claim it again.",
        [("holder", .string(task.lastClaimant ?? "")), ("fence", .integer(task.fence))])
    }
    if hasDecided(person, task) {
      return refuse(409, "four_eyes.same", "You have decided this; another person is needed.")
    }
    return nil
  }

  /// A decision that came too late, kept beside the one that counts: whether people agree can be told from it.
  private func opinion(_ person: Person, _ given: Submission, _ task: ReviewTask) throws -> [DeskOutput] {
    guard !hasDecided(person, task), !task.heard(given.id), try mistake(person, given, task) == nil else { return [] }
    return [
      event(
        .opinion,
        [
          ("decision", .string(given.id)), ("person", .string(person.id)), ("claim", .string(person.claim)),
          ("verb", .string(given.verb.rawValue)), ("code", .string(given.code)), ("words", .string(given.words)),
          ("version", .integer(task.version)),
        ])
    ]
  }

  /// What is wrong with the decision itself.
  private func mistake(_ person: Person, _ given: Submission, _ task: ReviewTask) throws -> [DeskOutput]? {
    if given.verb == .approve, isEditor(person, task) {
      return refuse(403, "four_eyes.editor", "You edited this; another person has to approve it.")
    }
    if task.isBare, given.verb == .approve || given.verb == .edit {
      return refuse(422, "task.bare", "The case file could not be read. You may reject the case or escalate it.")
    }
    if let refusal = unopenedEvidence(person, given, task) { return refusal }
    if given.verb != .approve || !given.code.isEmpty, DecisionReason.named(given.code, for: DeskVerb(given.verb)) == nil {
      let codes = DecisionReason.codes(for: DeskVerb(given.verb)).map { JSON.string($0.code) }
      return refuse(422, "code.unknown", "A reason code is needed to \(given.verb.rawValue).", [("codes", .array(codes))])
    }
    if given.verb != .approve, given.words.isEmpty, ["high", "critical"].contains(task.risk) || given.code == "other" {
      return refuse(422, "words.missing", "Say in words why: the impact is \(task.risk).")
    }
    if let precedent = against(given, task), given.words.isEmpty {
      return refuse(422, "words.precedent", "\(precedent.words): say in words why this one is another.", [("precedent", precedent.json)])
    }
    guard given.verb == .edit else { return nil }
    guard let action = given.action else { return refuse(422, "action.missing", "An edit needs the edited action.") }
    guard let workflow = decider.workflows[task.workflow] else {
      return refuse(422, "action.none", "This workflow declares no action that could be edited.")
    }
    let mistakes = workflow.mistakes(in: action, for: task.request)
    guard mistakes.isEmpty else {
      return refuse(
        422, "action.invalid", "The edited action is not what the workflow allows: \(mistakes[0].text).",
        [("violations", .array(mistakes.map(\.json)))])
    }
    return nil
  }

  /// How cases that say the same were decided, where this decision goes another way. To confirm that something may not run is no approval.
  private func against(_ given: Submission, _ task: ReviewTask) -> Precedent? {
    guard task.request["route"]?.string != Route.block.rawValue else { return nil }
    return given.precedent.flatMap { $0.isAgainst(given.verb) ? $0 : nil }
  }

  /// The decider takes the last decision back. Whether that is still in time is policy's to say in the end.
  func undo(_ person: Person, _ task: ReviewTask, why: String? = nil) -> [DeskOutput] {
    guard let last = task.given.last(where: { $0.person == person.id }) else {
      return refuse(409, "undo.none", "There is no decision of yours to take back.")
    }
    if let settling = task.settling, wall > settling.release {
      return refuse(409, "undo.late", "It was released at \(settling.release): only a new action can change it now.")
    }
    return [
      .emit(.undone(key, DecisionUndone(decision: last.id, by: person.id), workflow: task.workflow, person: person.full)),
      event(.undone, [("decision", .string(last.id)), ("person", .string(person.id)), ("reason", why.map { .string($0) })]),
      answer(200, ["undone": .string(last.id)]),
    ]
  }
}
