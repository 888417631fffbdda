import JSON
import Wire

/// The reviewer service's word that a person is about to decide on a case, so that its sources may be looked at again: signed over this very
/// question, and good for a minute.
///
/// It shows model-adapter who asks. Without it the call would let anybody on the network read records of the sources.
public struct LookWord: Sendable, Equatable {
  public static let type = "countersign-look+jwt"
  /// Of the same word for taking up an ended case again, at intake; its body names the person.
  public static let reopening = "countersign-reopen+jwt"
  /// Of the same word for seeing one private value, at the service that keeps it; its body names case, token, person and purpose.
  public static let revealing = "countersign-reveal+jwt"
  public static let seconds: Int64 = 60

  public let caseID: String
  /// SHA-256 of the call's body, hex.
  public let body: String
  public let issuedAt: Int64

  public init(caseID: String, body: [UInt8], issuedAt: Int64) {
    self.init(caseID: caseID, digest: hex(sha256(body)), issuedAt: issuedAt)
  }

  private init(caseID: String, digest: String, issuedAt: Int64) {
    self.caseID = caseID
    body = digest
    self.issuedAt = issuedAt
  }

  public var claims: JSON {
    [
      "iss": .string(Approval.issuer), "case": .string(caseID), "body": .string(body), "iat": .integer(issuedAt),
      "exp": .integer(issuedAt + Self.seconds),
    ]
  }

  /// Whether it is for exactly this question, at this moment.
  public func isFor(_ caseID: String, _ body: [UInt8], at seconds: Int64) -> Bool {
    self.caseID.sameCodePoints(as: caseID) && self.body.sameCodePoints(as: hex(sha256(body)))
      && (seconds - Self.seconds...seconds + Self.seconds).contains(issuedAt)
  }

  /// Verifies signature, type and issuer.
  public static func verify(_ token: String, keys: KeySet, type: String = LookWord.type) throws(JWSError) -> LookWord {
    let fields = try keys.verify(token, type: type)
    guard fields.optionalText("iss") == Approval.issuer, let caseID = fields.optionalText("case"), let body = fields.optionalText("body"),
      let issued = fields.optionalInteger("iat")
    else { throw JWSError("claims", "the claims of a look were expected") }
    return LookWord(caseID: caseID, digest: body, issuedAt: issued)
  }
}
