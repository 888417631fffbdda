import JSON
import Wire

/// A person's word, given at the desk, that automation is to stop: signed by the reviewer service, over this stop and no other, and good
/// for a minute.
///
/// Policy takes the reviewer's word for it because a stop only tightens. Nothing of the kind starts anything again.
public struct StopWord: Sendable, Equatable {
  public static let type = "countersign-stop+jwt"
  public static let seconds: Int64 = 60

  public let personIssuer: String
  public let person: String
  /// `*` is every one.
  public let workflow: String
  public let reason: String
  public let issuedAt: Int64

  public init(personIssuer: String, person: String, workflow: String, reason: String, issuedAt: Int64) {
    self.personIssuer = personIssuer
    self.person = person
    self.workflow = workflow
    self.reason = reason
    self.issuedAt = issuedAt
  }

  public var claims: JSON {
    [
      "iss": .string(Approval.issuer), "person_iss": .string(personIssuer), "sub": .string(person), "workflow": .string(workflow),
      "reason": .string(reason), "iat": .integer(issuedAt), "exp": .integer(issuedAt + Self.seconds),
    ]
  }

  /// Whether it is for exactly this stop, at this moment.
  public func isFor(_ workflow: String, _ reason: String, at seconds: Int64) -> Bool {
    self.workflow.sameCodePoints(as: workflow) && self.reason.sameCodePoints(as: reason)
      && (seconds - Self.seconds...seconds + Self.seconds).contains(issuedAt)
  }

  /// Verifies signature, type and issuer.
  public static func verify(_ token: String, keys: KeySet) throws(JWSError) -> StopWord {
    let fields = try keys.verify(token, type: type)
    guard fields.optionalText("iss") == Approval.issuer, let issuer = fields.optionalText("person_iss"), let person = fields.optionalText("sub"),
      let workflow = fields.optionalText("workflow"), let reason = fields.optionalText("reason"), let issued = fields.optionalInteger("iat")
    else { throw JWSError("claims", "the claims of a stop were expected") }
    return StopWord(personIssuer: issuer, person: person, workflow: workflow, reason: reason, issuedAt: issued)
  }
}
