import JSON
import Wire

/// That a person has broken the glass for one case, as the reviewer service signed it over the person's own signature. Whether it
/// counts is policy's to say; it travels into the permit, which is marked by it.
public struct GlassGrant: Sendable, Equatable {
  public static let type = "countersign-glass-grant+jwt"
  /// So old at most is the sign-in of whoever breaks the glass, and the grant itself when policy hears of it.
  public static let freshSeconds: Int64 = 300
  public static let minutesAllowed: ClosedRange<Int64> = 5...240
  public static let mostReason = 500, mostTicket = 80

  /// Follows from the person's own signature, so that one signature is one grant.
  public let id: String
  public let caseID: String
  public let personIssuer: String
  public let person: String
  /// The groups that the person was in.
  public let groups: [String]
  /// How and when the person had shown who they are.
  public let strength: String
  public let authenticatedAt: Int64
  public let reason: String
  /// What the installation knows the incident by.
  public let ticket: String
  public let minutes: Int64
  /// Seconds since 1970.
  public let issuedAt: Int64
  /// The person's own signature (`OwnGlass`), and policy's certificate of the key (`KeyCertificate`).
  public let signature: String
  public let certificate: String

  public var expiresAt: Int64 { issuedAt + minutes * 60 }

  public init(
    caseID: String, personIssuer: String, person: String, groups: [String], strength: String, authenticatedAt: Int64, reason: String,
    ticket: String, minutes: Int64, issuedAt: Int64, signature: String, certificate: String
  ) {
    self.init(
      id: Self.id(of: OwnGlass.id(unverified: signature) ?? "", caseID: caseID, person: "\(personIssuer) \(person)"), caseID: caseID,
      personIssuer: personIssuer, person: person, groups: groups, strength: strength, authenticatedAt: authenticatedAt, reason: reason,
      ticket: ticket, minutes: minutes, issuedAt: issuedAt, signature: signature, certificate: certificate)
  }

  private init(
    id: String, caseID: String, personIssuer: String, person: String, groups: [String], strength: String, authenticatedAt: Int64,
    reason: String, ticket: String, minutes: Int64, issuedAt: Int64, signature: String, certificate: String
  ) {
    (self.id, self.caseID, self.personIssuer, self.person, self.groups) = (id, caseID, personIssuer, person, groups)
    (self.strength, self.authenticatedAt, self.reason, self.ticket) = (strength, authenticatedAt, reason, ticket)
    (self.minutes, self.issuedAt, self.signature, self.certificate) = (minutes, issuedAt, signature, certificate)
  }

  /// - Parameter signed: the id of the person's own signature.
  public static func id(of signed: String, caseID: String, person: String) -> String {
    hex(sha256([caseID, person, signed, "glass"].joined(separator: "\n").utf8).prefix(16))
  }

  public var claims: JSON {
    [
      "iss": .string(Approval.issuer), "jti": .string(id), "case": .string(caseID), "person_iss": .string(personIssuer), "sub": .string(person),
      "groups": .array(groups.map { .string($0) }), "amr": .string(strength), "auth_time": .integer(authenticatedAt),
      "reason": .string(reason), "ticket": .string(ticket), "minutes": .integer(minutes), "iat": .integer(issuedAt), "exp": .integer(expiresAt),
      "own": .string(signature), "own_key": .string(certificate),
    ]
  }

  /// Verifies the reviewer's signature, type and issuer.
  public static func verify(_ token: String, keys: KeySet) throws(JWSError) -> GlassGrant {
    let fields = try keys.verify(token, type: type)
    guard fields.optionalText("iss") == Approval.issuer, let grant = try? GlassGrant(fields) else {
      throw JWSError("claims", "the claims of a grant were expected")
    }
    return grant
  }

  /// What a grant says, for whoever does not have to believe it; nil for what is none.
  public init?(unverified token: String) {
    guard let json = unverifiedClaims(of: token, limits: .stored), let fields = try? Fields(json), let grant = try? GlassGrant(fields) else { return nil }
    self = grant
  }

  private init(_ fields: Fields) throws(WireError) {
    self.init(
      id: try fields.text("jti"), caseID: try fields.text("case"), personIssuer: try fields.text("person_iss"), person: try fields.text("sub"),
      groups: try fields.texts("groups"), strength: try fields.text("amr"), authenticatedAt: try fields.integer("auth_time"),
      reason: try fields.text("reason"), ticket: try fields.text("ticket"), minutes: try fields.integer("minutes"),
      issuedAt: try fields.integer("iat"), signature: try fields.text("own"), certificate: try fields.text("own_key"))
    guard Self.minutesAllowed.contains(minutes) else { throw WireError("member minutes: 5 to 240 were expected") }
  }

  /// Whether an approval is the person's own, by a signature of their own, given while the grant lasted. Whether both count is the
  /// caller's to check.
  public func covers(_ approval: Approval) -> Bool {
    guard approval.verb == .approve, approval.signature != nil, approval.caseID.sameCodePoints(as: caseID) else { return false }
    guard approval.person.sameCodePoints(as: person), approval.personIssuer.sameCodePoints(as: personIssuer) else { return false }
    return approval.issuedAt >= issuedAt && approval.issuedAt <= expiresAt
  }

  /// What of the grant the person has not signed so; nil where it is this very grant.
  public func difference(from own: OwnGlass) -> String? {
    let parts: [(String, Bool)] = [
      ("case", own.caseID.sameCodePoints(as: caseID)), ("reason", own.reason.sameCodePoints(as: reason)), ("ticket", own.ticket.sameCodePoints(as: ticket)),
      ("minutes", own.minutes == minutes), ("person_iss", own.personIssuer.sameCodePoints(as: personIssuer)), ("sub", own.person.sameCodePoints(as: person)),
      ("iat", (own.issuedAt &- issuedAt).magnitude <= OwnSignature.skew.magnitude),
      ("jti", Self.id(of: own.id, caseID: caseID, person: "\(personIssuer) \(person)").sameCodePoints(as: id)),
    ]
    return parts.first { !$0.1 }?.0
  }
}
