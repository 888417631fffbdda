import JSON
import Wire

/// Policy's word that a key is a person's: what a registration leads to, as a compact JWS under policy's own key. It travels with
/// each decision, so that whoever knows policy's keys can check who signed, and nobody has to be asked.
public struct KeyCertificate: Sendable, Equatable {
  public static let type = "countersign-person-key+jwt"

  public let personIssuer: String
  public let person: String
  public let key: PersonKey
  /// Seconds since 1970.
  public let issuedAt: Int64
  public let expiresAt: Int64

  public init(personIssuer: String, person: String, key: PersonKey, issuedAt: Int64, expiresAt: Int64) {
    (self.personIssuer, self.person, self.key, self.issuedAt, self.expiresAt) = (personIssuer, person, key, issuedAt, expiresAt)
  }

  public func signed(by signing: SigningKey) throws(JWSError) -> String {
    try signing.sign(
      [
        "iss": .string(Permit.issuer), "person_iss": .string(personIssuer), "sub": .string(person), "cnf": ["jwk": key.jwk],
        "iat": .integer(issuedAt), "exp": .integer(expiresAt),
      ], type: Self.type)
  }

  /// - Parameter keys: policy's. Whether it has ended, or was taken back, is the caller's to check.
  public static func verify(_ token: String, keys: KeySet) throws(JWSError) -> KeyCertificate {
    let fields = try keys.verify(token, type: type)
    guard fields.optionalText("iss") == Permit.issuer else { throw JWSError("claims", "policy's certificate of a key was expected") }
    return try KeyCertificate(fields)
  }

  /// What a certificate says, for whoever does not have to believe it. - Throws: where it says nothing of the kind.
  public init(unverified token: String) throws(JWSError) {
    guard token.utf8.count <= 8 * 1024, let json = unverifiedClaims(of: token), let fields = try? Fields(json) else { throw JWSError("malformed", "policy's certificate of a key was expected") }
    try self.init(fields)
  }

  private init(_ fields: Fields) throws(JWSError) {
    guard let issuer = fields.optionalText("person_iss"), let person = fields.optionalText("sub"),
      let jwk = fields.optional("cnf")?["jwk"], let key = PersonKey(jwk), let issued = fields.optionalInteger("iat"),
      let expires = fields.optionalInteger("exp")
    else { throw JWSError("claims", "policy's certificate of a key was expected") }
    self.init(personIssuer: issuer, person: person, key: key, issuedAt: issued, expiresAt: expires)
  }
}
