import Crypto
import CryptoExtras
import Foundation
import JSON
import Testing
import Wire

@testable import Identity

/// Tokens of the provider: sound ones of each kind count, and none of the bad ones, each refused for its own reason.
@Suite struct TokenTests {
  static let forge = Result { try TokenForge() }
  static let access = TokenRules(
    issuer: TokenForge.issuer, audience: TokenForge.audience, algorithms: Set(TokenAlgorithm.allCases), parties: ["frontend"], seconds: 60)
  static let client = TokenRules(issuer: TokenForge.issuer, audience: TokenForge.client, algorithms: Set(TokenAlgorithm.allCases))

  /// Why each of `BadTokens` is refused as an access token.
  static let expected: [String: TokenError.Class] = [
    "empty": .form, "two parts": .form, "four parts": .form, "padding": .form, "standard base64": .form, "a blank": .form,
    "oversized": .size, "header no JSON": .header, "header a list": .header, "header with duplicates": .header,
    "duplicates by escapes": .header, "alg none": .algorithm, "alg nOnE": .algorithm, "alg missing": .algorithm,
    "alg a number": .algorithm, "HS256 with the public key": .algorithm, "HS256 with the published secret": .algorithm,
    "RS384": .algorithm, "alg rs256": .algorithm, "another algorithm after the first": .keyMismatch,
    "an algorithm that the key is not of": .keyMismatch, "no kid": .keyMissing, "empty kid": .keyMissing,
    "kid a number": .keyMissing, "huge kid": .keyMissing, "unknown kid": .keyUnknown, "kid a path": .keyUnknown,
    "kid of an encryption key": .keyUnknown, "crit": .critical, "key in the header": .header,
    "address of keys in the header": .header, "certificate in the header": .header, "nested": .header, "compressed": .header,
    "typ of a permit": .type, "typ of a logout token": .type, "typ a list": .type,
    "claims no JSON": .claims, "claims a list": .claims, "claims with duplicates": .claims, "claims cut off": .claims,
    "wrong issuer": .issuer, "issuer with a slash": .issuer, "issuer missing": .issuer, "issuer a list": .issuer,
    "wrong audience": .audience, "audience missing": .audience, "audience of numbers": .audience, "audience in part": .audience,
    "an ID token": .audience, "a logout token": .purpose, "another program's": .party, "no program's": .party, "azp a number": .party,
    "expired": .expired, "exp missing": .claims, "exp text": .claims, "exp huge": .claims, "exp before iat": .claims,
    "iat missing": .claims, "future iat": .issued, "future nbf": .notYet, "nbf text": .claims, "too old": .age,
    "sub missing": .subject, "sub empty": .subject, "sub a number": .subject, "sub huge": .subject,
    "no signature": .signature, "another's signature": .signature, "claims exchanged": .signature, "signature cut": .signature,
    "signature of zeros": .signature, "EC signature of zeros": .signature, "EC signature as DER": .signature, "PSS under RS256": .signature,
  ]

  private func refused(_ token: String, _ rules: TokenRules, _ purpose: TokenRules.Purpose, now: Int64 = TokenForge.now) throws -> TokenError.Class? {
    let keys = try Self.forge.get().keys()
    do throws(TokenError) {
      _ = try rules.verify(token, for: purpose, keys: keys, now: now)
      return nil
    } catch { return error.class }
  }

  @Test func everyClassOfBadTokenIsRefusedForItsReason() throws {
    let bad = try BadTokens.all(Self.forge.get())
    #expect(Set(bad.keys) == Set(Self.expected.keys))
    #expect(Self.expected.count >= 30)
    for (name, token) in bad {
      let found = try refused(token, Self.access, .access)
      #expect(found == Self.expected[name], "\(name): \(found?.rawValue ?? "taken")")
    }
  }

  @Test func noRefusalTellsOfTheToken() throws {
    let keys = try Self.forge.get().keys()
    for (name, token) in try BadTokens.all(Self.forge.get()) {
      let error = #expect(throws: TokenError.self) { try Self.access.verify(token, for: .access, keys: keys, now: TokenForge.now) }
      let parts = token.split(separator: ".").filter { $0.count > 8 }
      #expect(parts.allSatisfy { error?.description.contains($0) == false } && error?.description.contains("evil") == false, "\(name)")
    }
  }

