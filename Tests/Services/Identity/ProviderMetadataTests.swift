import JSON
import SignOn
import Testing

/// What a provider publishes about itself is believed only so far.
@Suite struct ProviderMetadataTests {
  private static let issuer = "https://login.example.com/work"

  private func read(_ changes: (inout [String: JSON]) -> Void = { _ in }, isLoopback: Bool = false) throws(ProviderError) -> ProviderMetadata {
    var members: [String: JSON] = [
      "issuer": .string(Self.issuer), "authorization_endpoint": .string("\(Self.issuer)/authorize"), "token_endpoint": .string("\(Self.issuer)/token"),
      "jwks_uri": .string("\(Self.issuer)/keys"), "code_challenge_methods_supported": ["plain", "S256"],
    ]
    changes(&members)
    return try ProviderMetadata(.object(JSONObject(members.map { ($0.key, $0.value) })), issuer: Self.issuer, isLoopback: isLoopback)
  }

  @Test func whatIsNeededSuffices() throws {
    let found = try read()
    #expect(found.userinfo == nil && found.endSession == nil && !found.postsSecret)
    #expect(try read { $0["code_challenge_methods_supported"] = nil }.token == "\(Self.issuer)/token", "most say nothing of it")
    #expect(try read { $0["token_endpoint_auth_methods_supported"] = ["client_secret_post"] }.postsSecret)
    #expect(try read({ $0["token_endpoint"] = "http://127.0.0.1:9/token" }, isLoopback: true).token == "http://127.0.0.1:9/token")
  }

  @Test func whatASecretMustNotBeSentToIsRefused() {
    let bends: [(inout [String: JSON]) -> Void] = [
      { $0["issuer"] = "https://login.example.com/other" }, { $0["issuer"] = nil }, { $0["issuer"] = .string(Self.issuer + "/") },
      { $0["token_endpoint"] = "http://login.example.com/token" }, { $0["token_endpoint"] = "https://user:pw@login.example.com/token" },
      { $0["token_endpoint"] = nil }, { $0["jwks_uri"] = "file:///etc/passwd" }, { $0["jwks_uri"] = 7 }, { $0["authorization_endpoint"] = "javascript:alert(1)" },
      { $0["userinfo_endpoint"] = "http://login.example.com/me" }, { $0["end_session_endpoint"] = "//evil.example" },
      { $0["code_challenge_methods_supported"] = ["plain"] }, { $0["token_endpoint"] = "http://127.0.0.1:9/token" },
    ]
    for bend in bends { #expect(throws: ProviderError.self) { try read(bend) } }
    #expect(throws: ProviderError.self) { try read({ $0["token_endpoint"] = "http://login.example.com/token" }, isLoopback: true) }
  }

  @Test func formsAreEscapedByBytes() {
    #expect(formText([("a b", "ü&=+/~")]) == "a%20b=%C3%BC%26%3D%2B%2F~")
  }
}
