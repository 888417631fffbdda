import JSON
import Wire

/// What a token must be to count for one purpose. Pure: keys and time are given.
public struct TokenRules: Sendable {
  public enum Purpose: Sendable, Equatable {
    /// A JWT access token of the API (RFC 9068, and those without its `typ`).
    case access
    /// An ID token (OpenID Connect Core). - Parameter nonce: what the request sent; nil after a refresh.
    case identity(nonce: String?)
    /// A logout token (OpenID Connect Back-Channel Logout).
    case logout
  }

  public let issuer: String
  public let audience: String
  public let algorithms: Set<TokenAlgorithm>
  /// Who may have asked for it (`azp` or `client_id`); empty: anybody.
  public let parties: Set<String>
  /// How long after its issue it counts; nil: until `exp`.
  public let seconds: Int64?

  /// How far the clocks may be apart.
  public static let skew: Int64 = 30
  public static let logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

  public init(issuer: String, audience: String, algorithms: Set<TokenAlgorithm>, parties: Set<String> = [], seconds: Int64? = nil) {
    self.issuer = issuer
    self.audience = audience
    self.algorithms = algorithms
    self.parties = parties
    self.seconds = seconds
  }

  /// Form, algorithm, type, key, signature, and then the claims, in this order.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: `TokenError`; of class `key.unknown` where newer keys may help.
  public func verify(_ token: String, for purpose: Purpose, keys: ProviderKeys, now: Int64) throws(TokenError) -> TokenClaims {
    let header = try TokenHeader(token, allowed: algorithms)
    guard Self.types(of: purpose).contains(header.type) else { throw TokenError(.type, "another kind of token was expected") }
    let named = keys.named(header.key)
    guard !named.isEmpty else { throw TokenError(.keyUnknown, "the provider publishes no key of this kid") }
    let fitting = named.filter { $0.algorithm == header.algorithm }
    guard !fitting.isEmpty else { throw TokenError(.keyMismatch, "the key of this kid is of another algorithm") }
    guard fitting.contains(where: { $0.verifies(header.signature, of: header.signed) }) else {
      throw TokenError(.signature, "the signature does not match")
    }
    guard let json = try? JSON.parse(header.claims), json.object != nil else { throw TokenError(.claims, "the claims are no JSON object") }
    let claims = TokenClaims(json)
    try checkParties(claims, purpose)
    try checkTimes(claims, now)
    try checkPurpose(claims, purpose)
    return claims
  }

  private static func types(of purpose: Purpose) -> [String?] {
    switch purpose {
    case .access: [nil, "jwt", "at+jwt", "application/at+jwt"]
    case .identity: [nil, "jwt"]
    case .logout: [nil, "jwt", "logout+jwt", "application/logout+jwt"]
    }
  }

  private func checkParties(_ claims: TokenClaims, _ purpose: Purpose) throws(TokenError) {
    guard let named = claims.json["iss"]?.string, named.sameCodePoints(as: issuer) else { throw TokenError(.issuer, "iss \(issuer) was expected") }
    guard let audiences = claims.audiences, audiences.contains(where: { $0.sameCodePoints(as: audience) }) else {
      throw TokenError(.audience, "aud \(audience) was expected")
    }
    let party = claims.json["azp"] ?? (purpose == .access ? claims.json["client_id"] : nil)
    if let party, party.string == nil { throw TokenError(.party, "azp must be text") }
    switch purpose {
    case .identity:
      if audiences.count > 1, party == nil { throw TokenError(.party, "azp was expected, since there are several audiences") }
      if let party, party.string?.sameCodePoints(as: audience) != true { throw TokenError(.party, "azp \(audience) was expected") }
    case .access:
      guard parties.isEmpty || parties.contains(party?.string ?? "") else { throw TokenError(.party, "the program that asked for it may not call this API") }
    case .logout: break
    }
  }

  private func checkTimes(_ claims: TokenClaims, _ now: Int64) throws(TokenError) {
    guard let expires = claims.seconds("exp"), let issued = claims.seconds("iat") else { throw TokenError(.claims, "exp and iat were expected") }
    guard expires > issued else { throw TokenError(.claims, "exp lies before iat") }
    guard now < expires + Self.skew else { throw TokenError(.expired, "it has ended") }
    guard issued <= now + Self.skew else { throw TokenError(.issued, "it was issued in the future") }
    if claims.json["nbf"] != nil {
      guard let begins = claims.seconds("nbf") else { throw TokenError(.claims, "nbf must be a time") }
      guard begins <= now + Self.skew else { throw TokenError(.notYet, "it does not hold yet") }
    }
    if let seconds, now > issued + seconds { throw TokenError(.age, "it is older than \(seconds) s: get a new one") }
  }

  private func checkPurpose(_ claims: TokenClaims, _ purpose: Purpose) throws(TokenError) {
    if claims.json["sub"] != nil || purpose != .logout {
      guard let subject = claims.json["sub"]?.string, (1...255).contains(subject.utf8.count) else { throw TokenError(.subject, "sub was expected") }
    }
    switch purpose {
    case .access, .identity:
      // A logout token is signed by the same key for the same audience.
      guard claims.json["events"] == nil else { throw TokenError(.purpose, "a logout token lets nobody in") }
      if case .identity(let nonce?) = purpose {
        guard let given = claims.json["nonce"]?.string, given.sameCodePoints(as: nonce) else { throw TokenError(.nonce, "it is of another sign-in") }
      }
    case .logout:
      guard claims.json["events"]?[Self.logoutEvent]?.object != nil else { throw TokenError(.purpose, "the event of a logout was expected") }
      guard claims.json["nonce"] == nil else { throw TokenError(.purpose, "a logout token has no nonce") }
      guard claims.json["sub"] != nil || claims.session != nil else { throw TokenError(.subject, "sub or sid was expected") }
      guard claims.json["jti"]?.string?.isEmpty == false else { throw TokenError(.claims, "jti was expected") }
    }
  }
}
