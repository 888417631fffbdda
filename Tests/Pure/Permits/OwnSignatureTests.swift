import Crypto
import Foundation
import JSON
import Permits
import Testing
import Wire

/// What a person signs with a key of their own.
@Suite struct OwnSignatureTests {
  let device = P256.Signing.PrivateKey()
  let policy = try! SigningKey(seed: Array(repeating: 7, count: 32))

  func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: base64url(bytes), as: UTF8.self) }

  var key: PersonKey? {
    let point = Array(device.publicKey.x963Representation)
    return PersonKey(["kty": "EC", "crv": "P-256", "x": .string(text(point[1...32])), "y": .string(text(point[33...64]))])
  }

  /// An approval with the person's signature over `signed` in its place.
  func approval(view: String = "v1", verb: Approval.Verb = .approve, signing change: (inout JSONObject) -> Void = { _ in }) throws -> Approval {
    let key = try #require(key), jti = "0123456789abcdef"
    var claims = JSONObject([
      ("jti", .string(jti)), ("case", "c1"), ("version", 1), ("view", "v1"), ("act", "a1"), ("verb", "approve"), ("code", ""),
      ("person_iss", "i"), ("sub", "P-ada"), ("iat", 1_800_000_000),
    ])
    change(&claims)
    let header: JSON = ["alg": "ES256", "kid": .string(key.id), "typ": .string(OwnSignature.type)]
    let signed = "\(text(header.canonical)).\(text(JSON.object(claims).canonical))"
    let token = "\(signed).\(text(Array(try device.signature(for: Data(signed.utf8)).rawRepresentation)))"
    let certificate = KeyCertificate(personIssuer: "i", person: "P-ada", key: key, issuedAt: 1_800_000_000, expiresAt: 1_800_003_600)
    return Approval(
      id: Approval.id(of: jti, caseID: "c1", version: 1, person: "i P-ada"), caseID: "c1", version: 1, verb: verb, action: "a1", view: view,
      personIssuer: "i", person: "P-ada", groups: [], strength: "", code: "", words: "", issuedAt: 1_800_000_000, expiresAt: 1_800_086_400,
      signature: token, certificate: try certificate.signed(by: policy))
  }

  @Test func aSignatureHoldsForWhatWasSignedAndNothingElse() throws {
    let keys = KeySet([policy.verification])
    #expect(try approval().verifyOwn(policy: keys))
    #expect(throws: JWSError.self) { _ = try approval(view: "v2").verifyOwn(policy: keys) }
    #expect(throws: JWSError.self) { _ = try approval(verb: .reject).verifyOwn(policy: keys) }
    for name in ["case", "view", "act", "verb", "code", "person_iss", "sub", "jti"] {
      #expect(throws: JWSError.self, "\(name)") { _ = try approval { $0[name] = "something-else-0123" }.verifyOwn(policy: keys) }
    }
    for name in ["version", "iat"] {
      #expect(throws: JWSError.self, "\(name)") { _ = try approval { $0[name] = 9_007_199_254_740_991 }.verifyOwn(policy: keys) }
    }
    let other = try SigningKey(seed: Array(repeating: 8, count: 32))
    #expect(throws: JWSError.self) { _ = try approval().verifyOwn(policy: KeySet([other.verification])) }
  }

  /// RFC 7638, of the example key of RFC 7515 (A.3): the expected text was reckoned by Python.
  @Test func aKeyIsNamedByItsThumbprint() throws {
    let key = PersonKey(["kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "kid": "mine"])
    #expect(key?.id == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U")
    #expect(PersonKey(["kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"]) == nil)
    #expect(PersonKey(["kty": "OKP", "crv": "Ed25519", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"]) == nil)
  }
}
