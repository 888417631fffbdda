import Bundles
import Domain
import JSON
import JSONSchema
import Lanes
import Permits
import Wire
import Workflows

/// Why a decision does not count.
struct Refusal: Error {
  let code: String
  let reason: String
  init(_ code: String, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}

extension PolicyStep {
  /// Checks a decision by itself, whatever the reviewer service thinks of it, and counts it or says why not.
  func count(_ made: DecisionMade, _ lanes: Int32) throws -> [PolicyOutput] {
    var approval: Approval?
    do {
      let read = try verified(made)
      approval = read
      let state = try open(read)
      let outputs = try apply(read, made, state, lanes)
      // Last, so that what is wrong with the decision itself is told first.
      try admitKey(read, state)
      return outputs
    } catch let refusal as Refusal {
      return [
        .emit(
          .decision(
            key,
            DecisionJudged(
              result: .refused, decision: approval?.id ?? "", code: refusal.code, reason: refusal.reason, token: nil,
              person: approval.map(person), release: nil)))
      ]
    }
  }

  func person(_ approval: Approval) -> String { "\(approval.personIssuer) \(approval.person)" }

  private func verified(_ made: DecisionMade) throws -> Approval {
    do throws(JWSError) { return try Approval.verify(made.decision, keys: decider.reviewers) } catch {
      throw Refusal("decision.\(error.code)", error.description)
    }
  }

  /// The case as the decision must have found it.
  private func open(_ approval: Approval) throws -> OpenCase {
    guard approval.caseID == key else { throw Refusal("decision.case", "it was made for the case \(approval.caseID)") }
    guard let state else { throw Refusal("case.closed", "the case has ended") }
    guard !state.approvals.contains(where: { $0.id == approval.id }) else {
      throw Refusal("decision.replayed", "this decision has been counted")
    }
    // Without a signature of the person's there is nothing that could be used twice: who decides the same again means it.
    guard approval.signature == nil || !state.undone.contains(approval.id) else {
      throw Refusal("decision.undone", "this decision was taken back")
    }
    // While a permit is out, people whom a mishap called may only take it back.
    guard state.phase == .reviewing || state.isObserved
      || (state.phase == .permitted && state.isBare && approval.verb == .reject)
    else {
      throw Refusal(
        "decision.late", state.permit == nil ? "nothing is to be decided now" : "a permit is out: only its answer ends the case")
    }
    // The case file could not be read: whoever saw none may turn the case down or ask for an expert.
    let mayUnseen = [.reject, .escalate].contains(approval.verb)
    guard mayUnseen || !state.isBare else { throw Refusal("decision.bare", "nobody could read the case file: reject or escalate") }
    let sawNothing = approval.version == 0 && mayUnseen
    guard approval.version == state.version || sawNothing else {
      throw Refusal("decision.version", "version \(approval.version) was seen, \(state.version) is current")
    }
    guard approval.view.utf8.elementsEqual(state.view.utf8) || state.view.isEmpty || sawNothing else {
      throw Refusal("decision.view", "something else was shown than the case file that is current")
    }
    let now = latest.unixSeconds
    guard approval.issuedAt <= now + 60 else { throw Refusal("decision.time", "it is of the future") }
    guard now <= approval.expiresAt + 60, self.now <= state.deadline || state.permit != nil || state.isHeld else {
      throw Refusal("decision.expired", "it counted until \(approval.expiresAt)")
    }
    guard isYoung(approval) else { throw Refusal("decision.expired", "it is older than a day") }
    guard let quorum = quorum(state.quorum) else { throw Refusal("decision.group", "nobody may decide this") }
    try admit(approval, state, asked: eligible(state, quorum))
    return state
  }

  /// Groups whose members may decide: those of the quorum, and those that the ladder calls.
  func eligible(_ state: OpenCase, _ quorum: Quorum) -> [String] {
    quorum.groups + (policy(state.workflow)?.bundle.ladder.map(\.group) ?? ["duty-officers"]) + ["duty-officers"]
  }

