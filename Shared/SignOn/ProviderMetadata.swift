import Identity
import JSON

/// Where the provider does what (OpenID Connect Discovery).
public struct ProviderMetadata: Sendable {
  public let authorization: String
  public let token: String
  public let keys: String
  public let userinfo: String?
  public let endSession: String?
  /// By `client_secret_post`, where the provider does not take `client_secret_basic`.
  public let postsSecret: Bool

  /// - Throws: `ProviderError.wrong`: of another issuer, without an end point, or with one that secrets may not be sent to.
  public init(_ json: JSON, issuer: String, isLoopback: Bool) throws(ProviderError) {
    guard let named = json["issuer"]?.string, named.sameCodePoints(as: issuer) else {
      throw .wrong("it calls itself \(json["issuer"]?.string?.prefix(200) ?? "nothing"), not \(issuer)")
    }
    func address(_ name: String) throws(ProviderError) -> String? {
      guard let text = json[name]?.string else { return nil }
      guard IdentityFile.isAllowed(text, isLoopback: isLoopback) else { throw .wrong("\(name) is no https address") }
      return text
    }
    guard let authorization = try address("authorization_endpoint"), let token = try address("token_endpoint"), let keys = try address("jwks_uri") else {
      throw .wrong("authorization_endpoint, token_endpoint and jwks_uri were expected")
    }
    if let methods = json["code_challenge_methods_supported"]?.array, !methods.contains(where: { $0.string == "S256" }) {
      throw .wrong("it does not offer PKCE with S256")
    }
    self.authorization = authorization
    self.token = token
    self.keys = keys
    userinfo = try address("userinfo_endpoint")
    endSession = try address("end_session_endpoint")
    let methods = json["token_endpoint_auth_methods_supported"]?.array?.compactMap(\.string) ?? ["client_secret_basic"]
    postsSecret = !methods.contains("client_secret_basic") && methods.contains("client_secret_post")
  }
}
