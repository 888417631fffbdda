import Crypto
import Foundation
import JSON
import Permits
import Wire

/// Somebody's browser or program, with a key of its own.
struct Device: Sendable {
  private let key = P256.Signing.PrivateKey()

  var jwk: JSON {
    let point = Array(key.publicKey.x963Representation)
    return ["kty": "EC", "crv": "P-256", "x": .string(Self.text(point[1...32])), "y": .string(Self.text(point[33...64]))]
  }

  var kid: String { PersonKey(jwk)?.id ?? "" }

  /// Policy's word that the key is this person's.
  func certificate(
    _ person: String, issuer: String = "countersign.demo", by signing: SigningKey, from: Int64, until: Int64
  ) throws -> String {
    guard let key = PersonKey(jwk) else { throw JWSError("key", "no key") }
    return try KeyCertificate(personIssuer: issuer, person: person, key: key, issuedAt: from, expiresAt: until).signed(by: signing)
  }

  /// - Parameter header: members in place of the right ones.
  func sign(_ claims: JSON, type: String = OwnSignature.type, header: [String: JSON] = [:]) throws -> String {
    var members = JSONObject([("alg", "ES256"), ("kid", .string(kid)), ("typ", .string(type))])
    for (name, value) in header { members[name] = value }
    let signed = "\(Self.text(JSON.object(members).canonical)).\(Self.text(claims.canonical))"
    return "\(signed).\(Self.text(Array(try key.signature(for: Data(signed.utf8)).rawRepresentation)))"
  }

  /// What a person signs of this decision. - Parameter jti: made by whoever signs.
  static func claims(of approval: Approval, jti: String, _ changes: [String: JSON] = [:]) -> JSON {
    var object = JSONObject([
      ("jti", .string(jti)), ("case", .string(approval.caseID)), ("version", .integer(approval.version)), ("view", .string(approval.view)),
      ("act", .string(approval.action)), ("verb", .string(approval.verb.rawValue)), ("code", .string(approval.code)),
      ("person_iss", .string(approval.personIssuer)), ("sub", .string(approval.person)), ("iat", .integer(approval.issuedAt)),
    ])
    for (name, value) in changes { object[name] = value }
    return .object(object)
  }

  static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: base64url(bytes), as: UTF8.self) }
}
