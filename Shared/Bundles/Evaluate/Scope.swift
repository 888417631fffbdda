import CEL

/// The variables of one evaluation; what is not there yet is nil, and reading it is an error.
///
/// A class, so that handing it to an expression copies nothing; it belongs to one evaluation.
final class Scope: CELBindings {
  var item: CELValue?
  var proposal: CELValue?
  var action: CELValue?
  var current: CELValue?
  var sources: CELValue?
  var personal: CELValue?
  var requester: CELValue?
  var template: CELValue?
  var threshold: CELValue?
  var value: CELValue?
  var facts: CELValue?
  var confidence: CELValue?
  var parts: CELValue?
  var risk: CELValue?
  var route: CELValue?
  var codes: CELValue?
  /// Only where somebody wants to decide.
  var approver: CELValue?

  func value(of name: String) -> CELValue? {
    switch name {
    case "item": item
    case "proposal": proposal
    case "action": action
    case "current": current
    case "facts": facts
    case "value": value
    case "threshold": threshold
    case "confidence": confidence
    case "risk": risk
    case "personal": personal
    case "sources": sources
    case "parts": parts
    case "requester": requester
    case "template": template
    case "route": route
    case "codes": codes
    case "approver": approver
    default: nil
    }
  }

  func set(_ name: String, _ new: CELValue) {
    switch name {
    case "item": item = new
    case "proposal": proposal = new
    case "action": action = new
    case "current": current = new
    case "facts": facts = new
    case "value": value = new
    case "threshold": threshold = new
    case "confidence": confidence = new
    case "risk": risk = new
    case "personal": personal = new
    case "sources": sources = new
    case "parts": parts = new
    case "requester": requester = new
    case "template": template = new
    case "route": route = new
    case "codes": codes = new
    case "approver": approver = new
    default: break
    }
  }
}
