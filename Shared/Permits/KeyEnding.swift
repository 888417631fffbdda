import Wire

/// A person's word, signed with one of their own keys, that one of their keys is to count no more.
public struct KeyEnding: Sendable, Equatable {
  public static let type = "countersign-key-end+jwt"
  /// The thumbprint of the key that ends; it may be the signing one.
  public let key: String
  /// By the clock of the person's device, seconds since 1970.
  public let issuedAt: Int64

  public static func verify(_ token: String, key: PersonKey) throws(JWSError) -> KeyEnding {
    let fields = try key.verify(token, type: type)
    guard let ended = fields.optionalText("kid"), let issued = fields.optionalInteger("iat") else {
      throw JWSError("claims", "kid and iat were expected")
    }
    return KeyEnding(key: ended, issuedAt: issued)
  }
}
