import Crypto
import CryptoExtras
import Foundation
import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import NIOCore
import SignOn
import Synchronization
import Wire

@testable import countersign_reviewer

/// A small OpenID Connect provider whose every answer a test can bend. The suite `identity` uses a real one.
final class FakeProvider: Sendable {
  struct Account: Sendable {
    var id: String
    var groups: [String]
    var isDisabled = false
  }

  struct State: Sendable {
    var accounts: [String: Account] = [:]
    /// Code: who, with which challenge, nonce and address of return.
    var codes: [String: (subject: String, challenge: String, nonce: String, redirect: String)] = [:]
    var refresh: [String: String] = [:]
    var keyID = "k1"
    var isAway = false
    /// Whether an ID token comes with a refresh.
    var tellsAtRefresh = true
    var asked: [String: Int] = [:]
    /// Changes ID tokens of a sign-in.
    var bend: @Sendable (inout [String: JSON]) -> Void = { _ in }
  }

  let state = Mutex(State())
  let keys: [String: _RSA.Signing.PrivateKey]
  let issuer = Mutex("")

  init() throws { keys = ["k1": try _RSA.Signing.PrivateKey(keySize: .bits2048), "k2": try _RSA.Signing.PrivateKey(keySize: .bits2048)] }

  func change<Result>(_ body: (inout sending State) -> Result) -> Result { state.withLock { body(&$0) } }

  /// Signs in as somebody: what the browser is sent to `authorize` with, and the address that it is sent back to.
  func approve(_ authorization: Browser.Page, as subject: String) -> String {
    let code = "code-\(UUID().uuidString)"
    let challenge = authorization.member("code_challenge") ?? "", nonce = authorization.member("nonce") ?? ""
    let redirect = authorization.member("redirect_uri") ?? ""
    state.withLock { $0.codes[code] = (subject, challenge, nonce, redirect) }
    return "/sign-in/callback?code=\(code)&state=\(authorization.member("state") ?? "")"
  }

  func token(_ claims: [String: JSON], type: String = "JWT", key: String? = nil, lies: String? = nil) throws -> String {
    let id = key ?? state.withLock { $0.keyID }
    guard let signing = keys[id] else { throw ProviderError.wrong("no such key") }
    let header: JSON = ["alg": "RS256", "kid": .string(lies ?? id), "typ": .string(type)]
    let body = JSON.object(JSONObject(claims.map { ($0.key, $0.value) }))
    let signed = "\(TokenForge.text(header.canonical)).\(TokenForge.text(body.canonical))"
    let signature = try signing.signature(for: SHA256.hash(data: Data(signed.utf8)), padding: .insecurePKCS1v1_5).rawRepresentation
    return "\(signed).\(TokenForge.text(Array(signature)))"
  }

  func claims(_ subject: String, audience: String = "countersign") -> [String: JSON] {
    let account = state.withLock { $0.accounts[subject] }, now = Instant.now.unixSeconds
    return [
      "iss": .string(issuer.withLock { $0 }), "aud": .string(audience), "sub": .string(subject), "iat": .integer(now), "exp": .integer(now + 300),
      "sid": .string("s-\(subject)"), "auth_time": .integer(now), "amr": ["pwd", "otp"], "preferred_username": .string(account?.id ?? ""),
      "groups": .array((account?.groups ?? []).map { .string($0) }), "email": .string("\(subject)@example.com"),
    ]
  }

  func logoutToken(_ subject: String, _ changes: (inout [String: JSON]) -> Void = { _ in }) throws -> String {
    var claims = claims(subject)
    for name in ["auth_time", "amr", "preferred_username", "groups", "email"] { claims[name] = nil }
    claims["jti"] = .string(UUID().uuidString)
    claims["events"] = ["http://schemas.openid.net/event/backchannel-logout": .object(JSONObject())]
    changes(&claims)
    return try token(claims, type: "logout+jwt")
  }

  func add(to router: Router<BasicRequestContext>) {
    router.get("/.well-known/openid-configuration") { [self] _, _ in
      try answer("discovery") {
        let base = issuer.withLock { $0 }
        return [
          "issuer": .string(base), "authorization_endpoint": .string("\(base)/authorize"), "token_endpoint": .string("\(base)/token"),
          "jwks_uri": .string("\(base)/jwks"), "userinfo_endpoint": .string("\(base)/userinfo"), "end_session_endpoint": .string("\(base)/end"),
          "code_challenge_methods_supported": ["S256"],
        ]
      }
    }
    router.get("/jwks") { [self] _, _ in
      try answer("keys") {
        let id = state.withLock { $0.keyID }
        let primitives = try keys[id]?.publicKey.getKeyPrimitives()
        return [
          "keys": [[
            "kty": "RSA", "kid": .string(id), "n": .string(TokenForge.text(Array(primitives?.modulus ?? Data()))),
            "e": .string(TokenForge.text(Array(primitives?.publicExponent ?? Data()))),
          ]]
        ]
      }
    }
    router.get("/userinfo") { [self] request, _ in
      try answer("userinfo") {
        let subject = String((request.bearerToken ?? "").dropFirst("access-".count))
        return .object(JSONObject(claims(subject).filter { ["sub", "preferred_username", "groups", "email"].contains($0.key) }.map { ($0.key, $0.value) }))
      }
    }
    router.post("/token") { [self] request, _ in
      let form = Form(try await request.bytes(upTo: 65_536))
      return try answer("token") { try grant(form) }
    }
  }

  private func answer(_ name: String, _ body: () throws -> JSON?) throws -> Response {
    let isAway = state.withLock { state in
      state.asked[name, default: 0] += 1
      return state.isAway
    }
    guard !isAway else { return Response(status: .serviceUnavailable) }
    guard let json = try body() else { return jsonResponse(["error": "invalid_grant"], status: .badRequest) }
    return jsonResponse(json)
  }

  private func grant(_ form: Form) throws -> JSON? {
    if form["grant_type"] == "refresh_token" {
      guard let old = form["refresh_token"], let subject = state.withLock({ $0.refresh.removeValue(forKey: old) }),
        state.withLock({ $0.accounts[subject]?.isDisabled }) == false
      else { return nil }
      let identity = state.withLock { $0.tellsAtRefresh } ? try token(claims(subject)) : nil
      return tokens(subject, identity: identity)
    }
    // A code counts once.
    guard let code = form["code"], let grant = state.withLock({ $0.codes.removeValue(forKey: code) }), grant.redirect == form["redirect_uri"],
      TokenForge.text(sha256((form["code_verifier"] ?? "").utf8)) == grant.challenge
    else { return nil }
    var claims = claims(grant.subject)
    claims["nonce"] = .string(grant.nonce)
    state.withLock { $0.bend }(&claims)
    return tokens(grant.subject, identity: try token(claims))
  }

  private func tokens(_ subject: String, identity: String?) -> JSON {
    let refresh = "refresh-\(UUID().uuidString)"
    state.withLock { $0.refresh[refresh] = subject }
    var object = JSONObject([("access_token", .string("access-\(subject)")), ("token_type", "Bearer"), ("refresh_token", .string(refresh))])
    object["id_token"] = identity.map { .string($0) }
    return .object(object)
  }
}
