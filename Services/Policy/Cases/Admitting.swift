import Bundles
import Domain
import JSON
import Lanes
import Permits
import Wire
import Workflows

extension PolicyStep {
  /// A new case: what is prohibited goes to people at once, everything else to the model first.
  func admit(_ admitted: CaseAdmitted) -> [PolicyOutput] {
    guard state == nil else { return [] }
    guard let policy = policy(admitted.workflow) else { return [unknownWorkflow(admitted)] }
    let request = ModelRequested(
      workflow: admitted.workflow, bundle: policy.bundle.hash, round: 1, data: admitted.data,
      payloadHash: admitted.payloadHash, proposal: admitted.proposal, ingested: admitted.ingested,
      requester: admitted.requester, personal: admitted.personal,
      deadline: now.adding(seconds: Double(policy.bundle.deadlineSeconds)), screened: admitted.screened,
      origin: admitted.origin, nearHash: admitted.nearHash, reopens: admitted.reopens)
    let opened = OpenCase(request, asked: now)
    if admitted.workflow == AdjudicationAsked.workflow { return [adjudication(opened, policy.bundle)] }
    let admission = policy.bundle.admit(facts(opened, nil, policy.bundle))
    guard admission.isBlocked else { return [.emit(.model(key, request, at: now))] }
    return [.emit(.review(key, review(opened, nil, policy.bundle, extra: [])))]
  }

  private func unknownWorkflow(_ admitted: CaseAdmitted) -> PolicyOutput {
    .emit(
      .ended(
        key,
        CaseEnded(
          caseID: key, workflow: admitted.workflow, outcome: Outcome.failed.rawValue, code: "gate.missing",
          reason: "no policy is in force for the workflow \(admitted.workflow)", effect: nil, result: nil,
          ingested: admitted.ingested, origin: admitted.origin),
        facts: [
          (.origin, admitted.origin.text), (.workflow, admitted.workflow), (.outcome, Outcome.failed.rawValue), (.reasons, "gate.missing"),
          (.bundle, "none"), (.route, "none"), (.risk, "none"), (.payloadHash, admitted.payloadHash),
          (.ingested, admitted.ingested.description),
        ]))
  }

  /// The producer takes the item back, or people whom a mishap called do.
  func withdraw(because reason: String = "withdrawn") -> [PolicyOutput] {
    guard let state, state.phase != .observing else { return [] }
    guard state.phase == .permitted, let permit = state.permit else {
      return close(state, .withdrawn, code: "withdrawn", "the producer took the item back")
    }
    // An executor may be at it already: its answer, or the permit's end, ends the case.
    guard !permit.revoked || permit.why == Stop.reason else { return [] }
    return [.emit(.revoked(key, PermitRevoked(permit: permit.id, effect: permit.effect, reason: reason)))]
  }

  func fire(_ name: String, _ due: Instant) throws -> [PolicyOutput] {
    guard let state else { return [] }
    if name == "glass" { return endGlass() }
    if state.isGlassReview { return overdueGlassReview(state) }
    // A model that gave no answer sends the case to people: nothing ends by that.
    if name != "model", state.phase != .observing, let stop = stop(of: state) { return hold(stop) }
    switch name {
    case "deadline" where state.phase == .observing: return [.emit(.closed(key, ReviewClosed(reason: "expired")))]
    case "deadline": return close(state, .expired, code: "expired", "nobody decided by \(state.deadline)")
    case "answer":
      return close(state, .rejected, code: "requester.silent", "whoever asked gave no answer by \(state.question?.until ?? now)")
    case "model":
      return judgeWithout(
        ProposalFailed(round: state.round, code: "model.unavailable", reason: "no proposal came in \(Int(OpenCase.modelSeconds)) s"))
    case "release": return try release(state)
    case "permit": return try chase(state)
    default: return []
    }
  }
}