  @Test func soundTokensOfEachAlgorithmCount() throws {
    let forge = try Self.forge.get()
    let tokens = [
      try forge.token(), try forge.token("{\"alg\":\"ES256\",\"kid\":\"ec\"}", sign: forge.byEC),
      try forge.token("{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"JWT\"}", sign: { try forge.ed.signature(for: $0) }),
      try forge.token(TokenForge.header, TokenForge.claims { $0["aud"] = ["other", .string(TokenForge.audience)]; $0["exp"] = .number(Double(TokenForge.now) + 20.5) }),
    ]
    for token in tokens { #expect(try refused(token, Self.access, .access) == nil) }
    #expect(try refused(tokens[0], Self.access, .access, now: TokenForge.now + 56) == .age, "60 s after its issue, whatever exp says")
  }

  @Test func whatIsNotAllowedIsNotTaken() throws {
    let forge = try Self.forge.get()
    let narrow = TokenRules(issuer: TokenForge.issuer, audience: TokenForge.audience, algorithms: [.es256])
    #expect(try refused(try forge.token(), narrow, .access) == .algorithm)
  }

  @Test func idTokensAreOfTheirSignIn() throws {
    let forge = try Self.forge.get(), header = "{\"alg\":\"RS256\",\"kid\":\"rsa\"}"
    func identity(_ changes: (inout [String: JSON]) -> Void = { _ in }) throws -> String { try forge.token(header, TokenForge.identity(changes)) }
    #expect(try refused(identity(), Self.client, .identity(nonce: "n-1")) == nil)
    #expect(try refused(identity(), Self.client, .identity(nonce: nil)) == nil, "after a refresh")
    #expect(try refused(identity(), Self.client, .identity(nonce: "n-2")) == .nonce)
    #expect(try refused(identity { $0["nonce"] = nil }, Self.client, .identity(nonce: "n-1")) == .nonce)
    #expect(try refused(identity { $0["aud"] = [.string(TokenForge.client), "other"] }, Self.client, .identity(nonce: "n-1")) == .party)
    #expect(try refused(identity { $0["azp"] = "other" }, Self.client, .identity(nonce: "n-1")) == .party)
    #expect(try refused(forge.token(), Self.client, .identity(nonce: nil)) == .type, "an access token")
    #expect(try refused(forge.token(header, TokenForge.logout { $0["nonce"] = "n-1" }), Self.client, .identity(nonce: "n-1")) == .purpose)
  }

  @Test func logoutTokensAreNothingElse() throws {
    let forge = try Self.forge.get(), header = "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"logout+jwt\"}"
    func logout(_ changes: (inout [String: JSON]) -> Void = { _ in }) throws -> String { try forge.token(header, TokenForge.logout(changes)) }
    #expect(try refused(logout(), Self.client, .logout) == nil)
    #expect(try refused(logout { $0["sub"] = nil }, Self.client, .logout) == nil, "the session is enough")
    #expect(try refused(logout { $0["sub"] = nil; $0["sid"] = nil }, Self.client, .logout) == .subject)
    #expect(try refused(logout { $0["nonce"] = "n-1" }, Self.client, .logout) == .purpose)
    #expect(try refused(logout { $0["events"] = nil }, Self.client, .logout) == .purpose)
    #expect(try refused(logout { $0["events"] = ["http://schemas.openid.net/event/other": .object(JSONObject())] }, Self.client, .logout) == .purpose)
    #expect(try refused(logout { $0["jti"] = nil }, Self.client, .logout) == .claims)
    #expect(try refused(forge.token("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", TokenForge.identity()), Self.client, .logout) == .purpose)
  }

  @Test func keysThatAreNoneAreLeftOut() throws {
    let forge = try Self.forge.get()
    let tiny = TokenForge.text([UInt8](repeating: 0xFF, count: 128)), wide = TokenForge.text([UInt8](repeating: 0xFF, count: 1025))
    let bad: [JSON] = [
      ["kty": "RSA", "kid": "tiny", "n": .string(tiny), "e": "AQAB"], ["kty": "RSA", "kid": "wide", "n": .string(wide), "e": "AQAB"],
      ["kty": "RSA", "kid": "even", "n": .string(TokenForge.text([UInt8](repeating: 0xFF, count: 256))), "e": "BA"],
      ["kty": "RSA", "kid": "one", "n": .string(TokenForge.text([UInt8](repeating: 0xFF, count: 256))), "e": "AQ"],
      ["kty": "EC", "crv": "P-256", "kid": "off the curve", "x": .string(TokenForge.text([UInt8](repeating: 1, count: 32))), "y": .string(TokenForge.text([UInt8](repeating: 1, count: 32)))],
      ["kty": "EC", "crv": "P-384", "kid": "another curve", "x": "AQ", "y": "AQ"], ["kty": "oct", "kid": "shared", "k": "c2VjcmV0"],
      try forge.jwk(forge.rsa.publicKey, "alg", [("alg", "RS512")]), try forge.jwk(forge.rsa.publicKey, "private", [("d", "AQ")]),
      try forge.jwk(forge.rsa.publicKey, "", []), try forge.jwk(forge.rsa.publicKey, "signs", [("key_ops", ["encrypt"])]), 7,
    ]
    #expect(try ProviderKeys(jwks: ["keys": .array(bad)]).isEmpty)
    #expect(throws: TokenError.self) { try ProviderKeys(jwks: ["key": []]) }
  }
}
