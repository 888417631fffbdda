import JSON
import Wire

/// A person's signature under a whole list of exceptions.
public struct ExceptionSignature: Sendable, Equatable {
  public static let type = "countersign-exceptions+jwt"
  public static let issuer = "countersign.exceptions"
  public let person: String
  /// SHA-256, in hex, of the list's RFC 8785 form.
  public let list: String
  public let version: Int64

  public init(person: String, list: String, version: Int64) {
    self.person = person
    self.list = list
    self.version = version
  }

  /// - Parameter issuedAt: seconds since 1970, for the record; a signature does not grow old.
  public func signed(by key: SigningKey, issuedAt: Int64) throws(JWSError) -> String {
    let claims: JSON = [
      "iss": .string(Self.issuer), "sub": .string(person), "list": .string(list), "version": .integer(version),
      "iat": .integer(issuedAt),
    ]
    return try key.sign(claims, type: Self.type)
  }

  /// Whether the key is this person's is the caller's to check.
  public static func verify(_ token: String, keys: KeySet) throws(JWSError) -> ExceptionSignature {
    let fields = try keys.verify(token, type: type)
    guard fields.optionalText("iss") == issuer, let person = fields.optionalText("sub"), let list = fields.optionalText("list"),
      let version = fields.optionalInteger("version")
    else { throw JWSError("claims", "iss, sub, list and version were expected") }
    return ExceptionSignature(person: person, list: list, version: version)
  }
}
