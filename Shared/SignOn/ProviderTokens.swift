import JSON

/// What the provider gives for a code or a refresh token (RFC 6749, section 5.1; OpenID Connect Core, section 3.1.3.3).
public struct ProviderTokens: Sendable {
  public let access: String
  /// Nil where the provider gives none; after a refresh the one before then goes on.
  public let refresh: String?
  /// Always there for a code, not always after a refresh.
  public let identity: String?

  /// Nil for what is no token response.
  public init?(_ json: JSON) {
    guard let access = json["access_token"]?.string, json["token_type"]?.string?.lowercased() == "bearer" else { return nil }
    self.access = access
    refresh = json["refresh_token"]?.string
    identity = json["id_token"]?.string
  }
}
