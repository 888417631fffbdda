import Crypto
import FoundationEssentials
import JSON
import Wire

/// A compact JSON Web Signature (RFC 7515) with EdDSA over Ed25519 (RFC 8037), the only algorithm that Countersign takes.
///
/// JWTKit signs in an actor; a step may not wait, so permits are signed and verified here, in plain functions.
public struct SigningKey: Sendable {
  public let id: String
  private let key: Curve25519.Signing.PrivateKey

  /// - Parameter seed: the 32 bytes of an Ed25519 private key (RFC 8032). The key's id is derived from its public half.
  public init(seed: [UInt8]) throws(JWSError) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed.prefix(32)), seed.count >= 32 else {
      throw JWSError("key", "an Ed25519 private key of 32 bytes was expected")
    }
    self.key = key
    id = VerificationKey(key.publicKey).id
  }

  public var verification: VerificationKey { VerificationKey(key.publicKey) }

  /// - Parameter type: the header `typ`, which keeps one kind of token from being taken for another.
  public func sign(_ claims: JSON, type: String) throws(JWSError) -> String {
    let header: JSON = ["alg": "EdDSA", "kid": .string(id), "typ": .string(type)]
    var text = base64url(header.canonical)
    text.append(UInt8(ascii: "."))
    text += base64url(claims.canonical)
    guard let signature = try? key.signature(for: text) else { throw JWSError("key", "signing failed") }
    text.append(UInt8(ascii: "."))
    text += base64url(Array(signature))
    return String(decoding: text, as: UTF8.self)
  }
}

public struct VerificationKey: Sendable {
  public let id: String
  let key: Curve25519.Signing.PublicKey

  /// - Parameter id: its name in tokens; without one, its thumbprint.
  init(_ key: Curve25519.Signing.PublicKey, id named: String? = nil) {
    self.key = key
    if let named {
      id = named
      return
    }
    // RFC 7638: the thumbprint over the members that define the key, in canonical order.
    let members: JSON = ["crv": "Ed25519", "kty": "OKP", "x": .string(VerificationKey.x(key))]
    id = String(decoding: base64url(sha256(members.canonical)), as: UTF8.self)
  }

  /// Reads a JWK (RFC 8037). Nil for any other kind of key.
  public init?(_ jwk: JSON) {
    guard jwk["kty"]?.string == "OKP", jwk["crv"]?.string == "Ed25519", let x = jwk["x"]?.string,
      let raw = bytes(base64url: x.utf8), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
    else { return nil }
    self.init(key, id: jwk["kid"]?.string)
  }

  public var jwk: JSON {
    ["alg": "EdDSA", "crv": "Ed25519", "kid": .string(id), "kty": "OKP", "use": "sig", "x": .string(VerificationKey.x(key))]
  }

  private static func x(_ key: Curve25519.Signing.PublicKey) -> String {
    String(decoding: base64url(Array(key.rawRepresentation)), as: UTF8.self)
  }
}

/// The id of the key that a token claims to be signed under; nothing is verified.
public func keyID(of token: String) -> String? {
  guard let header = bytes(base64url: token.utf8.prefix { $0 != UInt8(ascii: ".") }) else { return nil }
  return (try? JSON.parse(header))?["kid"]?.string
}

/// Why a token does not count.
public struct JWSError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Of a closed set: `malformed`, `algorithm`, `type`, `key`, `signature`, `claims`, `expired`, …
  public let code: String
  public let description: String

  public init(_ code: String, _ description: String) {
    self.code = code
    self.description = description
  }
}

/// Keys that are trusted for one purpose (RFC 7517).
public struct KeySet: Sendable {
  private let keys: [String: VerificationKey]

  public init(_ keys: [VerificationKey]) {
    self.keys = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
  }

  /// Reads a JWKS; keys of other kinds are left out.
  public init(jwks: JSON) throws(JWSError) {
    guard let keys = jwks["keys"]?.array else { throw JWSError("malformed", "a JWKS with the member keys was expected") }
    self.init(keys.compactMap(VerificationKey.init))
  }

  public var jwks: JSON { ["keys": .array(keys.values.sorted { $0.id < $1.id }.map(\.jwk))] }
  public var isEmpty: Bool { keys.isEmpty }

  /// Checks form, algorithm, type, key and signature, in this order, and gives back the claims.
  ///
  /// Times are the caller's to check. The header alone never chooses algorithm or key material.
  public func verify(_ token: String, type: String) throws(JWSError) -> Fields {
    guard token.utf8.count <= 64 * 1024 else { throw JWSError("malformed", "the token is longer than 64 KiB") }
    let parts = try CompactJWS(token), header = parts.header
    guard header["alg"]?.string == "EdDSA" else { throw JWSError("algorithm", "alg EdDSA was expected") }
    guard header["crit"] == nil else { throw JWSError("malformed", "the header names extensions that are not known here") }
    guard header["typ"]?.string == type else { throw JWSError("type", "typ \(type) was expected") }
    guard let id = header["kid"]?.string, let key = keys[id] else { throw JWSError("key", "no trusted key has this kid") }
    guard parts.signature.count == 64, key.key.isValidSignature(parts.signature, for: parts.signed) else {
      throw JWSError("signature", "the signature does not match")
    }
    return try parts.fields(.stored)
  }
}
