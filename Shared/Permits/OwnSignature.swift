import JSON
import Wire

/// A decision as the person signed it with their own key. It binds what the decision binds, and the reviewer service cannot make it.
public struct OwnSignature: Sendable, Equatable {
  public static let type = "countersign-decision+jwt"

  /// Made by whoever signs, once for each decision.
  public let id: String
  public let caseID: String
  public let version: Int64
  public let view: String
  public let action: String
  public let verb: String
  public let code: String
  public let personIssuer: String
  public let person: String
  /// By the clock of the person's device, seconds since 1970.
  public let issuedAt: Int64

  /// How far the clock of a person's device may be from the service's.
  public static let skew: Int64 = 900

  public static func verify(_ token: String, key: PersonKey) throws(JWSError) -> OwnSignature {
    let fields = try key.verify(token, type: type)
    do throws(WireError) { return try OwnSignature(fields) } catch { throw JWSError("claims", error.description) }
  }

  /// The id of what was signed, unverified; nil for what is no such signature.
  public static func id(unverified token: String) -> String? {
    unverifiedClaims(of: token)?["jti"]?.string.flatMap { isID($0) ? $0 : nil }
  }

  private init(_ fields: Fields) throws(WireError) {
    id = try fields.text("jti")
    guard OwnSignature.isID(id) else { throw WireError("member jti: 16 to 128 bytes were expected") }
    caseID = try fields.text("case")
    version = try fields.integer("version")
    view = try fields.text("view")
    action = try fields.text("act")
    verb = try fields.text("verb")
    code = try fields.text("code")
    personIssuer = try fields.text("person_iss")
    person = try fields.text("sub")
    issuedAt = try fields.integer("iat")
  }

  private static func isID(_ text: String) -> Bool { (16...128).contains(text.utf8.count) }

  /// The id of the decision: of a person's signature there is one, so that it counts once.
  public var decisionID: String { Approval.id(of: id, caseID: caseID, version: version, person: "\(personIssuer) \(person)") }
}

extension Approval {
  /// Verifies what the person signed, for whoever takes a permit: policy has judged the rest.
  ///
  /// - Parameter keys: policy's.
  /// - Returns: false where the person signed nothing.
  public func verifyOwn(policy keys: KeySet) throws(JWSError) -> Bool {
    guard signature != nil || certificate != nil else { return false }
    let known = try KeyCertificate.verify(certificate ?? "", keys: keys)
    let own = try OwnSignature.verify(signature ?? "", key: known.key)
    guard known.personIssuer.sameCodePoints(as: personIssuer), known.person.sameCodePoints(as: person), difference(from: own) == nil
    else { throw JWSError("claims", "the person signed something else, or the key is somebody else's") }
    return true
  }

  /// The same for the same person, case, version and what the client sends again with the same decision.
  public static func id(of idempotency: String, caseID: String, version: Int64, person: String) -> String {
    hex(sha256([caseID, String(version), person, idempotency].joined(separator: "\n").utf8).prefix(16))
  }

  /// What of the decision the person has not signed so; nil where it is this very decision.
  public func difference(from own: OwnSignature) -> String? {
    let parts: [(String, Bool)] = [
      ("case", own.caseID.sameCodePoints(as: caseID)), ("version", own.version == version), ("view", own.view.sameCodePoints(as: view)), ("act", own.action.sameCodePoints(as: action)),
      ("verb", own.verb.sameCodePoints(as: verb.rawValue)), ("code", own.code.sameCodePoints(as: code)), ("person_iss", own.personIssuer.sameCodePoints(as: personIssuer)),
      ("sub", own.person.sameCodePoints(as: person)), ("iat", (own.issuedAt &- issuedAt).magnitude <= OwnSignature.skew.magnitude),
      ("jti", own.decisionID.sameCodePoints(as: id)),
    ]
    return parts.first { !$0.1 }?.0
  }
}
