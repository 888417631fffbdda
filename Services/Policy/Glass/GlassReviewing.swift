import Bundles
import Domain
import JSON
import Lanes
import Permits
import Wire
import Workflows

/// What was done under a grant is looked at by another person: a task of its own, under a key that is the grant's id, so that it waits
/// for nothing of the case and outlives it.
enum GlassReview {
  /// Of no folder: nobody publishes to it, and no bundle judges it.
  static let workflow = "break-glass"
  /// Late, it stays open so much longer, and so on.
  static let lateSeconds: Double = 30 * 86_400
  /// When officers on duty are called to it.
  static let calledAfter: Int64 = 12 * 3600

  /// The grant's id as the id of a case.
  static func key(_ grant: String) -> String {
    let digits = Array(grant.prefix(32))
    guard digits.count == 32 else { return grant }
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
  }
}

extension OpenCase {
  var isGlassReview: Bool { workflow == GlassReview.workflow }
}

extension PolicyStep {
  /// What a step leads to besides, where a grant is over by it: a permit went out under it, or its case has ended.
  func endingGlass(_ outputs: [PolicyOutput]) -> [PolicyOutput] {
    guard let state, let glass = state.openGlass else { return outputs }
    for case .emit(let record) in outputs {
      switch record {
      case .permit(_, _, let permit, _) where permit.glass != nil: return outputs + end(glass, of: state, "used", "a permit went out under it: \(permit.id)", permit: permit.id)
      case .ended: return outputs + end(glass, of: state, "closed", "its case ended before anything was decided under it")
      default: break
      }
    }
    return outputs
  }

  /// Its time is over and it was not used.
  func endGlass() -> [PolicyOutput] {
    guard let state, let glass = state.openGlass else { return [] }
    // A decision under it may be waiting for its release.
    if state.phase == .releasing, quorate(state, by: state.approvals.map(\.token)) == .glass {
      return end(glass, of: state, "used", "a decision under it is being released")
    }
    return end(glass, of: state, "unused", "nothing was decided under it in its time")
  }

  private func end(_ glass: CaseGlass, of state: OpenCase, _ code: String, _ reason: String, permit: String? = nil) -> [PolicyOutput] {
    let grant = GlassGrant(unverified: glass.token)
    let ended: PolicyOutput = .emit(
      .glass(key, GlassJudged(result: .ended, grant: glass.id, code: code, reason: reason, person: grant.map(person), ticket: grant?.ticket ?? "")))
    guard let grant else { return [ended] }
    let due = now.adding(seconds: BreakGlass.reviewSeconds)
    return [ended, .emit(.review(GlassReview.key(grant.id), asked(grant, state, code, permit, due))), noted(.asked, grant, due: due, reason: reason)]
  }

  private func asked(_ grant: GlassGrant, _ state: OpenCase, _ code: String, _ permit: String?, _ due: Instant) -> ReviewRequested {
    let bundle = policy(state.workflow)?.bundle
    var data = JSONObject([
      ("approvals", .integer(Int64(state.approvals.count))), ("case", .string(grant.caseID)), ("ended", .string(code)), ("grant", .string(grant.id)),
      ("person", .string(grant.person)), ("person_iss", .string(grant.personIssuer)), ("reason", .string(grant.reason)),
      ("since", .string(Instant(microseconds: grant.issuedAt * 1_000_000).description)), ("ticket", .string(grant.ticket)),
      ("until", .string(Instant(microseconds: grant.expiresAt * 1_000_000).description)), ("workflow", .string(state.workflow)),
    ])
    data["permit"] = permit.map { .string($0) }
    // By which channel people were called; there the alert ends when somebody has looked.
    data["alert"] = (bundle?.breakGlass?.alert.rawValue).map { .string($0) }
    let what = code == "used" ? "and decided the case alone" : "and decided nothing under it"
    return review(
      data: .object(data), version: 1, because: "\(grant.person) broke the glass (ticket \(grant.ticket.prefix(40))), \(what): was it justified?",
      group: bundle?.breakGlass?.reviewers ?? "duty-officers", alert: "none", risk: state.risk, requester: state.requester,
      accountable: bundle?.owner ?? "duty-officers", due: due, ingested: now, payloadHash: state.payloadHash, bundle: state.bundle)
  }

