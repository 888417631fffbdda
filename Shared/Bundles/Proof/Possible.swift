import CEL
import Domain

/// What a bundle can say about a case.
public struct Possible: Sendable {
  public var routes: [Route] = []
  /// Codes that an item and what is known of it can bring about, each with the settings that give it.
  public var codes: [ReasonCode: [String]] = [:]

  /// Codes that no item brings about by itself: they take an outage, an old record, a draw, a source
  /// that does not vouch for the requester, a person, or a fault.
  public static let circumstances: [ReasonCode] = [
    .confidenceInvalid, .calibrationMissing, .contextStale, .contextProbeFailed, .policyError, .impactUnknown,
    .sampleDrawn, .modelFailed, .modelUnavailable, .requesterUnverified, .recentRejection, .stopped, .gateMissing, .evaluationCrash,
  ]

  fileprivate mutating func note(_ code: ReasonCode, _ route: Route, by setting: String) {
    if !routes.contains(route) { routes.append(route) }
    guard !Self.circumstances.contains(code) else { return }
    codes[code, default: []].append(setting)
  }
}

extension Bundle {
  /// What this bundle can say; more than it ever will where that cannot be proved.
  public var possible: Possible {
    var found = Possible()
    for rule in logic.rules { found.note(rule.code, rule.route, by: rule.id) }
    for entry in logic.prohibited.entries { found.note(.policyProhibited, entry.route, by: entry.id) }
    noteContext(&found)
    noteImpact(&found)
    noteConfidence(&found)
    switch template {
    case .sampled: break
    case .approval: found.note(.templateApproval, .review, by: "template")
    case .expert: found.note(.templateMandatorySME, .sme, by: "template")
    }
    found.routes = found.routes.filter { $0 >= template.floor }.sorted()
    return found
  }

  private func noteContext(_ found: inout Possible) {
    for (code, route) in logic.context where code != .contextMissingSource || sources.contains(where: \.required) {
      found.note(code, max(.review, route), by: "context.\(code.rawValue)")
    }
  }

  private func noteImpact(_ found: inout Possible) {
    for tier in logic.impact.tiers {
      let high = tier.risk >= .high
      found.note(high ? .impactHigh : .impactElevated, high ? .review : .auto, by: tier.id)
    }
    if logic.impact.stated != nil { found.note(.impactStated, .review, by: "impact.stated") }
    for (name, expression) in logic.impact.facts where FactName.alwaysHuman.contains(name) {
      if let expression, expression.constant != .bool(false) {
        found.note(.impactMandatoryHuman, .review, by: "impact.facts.\(name.rawValue)")
      }
    }
  }

  private func noteConfidence(_ found: inout Possible) {
    for part in logic.blend.parts where part.floor > 0 {
      // A fixed risk makes a fixed part, which is never under its floor, or the bundle would not load.
      if part.risk?.constant == nil { found.note(.partFloor, .review, by: "confidence.\(part.name.rawValue).floor") }
    }
    if logic.blend.stopBelow > 0 { found.note(.confidenceLow, .review, by: "stop_below") }
    var seen: [String] = []
    for risk in Risk.allCases {
      for step in 0...100 {
        let hit = logic.bands.hit(confidence: Double(step) / 100, risk: risk)
        let isLow = hit.index > logic.bands.ceiling[risk] ?? 0
        let code: ReasonCode = hit.route == .auto ? .confidenceSufficient : isLow ? .confidenceLow : .impactElevated
        let setting = "bands[\(hit.index)]"
        guard !seen.contains(setting + code.rawValue) else { continue }
        seen.append(setting + code.rawValue)
        found.note(code, hit.route, by: setting)
      }
    }
  }
}
