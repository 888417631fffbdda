import JSON
import Lanes
import Wire

extension IntakeDecider {
  /// What policy's record means for the built-in executor.
  func webhook(
    _ caseID: String, _ type: String, _ frame: Frame, _ view: View<IntakeState>
  ) throws -> Outputs {
    guard !webhooks.isEmpty else { return [] }
    let known: Webhook? = if case .kept(let kept)? = view[caseID] { kept.webhook } else { nil }
    switch type {
    case PermitIssued.type:
      guard let asked = Webhook(try PermitIssued(Fields(of: frame)), targets: webhooks) else { return [] }
      // Once answered, the answer is on its way to policy: nothing is done or said a second time.
      if let known, known.effect == asked.effect, known.done { return [] }
      return [.emit(.webhook(WebhookNoted(.asked, asked), caseID: caseID))]
    case PermitRevoked.type:
      guard let known, !known.done, known.effect == (try PermitRevoked(Fields(of: frame))).effect else { return [] }
      return [.emit(.webhook(WebhookNoted(.revoked), caseID: caseID))]
    case CaseEnded.type: return known == nil ? [] : [.emit(.webhook(WebhookNoted(.over), caseID: caseID))]
    default: return []
    }
  }

  /// The executor's answer goes the way of any executor's.
  func performed(_ caseID: String, _ result: WebhookResult?, _ view: View<IntakeState>) -> Outputs {
    guard case .kept(let kept)? = view[caseID], let webhook = kept.webhook, !webhook.done else { return [] }
    let result =
      result
      ?? WebhookResult(
        permitID: webhook.permitID, status: .unknown, reason: "begun, and nobody can say whether it happened")
    let digest = { (state: JSON?) in state.map { hex(sha256($0.canonical)) } }
    let report = Report(
      caseID: caseID, effect: webhook.effect, permit: result.permitID.isEmpty ? webhook.permitID : result.permitID,
      status: result.status,
      reason: String(result.reason.prefix(400)), executor: Webhook.executor, before: result.before, after: result.after,
      beforeDigest: digest(result.before), afterDigest: digest(result.after))
    return [.emit(.reported(effect(report, view), caseID: caseID))]
  }

  func evolve(_ state: IntakeState?, _ noted: WebhookNoted) -> IntakeState? {
    var kept = if case .kept(let kept)? = state { kept } else { Kept() }
    switch noted.change {
    case .asked: if let asked = noted.webhook { kept.webhook = kept.webhook?.after(asked) ?? asked }
    case .revoked: kept.webhook?.revoked = true
    case .over: kept.webhook = nil
    }
    return kept.isEmpty ? nil : .kept(kept)
  }
}
