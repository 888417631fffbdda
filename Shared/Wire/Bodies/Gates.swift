import JSON

/// `intake.replies`: what an agent that waits at the gate can be told from now on. Written by intake for its own state.
public struct GateAnswered: Body {
  public static let type = "countersign.gate.answered.v1"
  public enum Change: String, Sendable, CaseIterable {
    /// Policy issued a permit.
    case permitted
    /// It took the permit back.
    case revoked
    /// The case has its outcome.
    case ended
  }
  public let change: Change
  /// Compact JWS, and the action that it permits.
  public let permit: String?
  public let action: JSON?
  /// One of `Domain.Outcome`, with code and reason.
  public let outcome: String?
  public let code: String?
  public let reason: String?
  public let result: JSON?
  public let at: Instant

  public init(
    change: Change, permit: String? = nil, action: JSON? = nil, outcome: String? = nil, code: String? = nil,
    reason: String? = nil, result: JSON? = nil, at: Instant
  ) {
    self.change = change
    self.permit = permit
    self.action = action
    self.outcome = outcome
    self.code = code
    self.reason = reason
    self.result = result
    self.at = at
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("change", change.rawValue)
      writer.member("permit", permit)
      writer.member("action", action)
      writer.member("outcome", outcome)
      writer.member("code", code)
      writer.member("reason", reason)
      writer.member("result", result)
      writer.member("at", at)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let change = Change(rawValue: try fields.text("change")) else { throw WireError("member change is unknown") }
    self.init(
      change: change, permit: fields.optionalText("permit"), action: fields.optional("action"),
      outcome: fields.optionalText("outcome"), code: fields.optionalText("code"), reason: fields.optionalText("reason"),
      result: fields.optional("result"), at: try fields.instant("at"))
  }
}

/// `intake.replies`: the gate forgets a case a day after its outcome.
public struct GateClosed: Body {
  public static let type = "countersign.gate.closed.v1"
  public init() {}
  public func write(_ writer: inout JSONWriter) { writer.object { _ in } }
  public init(_ fields: Fields) throws(WireError) {}
}
