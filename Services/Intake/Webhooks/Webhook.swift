import JSON
import Lanes
import Permits
import Wire

/// An action that the built-in executor performs by calling a configured address. It lies in the state of its case
/// until the case has ended, so that an effect is begun once, however often its permit is issued.
struct Webhook: Sendable, Equatable {
  /// The executor's name: the audience of its permits, and who answers.
  static let executor = "webhook"

  /// Of the newest permit of the effect.
  var permit: String
  var permitID: String
  let effect: String
  let action: JSON
  let holders: JSON
  /// Whether the address keeps to the idempotency key, so that a call that may have arrived can be made again.
  let repeatable: Bool
  var revoked = false
  /// It has been answered for.
  var done = false

  /// What an issued permit asks of the executor; nil where it is made out to another, or is none.
  ///
  /// The signature is verified when it is acted on; here the claims of policy's own, sealed record are read.
  init?(_ issued: PermitIssued, targets: [String: WebhookTarget]) {
    guard let claims = unverifiedClaims(of: issued.permit, limits: .stored), let permit = try? Permit(Fields(claims)),
      permit.audience == Webhook.executor
    else { return nil }
    self.permit = issued.permit
    permitID = permit.id
    effect = permit.effect
    action = issued.action
    holders = issued.holders
    repeatable = targets[issued.action["type"]?.string ?? ""]?.repeatable ?? true
  }

  /// An effect that has begun takes a newer permit of its own; another effect takes its place.
  func after(_ newer: Webhook) -> Webhook {
    guard newer.effect == effect else { return newer }
    var same = self
    (same.permit, same.permitID) = (newer.permit, newer.permitID)
    return same
  }

  var call: WebhookCall? { done ? nil : WebhookCall(id: "webhook/\(effect)", repeatable: repeatable) }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("permit", permit)
      writer.member("jti", permitID)
      writer.member("eff", effect)
      writer.member("action", action)
      writer.member("holders", holders)
      writer.member("repeatable", repeatable)
      writer.member("revoked", revoked)
      writer.member("done", done)
    }
  }

  init(_ fields: Fields) throws(WireError) {
    permit = try fields.text("permit")
    permitID = try fields.text("jti")
    effect = try fields.text("eff")
    action = try fields.value("action")
    holders = try fields.value("holders")
    repeatable = try fields.flag("repeatable")
    revoked = try fields.flag("revoked")
    done = try fields.flag("done")
  }
}

struct WebhookCall: LaneCall {
  let id: String
  let repeatable: Bool
}

/// What became of it.
struct WebhookResult: Sendable, Equatable {
  let permitID: String
  let status: EffectReported.Status
  let reason: String
  var before: JSON?
  var after: JSON?
}

/// `webhooks`: the built-in executor begins with an effect, or has learnt that its permit is revoked or its case over.
struct WebhookNoted: Body {
  static let type = "countersign.webhook.noted.v1"
  enum Change: String, Sendable { case asked, revoked, over }
  let change: Change
  let webhook: Webhook?

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("change", change.rawValue)
      if let webhook {
        writer.key("webhook")
        webhook.write(&writer)
      }
    }
  }

  init(_ change: Change, _ webhook: Webhook? = nil) {
    self.change = change
    self.webhook = webhook
  }

  init(_ fields: Fields) throws(WireError) {
    guard let change = Change(rawValue: try fields.text("change")) else { throw WireError("member change is unknown") }
    self.change = change
    if let body = fields.optional("webhook") { webhook = try Webhook(Fields(body)) } else { webhook = nil }
  }
}
