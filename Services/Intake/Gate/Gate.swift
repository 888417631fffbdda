import Domain
import JSON
import Wire

/// What an agent at the gate is owed.
struct Gate: Sendable, Equatable {
  /// The source that asked, and that alone is answered.
  var source: String
  var permit: String?
  var action: JSON?
  var outcome: String?
  var code: String?
  var reason: String?
  var result: JSON?
  /// When it is forgotten: a day after the outcome.
  var closes: Instant?

  static let keptSeconds = 24.0 * 3600

  init(source: String) { self.source = source }

  mutating func take(_ answer: GateAnswered) {
    switch answer.change {
    case .permitted: (permit, action) = (answer.permit, answer.action)
    case .revoked: (permit, action) = (nil, nil)
    case .ended:
      (outcome, code, reason, result) = (answer.outcome, answer.code, answer.reason, answer.result)
      closes = answer.at.adding(seconds: Gate.keptSeconds)
    }
  }

  /// `pending`, `allow` with the permit, `deny` with the reason, or `advisory` where the workflow declares no action.
  ///
  /// A permit comes on another topic than the outcome, so an executed case whose permit was not read yet is pending.
  func answer(caseID: String) -> JSON {
    var object = JSONObject([("id", .string(caseID))])
    switch outcome {
    case nil, Outcome.executed.rawValue?:
      object["status"] = permit == nil ? "pending" : "allow"
      object["permit"] = permit.map { .string($0) }
      object["action"] = action
    case Outcome.advisory.rawValue?:
      object["status"] = "advisory"
      object["result"] = result
    default:
      object["status"] = "deny"
      object["code"] = code.map { .string($0) }
      object["reason"] = reason.map { .string($0) }
    }
    object["outcome"] = outcome.map { .string($0) }
    return .object(object)
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("source", source)
      writer.member("permit", permit)
      writer.member("action", action)
      writer.member("outcome", outcome)
      writer.member("code", code)
      writer.member("reason", reason)
      writer.member("result", result)
      writer.member("closes", closes)
    }
  }

  init(_ fields: Fields) throws(WireError) {
    source = try fields.text("source")
    permit = fields.optionalText("permit")
    action = fields.optional("action")
    outcome = fields.optionalText("outcome")
    code = fields.optionalText("code")
    reason = fields.optionalText("reason")
    result = fields.optional("result")
    closes = fields.optionalInteger("closes").map { Instant(microseconds: $0) }
  }
}
