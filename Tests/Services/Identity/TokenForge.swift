import Crypto
import CryptoExtras
import Foundation
import JSON
import Wire

@testable import Identity

/// A provider's keys, sound claims, and everything that can be wrong with a token made of them.
struct TokenForge {
  static let now: Int64 = 1_795_500_000
  static let issuer = "https://login.example.com/work", client = "countersign", audience = "countersign-api"

  let rsa: _RSA.Signing.PrivateKey
  let second: _RSA.Signing.PrivateKey
  let p256 = P256.Signing.PrivateKey()
  let ed = Curve25519.Signing.PrivateKey()

  init() throws {
    rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    second = try _RSA.Signing.PrivateKey(keySize: .bits2048)
  }

  static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: base64url(bytes), as: UTF8.self) }

  func jwk(_ key: _RSA.Signing.PublicKey, _ id: String, _ more: [(String, JSON)] = []) throws -> JSON {
    let primitives = try key.getKeyPrimitives()
    return .object(JSONObject([
      ("kty", "RSA"), ("kid", .string(id)), ("n", .string(Self.text(Array(primitives.modulus)))),
      ("e", .string(Self.text(Array(primitives.publicExponent)))),
    ] + more))
  }

  var ecJWK: JSON {
    let point = Array(p256.publicKey.x963Representation)
    return ["kty": "EC", "crv": "P-256", "kid": "ec", "x": .string(Self.text(point[1...32])), "y": .string(Self.text(point[33...64])), "use": "sig"]
  }

  var edJWK: JSON { ["kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": .string(Self.text(Array(ed.publicKey.rawRepresentation)))] }

  func keys() throws -> ProviderKeys {
    try ProviderKeys(jwks: [
      "keys": [
        try jwk(rsa.publicKey, "rsa", [("alg", "RS256"), ("use", "sig")]), ecJWK, edJWK,
        try jwk(second.publicKey, "for-encryption", [("use", "enc")]),
        ["kty": "oct", "kid": "shared", "k": "c2VjcmV0"],
      ]
    ])
  }

  static let header = "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"at+jwt\"}"

  static func claims(_ changes: (inout [String: JSON]) -> Void = { _ in }) -> String {
    var members: [String: JSON] = [
      "iss": .string(issuer), "aud": .string(audience), "sub": "u-1", "iat": .integer(now - 5), "exp": .integer(now + 300),
      "azp": "frontend", "preferred_username": "P-ada", "groups": ["agents"],
    ]
    changes(&members)
    return JSON.object(JSONObject(members.map { ($0.key, $0.value) })).text
  }

  static func identity(_ changes: (inout [String: JSON]) -> Void = { _ in }) -> String {
    claims {
      $0["aud"] = .string(client)
      $0["azp"] = nil
      $0["nonce"] = "n-1"
      changes(&$0)
    }
  }

  static func logout(_ changes: (inout [String: JSON]) -> Void = { _ in }) -> String {
    claims {
      $0["aud"] = .string(client)
      $0["azp"] = nil
      $0["jti"] = "j-1"
      $0["sid"] = "s-1"
      $0["events"] = [TokenRules.logoutEvent: .object(JSONObject())]
      changes(&$0)
    }
  }

  /// Header and claims as texts, so that they may be what no writer of JSON would write.
  func token(_ header: String = header, _ claims: String = claims(), sign: ((Data) throws -> Data)? = nil) throws -> String {
    let signed = "\(Self.text(Array(header.utf8))).\(Self.text(Array(claims.utf8)))"
    let signature = try (sign ?? bySHA256)(Data(signed.utf8))
    return "\(signed).\(Self.text(Array(signature)))"
  }

  func bySHA256(_ data: Data) throws -> Data { try rsa.signature(for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5).rawRepresentation }

  func byEC(_ data: Data) throws -> Data { try p256.signature(for: data).rawRepresentation }

  /// The public key as the secret of an HMAC, which a verifier that believes the header would compute, too.
  func byPublicKey(_ data: Data) throws -> Data {
    Data(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: Data(rsa.publicKey.pemRepresentation.utf8))))
  }
}