  private func review(
    data: JSON, version: Int64, because: String, group: String, alert: String, risk: String, requester: Wire.Requester?, accountable: String,
    due: Instant, ingested: Instant, payloadHash: String, bundle: String
  ) -> ReviewRequested {
    let person = "\(data["person_iss"]?.string ?? "") \(data["person"]?.string ?? "")"
    let match: JSON = [
      "because": .string(because), "code": .string(ReasonCode.impactMandatoryHuman.rawValue), "evidence": "item.reason", "gate": "impact", "route": "review",
      "rule": "break_glass",
    ]
    return ReviewRequested(
      workflow: GlassReview.workflow, bundle: bundle, template: Template.sampled.rawValue, version: version, route: Route.review.rawValue, risk: risk,
      confidence: nil, parts: [], matches: [match], data: data, output: nil, action: nil, actionHash: nil, current: nil, sources: [],
      requester: requester, quorum: ["count": 1, "group": .string(group)],
      ladder: [
        ["after_seconds": 0, "channel": .string(alert), "group": .string(group)],
        ["after_seconds": .integer(GlassReview.calledAfter), "channel": "pagerduty", "group": "duty-officers"],
      ], accountable: accountable, undoSeconds: 0, deadline: due, ingested: ingested, payloadHash: payloadHash, draw: "none", approvals: [],
      editors: [], pre: nil, salt: nil, model: nil, prompt: nil, personal: .object(JSONObject()), trusted: true, queue: GlassReview.workflow,
      barred: [person], mustSign: decider.decisionKeys.isNeeded(at: risk))
  }

  /// Nobody has looked at it in time: the right is suspended, and somebody still has to look.
  func overdueGlassReview(_ state: OpenCase) -> [PolicyOutput] {
    let due = now.adding(seconds: GlassReview.lateSeconds)
    let group = quorum(state.quorum)?.groups.first ?? "duty-officers"
    let late = review(
      data: state.data, version: state.version + 1,
      because: "nobody said in time whether it was justified: the right of \(state.data["person"]?.string ?? "") is suspended until somebody does",
      group: group, alert: "pagerduty", risk: state.risk, requester: state.requester, accountable: "duty-officers", due: due,
      ingested: state.ingested, payloadHash: state.payloadHash, bundle: state.bundle)
    let wasLate = state.version > 1
    return (wasLate ? [] : [noted(.overdue, about: state, by: "", "nobody looked at it by \(state.deadline)")]) + [.emit(.review(key, late))]
  }

  /// Another person says whether it was justified.
  func reviewGlass(_ approval: Approval, _ made: DecisionMade, _ state: OpenCase) throws -> [PolicyOutput] {
    guard approval.verb == .approve || approval.verb == .reject else {
      throw Refusal("decision.glass", "say whether it was justified: approve or reject")
    }
    let isJustified = approval.verb == .approve
    return [
      .emit(
        .decision(
          key,
          DecisionJudged(
            result: .complete, decision: approval.id, code: approval.code, reason: approval.verb.rawValue, token: made.decision,
            person: person(approval), release: nil))),
      .emit(.closed(key, ReviewClosed(reason: isJustified ? "justified" : "unjustified"))),
      noted(isJustified ? .justified : .unjustified, about: state, by: person(approval), approval.words),
    ]
  }

  private func noted(_ what: GlassNoted.What, about state: OpenCase, by: String, _ reason: String) -> PolicyOutput {
    func text(_ name: String) -> String { state.data[name]?.string ?? "" }
    return .emit(
      .glassNoted(
        GlassNoted(
          what, personIssuer: text("person_iss"), person: text("person"), grant: text("grant"), caseID: text("case"), at: now, by: by, reason: reason)))
  }
}
