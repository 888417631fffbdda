import Bundles
import Crypto
import Domain
import JSON
import Lanes
import Permits
import Wire
import Workflows

extension PolicyStep {
  /// The undo window is over: the permit goes out, or the case ends where there is nothing to execute.
  func release(_ state: OpenCase) throws -> [PolicyOutput] {
    guard waiversHold(state), waiversCover(state) else { return [askWithoutException(state)] }
    guard let action = state.proposal.action, let hash = state.proposal.hash,
      let executor = policy(state.workflow)?.bundle.executor
    else {
      return close(state, .advisory, code: "advisory", "the workflow declares no action", result: state.proposal.output)
    }
    guard stands(state, action, hash) else { return [askAnew(state)] }
    let effect = effectID(action: hash, caseID: key, decisions: state.approvals.map(\.id))
    return [
      .emit(.closed(key, ReviewClosed(reason: "released"))),
      try issue(state, action, hash, effect: effect, executor: executor, approvals: state.approvals.map(\.token)),
    ]
  }

  /// Signs a permit. The same effect may get several, one after the other; an executor acts on the effect once.
  func issue(
    _ state: OpenCase, _ action: JSON, _ hash: String, effect: String, executor: String, approvals: [String],
    basis: JSON? = nil
  ) throws -> PolicyOutput {
    // Without a key everything is stopped, and nothing comes here.
    guard let signing else { throw JWSError("key", "no permit key is in force") }
    let issued = wall.unixSeconds
    let number = (state.permit?.issued ?? 0) + 1
    let holders = decider.holders.json(for: action, data: state.data)
    let isUnderGlass = state.glass != nil && !approvals.isEmpty && quorate(state, by: approvals) == .glass
    let permit = Permits.Permit(
      id: hex(sha256(Array("\(effect)/\(number)/\(issued)".utf8)).prefix(16)), effect: effect, action: hash, caseID: key,
      workflow: state.workflow, route: state.route, bundle: state.bundle, audience: executor, pre: state.proposal.pre,
      salt: state.proposal.salt, holders: holdersHash(holders), approvals: approvals,
      glass: isUnderGlass ? state.glass?.token : nil, issuedAt: issued,
      expiresAt: issued + Int64(decider.permitMinutes) * 60)
    let token = try signing.sign(permit.claims, type: Permits.Permit.type)
    let due = now.adding(seconds: story(Int64(decider.permitMinutes) * 60 + 60))
    return .emit(
      .permit(key, PermitIssued(permit: token, action: action, holders: holders, basis: basis), permit, due: due))
  }

  /// No answer came in time: the same effect again, twice, then a person must find out.
  func chase(_ state: OpenCase) throws -> [PolicyOutput] {
    guard let permit = state.permit else { return [] }
    // After a stop the same effect goes out again: an executor that has begun tells, one that has not refuses it.
    if permit.revoked, permit.why != Stop.reason { return close(state, .withdrawn, code: "withdrawn", "the permit was revoked and not acted on") }
    guard permit.issued < 3, let action = state.proposal.action, let hash = state.proposal.hash,
      let executor = policy(state.workflow)?.bundle.executor
    else {
      return close(
        state, .effectUnknown, code: "effect.unknown", "the executor gave no answer to \(permit.issued) permits")
    }
    guard stands(state, action, hash), waiversHold(state) else {
      return close(state, .effectUnknown, code: "effect.unknown", "no executor answered while its approvals and exceptions counted")
    }
    return [
      try issue(state, action, hash, effect: permit.effect, executor: executor, approvals: state.approvals.map(\.token))
    ]
  }

  /// The key that its permit is signed under was revoked: the same effect goes out again under another one.
  func renew(_ state: OpenCase, _ permit: LivePermit) throws -> [PolicyOutput] {
    // Where approvals do not count any more the permit's end decides.
    guard let action = state.proposal.action, let hash = state.proposal.hash, stands(state, action, hash),
      waiversHold(state), let executor = policy(state.workflow)?.bundle.executor
    else { return [.answer(false)] }
    let approvals = state.approvals.map(\.token)
    return [
      try issue(state, action, hash, effect: permit.effect, executor: executor, approvals: approvals), .answer(true),
    ]
  }

  /// An executor has answered.
  func settle(_ effect: EffectReported) -> [PolicyOutput] {
    guard let state, let permit = state.permit, permit.effect == effect.effect,
      effect.executor == policy(state.workflow)?.bundle.executor
    else { return note(effect) }
    switch effect.status {
    case .executed:
      let outcome: Outcome = isOtherwise(state) ? .decidedOtherwise : .executed
      let meanwhile = !permit.why.isEmpty ? "; it had begun when its permit was revoked (\(permit.why))" : ""
      return close(
        state, outcome, code: outcome.rawValue, "executed by \(effect.executor)\(meanwhile)", result: effect.after,
        more: [(.effect, effect.effect), (.permit, effect.permit)])
    case .unknown:
      return close(state, .effectUnknown, code: "effect.unknown", "begun, and nobody can say whether it happened")
    case .failed: return close(state, .failed, code: "effect.failed", effect.reason)
    case .refused:
      guard effect.permit == permit.id else { return note(effect) }
      if permit.why == Stop.reason {
        // Nothing was done, nor will be under these decisions. The case file is made anew; while the stop holds, for people.
        return [.emit(.model(key, again(state), at: now))]
      }
      if permit.revoked { return close(state, .withdrawn, code: "withdrawn", "the executor refused the revoked permit") }
      return close(state, .failed, code: "executor.refused", effect.reason)
    case .preconditionChanged:
      guard state.preconditionChanges == 0 else {
        return close(state, .failed, code: "precondition.changed", "the target changed again before it was acted on")
      }
      return [.emit(.model(key, again(state), at: now))]
    }
  }

  /// Whether an expert decided something else than the class that the model had put first.
  private func isOtherwise(_ state: OpenCase) -> Bool {
    guard policy(state.workflow)?.bundle.template == .expert,
      let advised = state.proposal.output?["candidates"]?.array?.first?["class"]
    else { return false }
    let decided = state.proposal.action?["body"]?.object?.members ?? []
    return !decided.contains { $0.value == advised }
  }

  private func note(_ effect: EffectReported) -> [PolicyOutput] {
    [
      .emit(
        .noted(
          key,
          EffectNoted(
            effect: effect.effect, permit: effect.permit, status: effect.status.rawValue, reason: effect.reason)))
    ]
  }

  /// Sources and target are fetched anew, and a person decides anew.
  ///
  /// - Parameter changed: the sources that had changed when somebody came to decide.
  func again(_ state: OpenCase, changed: [String] = []) -> ModelRequested {
    ModelRequested(
      workflow: state.workflow, bundle: state.bundle, round: state.round + 1, data: state.data,
      payloadHash: state.payloadHash, proposal: state.given, ingested: state.ingested, requester: state.requester,
      personal: state.personal, deadline: state.deadline, screened: state.screened, origin: state.origin,
      nearHash: state.nearHash, changed: changed, reopens: state.reopens)
  }
}