  private func apply(_ approval: Approval, _ made: DecisionMade, _ state: OpenCase, _ lanes: Int32) throws -> [PolicyOutput] {
    if state.isObserved { return observed(approval, made, state, lanes) }
    if state.isGlassReview { return try reviewGlass(approval, made, state) }
    switch approval.verb {
    case .approve: return try lifting(approve(approval, made, state, lanes), of: state, lanes)
    case .edit:
      var edited = state
      edited.proposal.action = made.action
      return try lifting(edit(approval, made, state, lanes), of: edited, lanes)
    case .reject where state.permit != nil:
      return [
        judged(.complete, approval, made, release: nil), .emit(.closed(key, ReviewClosed(reason: "permit revoked"))),
      ] + standDown(state, code: approval.code, lanes) + withdraw(because: "rejected")
    case .reject where state.route == Route.block.rawValue:
      return [judged(.complete, approval, made, release: nil)]
        + close(state, .blocked, code: approval.code, "\(approval.person) confirmed that it may not run")
    case .reject:
      return [feedback(approval, state, changed: false), judged(.complete, approval, made, release: nil)]
        + standDown(state, code: approval.code, lanes) + sample(state, conforms: false, code: approval.code, lanes)
        + askForTruth(state, approval, isDisagreement: true) + adjudicated(state, approval, isRight: false)
        + close(state, .rejected, code: approval.code, "\(approval.person) rejected it")
    case .escalate:
      let feedback = feedback(approval, state, changed: false)
      if let raised = escalate(state) { return [feedback, judged(.counted, approval, made, release: nil), raised] }
      // Of a case whose admission nobody could read no expert knows more.
      let code = state.workflow.isEmpty ? ReasonCode.evaluationCrash : .gateMissing
      return [feedback, judged(.complete, approval, made, release: nil)]
        + close(state, .failed, code: code.rawValue, "it could not be read, and nobody is left to ask")
    }
  }

  private func approve(_ approval: Approval, _ made: DecisionMade, _ state: OpenCase, _ lanes: Int32) throws -> [PolicyOutput] {
    guard approval.action == state.proposal.hash ?? "" else {
      throw Refusal("decision.action", "another action was approved")
    }
    guard !isEditor(approval, state) else {
      throw Refusal("decision.editor", "whoever edited it may not approve it alone")
    }
    if state.route == Route.block.rawValue {
      return [judged(.complete, approval, made, release: nil)]
        + close(state, .blocked, code: approval.code.isEmpty ? "blocked" : approval.code, "\(approval.person) confirmed that it may not run")
    }
    let met = quorate(state, by: state.approvals.map(\.token) + [made.decision], isNew: true) != .not
    let release = now.adding(seconds: met ? story(undoSeconds(state)) : 0)
    return [feedback(approval, state, changed: false), judged(met ? .complete : .counted, approval, made, release: met ? release : nil)]
      + (met ? sample(state, conforms: !state.isEdited, code: approval.code, lanes) : [])
      + (met ? askForTruth(state, approval, isDisagreement: state.isEdited) + adjudicated(state, approval, isRight: true) : [])
  }

  /// The edited action is a new one: policy judges it again, and approvals of the old one are void.
  private func edit(_ approval: Approval, _ made: DecisionMade, _ state: OpenCase, _ lanes: Int32) throws -> [PolicyOutput] {
    guard let action = made.action, let policy = policy(state.workflow) else {
      throw Refusal("decision.action", "the edited action is missing")
    }
    guard actionHash(action) == approval.action else {
      throw Refusal("decision.action", "the edited action is not the one that was signed")
    }
    guard let schema = policy.action, schema.accepts(action) else {
      throw Refusal("action.schema", "the edited action is not what the workflow declares")
    }
    var edited = state
    edited.proposal.action = action
    edited.proposal.hash = approval.action
    let verdict = policy.bundle.evaluate(facts(edited, nil, policy.bundle, waiving: true))
    let uses = uses(verdict, edited, in: DrawPlace.of(key, among: lanes))
    if let prohibited = verdict.matches.first(where: { $0.code == .policyProhibited && $0.route >= .review && $0.evidence.hasPrefix("action") }) {
      throw Refusal("policy.prohibited", prohibited.because)
    }
    let feedback = feedback(approval, state, changed: true)
    guard isOneAct(made, from: state, to: edited, verdict, policy.bundle) else {
      let request = review(edited, verdict, policy.bundle, editors: state.editors + [person(approval)])
      return uses + [feedback, judged(.counted, approval, made, release: nil), .emit(.review(key, request))]
    }
    // With one approver and impact up to medium, edit and approval are one act of one person (ruling 27).
    let request = review(edited, verdict, policy.bundle)
    return uses + [
      feedback, .emit(.review(key, request)),
      judged(.complete, approval, made, release: now.adding(seconds: story(undoSeconds(state)))),
    ] + sample(state, conforms: false, code: approval.code, lanes) + askForTruth(state, approval, isDisagreement: true)
  }

