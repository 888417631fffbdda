import Crypto
import CryptoExtras
import Foundation
import JSON

@testable import Identity

/// One token of each class of bad ones. What each must be refused for stands elsewhere (`TokenTests.expected`).
enum BadTokens {
  static func all(_ forge: TokenForge) throws -> [String: String] {
    var tokens = try headers(forge)
    tokens.merge(try claims(forge)) { first, _ in first }
    tokens.merge(try signatures(forge)) { first, _ in first }
    return tokens
  }

  private static func headers(_ forge: TokenForge) throws -> [String: String] {
    func head(_ text: String) throws -> String { try forge.token(text) }
    return [
      "empty": "",
      "two parts": "eyJhbGciOiJSUzI1NiJ9.e30",
      "four parts": try forge.token() + ".e30",
      "padding": try forge.token() + "=",
      "standard base64": try forge.token().replacingOccurrences(of: ".", with: ".+/"),
      "a blank": " " + (try forge.token()),
      "oversized": try forge.token(TokenForge.header, TokenForge.claims { $0["more"] = .string(String(repeating: "x", count: 20_000)) }),
      "header no JSON": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\""),
      "header a list": try head("[\"RS256\"]"),
      "header with duplicates": try head("{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"rsa\"}"),
      "duplicates by escapes": try head("{\"alg\":\"RS256\",\"\\u0061lg\":\"none\",\"kid\":\"rsa\"}"),
      "alg none": try forge.token("{\"alg\":\"none\",\"kid\":\"rsa\"}", sign: { _ in Data() }),
      "alg nOnE": try head("{\"alg\":\"nOnE\",\"kid\":\"rsa\"}"),
      "alg missing": try head("{\"kid\":\"rsa\"}"),
      "alg a number": try head("{\"alg\":256,\"kid\":\"rsa\"}"),
      "HS256 with the public key": try forge.token("{\"alg\":\"HS256\",\"kid\":\"rsa\"}", sign: forge.byPublicKey),
      "HS256 with the published secret": try forge.token("{\"alg\":\"HS256\",\"kid\":\"shared\"}", sign: forge.byPublicKey),
      "RS384": try head("{\"alg\":\"RS384\",\"kid\":\"rsa\"}"),
      "alg rs256": try head("{\"alg\":\"rs256\",\"kid\":\"rsa\"}"),
      "another algorithm after the first": try forge.token("{\"alg\":\"ES256\",\"kid\":\"rsa\"}", sign: forge.byEC),
      "an algorithm that the key is not of": try head("{\"alg\":\"EdDSA\",\"kid\":\"ec\"}"),
      "no kid": try head("{\"alg\":\"RS256\"}"),
      "empty kid": try head("{\"alg\":\"RS256\",\"kid\":\"\"}"),
      "kid a number": try head("{\"alg\":\"RS256\",\"kid\":7}"),
      "huge kid": try head("{\"alg\":\"RS256\",\"kid\":\"\(String(repeating: "k", count: 300))\"}"),
      "unknown kid": try head("{\"alg\":\"RS256\",\"kid\":\"other\"}"),
      "kid a path": try head("{\"alg\":\"RS256\",\"kid\":\"../../dev/null\"}"),
      "kid of an encryption key": try head("{\"alg\":\"RS256\",\"kid\":\"for-encryption\"}"),
      "crit": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"crit\":[\"exp\"]}"),
      "key in the header": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"jwk\":{\"kty\":\"oct\",\"k\":\"eA\"}}"),
      "address of keys in the header": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"jku\":\"https://evil.example/jwks\"}"),
      "certificate in the header": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x5c\":[\"MIIB\"]}"),
      "nested": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"cty\":\"JWT\"}"),
      "compressed": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"zip\":\"DEF\"}"),
      "typ of a permit": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"countersign-permit+jwt\"}"),
      "typ of a logout token": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"logout+jwt\"}"),
      "typ a list": try head("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":[\"JWT\"]}"),
    ]
  }

  private static func claims(_ forge: TokenForge) throws -> [String: String] {
    func body(_ text: String) throws -> String { try forge.token(TokenForge.header, text) }
    func with(_ name: String, _ value: JSON?) throws -> String { try body(TokenForge.claims { $0[name] = value }) }
    let now = TokenForge.now
    return [
      "claims no JSON": try body("sub=u-1"),
      "claims a list": try body("[]"),
      "claims with duplicates": try body(TokenForge.claims().replacingOccurrences(of: "\"sub\"", with: "\"sub\":\"admin\",\"sub\"")),
      "claims cut off": try body(String(TokenForge.claims().dropLast())),
      "wrong issuer": try with("iss", "https://login.example.com/other"),
      "issuer with a slash": try with("iss", .string(TokenForge.issuer + "/")),
      "issuer missing": try with("iss", nil),
      "issuer a list": try with("iss", [.string(TokenForge.issuer)]),
      "wrong audience": try with("aud", "another-api"),
      "audience missing": try with("aud", nil),
      "audience of numbers": try with("aud", [1]),
      "audience in part": try with("aud", "countersign-api-2"),
      "an ID token": try forge.token("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"JWT\"}", TokenForge.identity()),
      "a logout token": try forge.token("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"JWT\"}", TokenForge.logout { $0["aud"] = .string(TokenForge.audience); $0["azp"] = "frontend" }),
      "another program's": try with("azp", "somebody-else"),
      "no program's": try with("azp", nil),
      "azp a number": try with("azp", 1),
      "expired": try body(TokenForge.claims { $0["iat"] = .integer(now - 100); $0["exp"] = .integer(now - 40) }),
      "exp missing": try with("exp", nil),
      "exp text": try with("exp", .string("\(now + 300)")),
      "exp huge": try with("exp", .number(1e300)),
      "exp before iat": try with("exp", .integer(now - 10)),
      "iat missing": try with("iat", nil),
      "future iat": try with("iat", .integer(now + 120)),
      "future nbf": try with("nbf", .integer(now + 120)),
      "nbf text": try with("nbf", "now"),
      "too old": try with("iat", .integer(now - 61)),
      "sub missing": try with("sub", nil),
      "sub empty": try with("sub", ""),
      "sub a number": try with("sub", 1),
      "sub huge": try with("sub", .string(String(repeating: "u", count: 256))),
    ]
  }

  private static func signatures(_ forge: TokenForge) throws -> [String: String] {
    let sound = try forge.token()
    let parts = sound.split(separator: ".").map(String.init)
    let other = TokenForge.text(Array(TokenForge.claims { $0["sub"] = "admin" }.utf8))
    return [
      "no signature": "\(parts[0]).\(parts[1]).",
      "another's signature": try forge.token(sign: { try forge.second.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation }),
      "claims exchanged": "\(parts[0]).\(other).\(parts[2])",
      "signature cut": try forge.token(sign: {
        try forge.rsa.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation.dropLast(3)
      }),
      "signature of zeros": try forge.token(sign: { _ in Data(count: 256) }),
      "EC signature of zeros": try forge.token("{\"alg\":\"ES256\",\"kid\":\"ec\"}", sign: { _ in Data(count: 64) }),
      "EC signature as DER": try forge.token("{\"alg\":\"ES256\",\"kid\":\"ec\"}", sign: { try forge.p256.signature(for: $0).derRepresentation }),
      "PSS under RS256": try forge.token(sign: { try forge.rsa.signature(for: SHA256.hash(data: $0), padding: .PSS).rawRepresentation }),
    ]
  }
}