  /// Whether editing and approving are one act of one person (ruling 27): both for the case as it was and for what it becomes. An edit
  /// that raises the stakes, or that may not run at all, is another person's to approve.
  private func isOneAct(
    _ made: DecisionMade, from state: OpenCase, to edited: OpenCase, _ verdict: Verdict, _ bundle: Bundles.Bundle
  ) -> Bool {
    guard verdict.route < .block else { return false }
    let risks = ["low", "medium"]
    guard bundle.template == .expert
      || quorum(state.quorum)?.fewest == 1 && verdict.quorum.fewest == 1 && risks.contains(state.risk) && verdict.risk <= .medium
    else { return false }
    var edited = edited
    edited.quorum = json(verdict.quorum)
    return isMet(state, by: [made.decision]) && isMet(edited, by: [made.decision])
  }

  /// What a person finds out about a case that went alone changes nothing of it: it is a label, and the look is over.
  private func observed(
    _ approval: Approval, _ made: DecisionMade, _ state: OpenCase, _ lanes: Int32
  ) -> [PolicyOutput] {
    let ended: [PolicyOutput] = [
      feedback(approval, state, changed: approval.verb == .edit), judged(.complete, approval, made, release: nil),
      .emit(.closed(key, ReviewClosed(reason: "observed"))),
    ]
    let truth = askForTruth(state, approval, isDisagreement: approval.verb != .approve)
    return ended + truth + (approval.verb == .reject ? standDown(state, code: approval.code, lanes) : [])
  }

  /// The case file for an expert; nil where no policy says who that is.
  private func escalate(_ state: OpenCase) -> PolicyOutput? {
    guard let policy = policy(state.workflow) else { return nil }
    var raised = state
    raised.approvals = []
    // From the beginning: who must approve follows from the route.
    let finding = Finding(code: .contextAmbiguous, field: "review", detail: "a reviewer asked for an expert", atLeast: .sme)
    let request = review(raised, nil, policy.bundle, extra: [finding], editors: state.editors)
    // What nobody could read was judged by nothing that could have been stricter.
    guard !state.isBare else { return .emit(.review(key, request)) }
    return .emit(.review(key, request.keeping(state, ladder: ladder(policy.bundle, queue: state.queue), keys: decider.decisionKeys)))
  }

  private func undoSeconds(_ state: OpenCase) -> Int64 { Int64(policy(state.workflow)?.bundle.undoSeconds ?? 30) }

  private func judged(
    _ result: DecisionJudged.Result, _ approval: Approval, _ made: DecisionMade, release: Instant?
  ) -> PolicyOutput {
    .emit(
      .decision(
        key,
        DecisionJudged(
          result: result, decision: approval.id, code: approval.code, reason: approval.verb.rawValue, token: made.decision,
          person: person(approval), release: release)))
  }

  private func feedback(_ approval: Approval, _ state: OpenCase, changed: Bool) -> PolicyOutput {
    .emit(
      .feedback(
        key,
        ModelFeedback(
          workflow: state.workflow, model: state.proposal.model ?? "none", prompt: state.proposal.prompt ?? "none",
          verb: approval.verb.rawValue, code: approval.code, changed: changed, reviewer: person(approval), draw: state.draw,
          decision: approval.id, version: approval.version, bundle: state.bundle)))
  }

  /// The decider takes it back before its release.
  func undo(_ undone: DecisionUndone, _ lanes: Int32) -> [PolicyOutput] {
    guard let state, let counted = state.approvals.first(where: { $0.id == undone.decision }),
      state.phase == .reviewing || state.phase == .releasing
    else { return [] }
    return [
      .emit(
        .decision(
          key,
          DecisionJudged(
            result: .undone, decision: counted.id, code: "undone", reason: "taken back by \(undone.by)", token: nil,
            person: counted.person, release: nil)))
    ] + unsample(state, lanes)
  }
}
