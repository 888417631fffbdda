import Crypto
import FoundationEssentials
import JSON
import Wire

/// The public half of a person's own key: P-256, by which they sign decisions (ES256, RFC 7518). The private half is theirs alone;
/// a browser makes it so that not even the page's script can read it.
public struct PersonKey: Sendable, Equatable {
  /// Its thumbprint (RFC 7638), so that a name belongs to one key alone.
  public let id: String
  private let x: String
  private let y: String

  /// Reads a JWK (RFC 7518, 6.2). Nil for any other kind of key, for a private one, and for a point that is not on the curve.
  public init?(_ jwk: JSON) {
    guard jwk["kty"]?.string == "EC", jwk["crv"]?.string == "P-256", jwk["d"] == nil, let x = jwk["x"]?.string, let y = jwk["y"]?.string,
      PersonKey.key(x, y) != nil
    else { return nil }
    (self.x, self.y) = (x, y)
    id = PersonKey.thumbprint(x, y)
  }

  public var jwk: JSON { ["crv": "P-256", "kty": "EC", "x": .string(x), "y": .string(y)] }

  func verifies(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
    guard signature.count == 64, let key = PersonKey.key(x, y), let read = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
    else { return false }
    return key.isValidSignature(read, for: signed)
  }

  private static func key(_ x: String, _ y: String) -> P256.Signing.PublicKey? {
    guard let x = bytes(base64url: x.utf8), let y = bytes(base64url: y.utf8), x.count == 32, y.count == 32 else { return nil }
    return try? P256.Signing.PublicKey(x963Representation: [4] + x + y)
  }

  /// RFC 7638: over the members that define the key, in canonical order.
  private static func thumbprint(_ x: String, _ y: String) -> String {
    let members: JSON = ["crv": "P-256", "kty": "EC", "x": .string(x), "y": .string(y)]
    return String(decoding: base64url(sha256(members.canonical)), as: UTF8.self)
  }

  /// What a sign-in sends as its nonce, so that the provider's own signature under the ID token says whose key this is.
  public static func nonce(of thumbprint: String, salt: String) -> String {
    String(decoding: base64url(sha256("\(thumbprint).\(salt)".utf8)), as: UTF8.self)
  }

  /// Checks form, type, algorithm, key and signature of a compact JWS of this key's, and gives back the claims.
  ///
  /// The algorithm is the key's: a token that names another one is refused, and so is one that brings a key along.
  func verify(_ token: String, type: String) throws(JWSError) -> Fields {
    guard token.utf8.count <= 8 * 1024 else { throw JWSError("malformed", "the person's signature is longer than 8 KiB") }
    let parts = try CompactJWS(token), header = parts.header
    guard header["alg"]?.string == "ES256" else { throw JWSError("algorithm", "alg ES256 was expected") }
    for member in ["crit", "jwk", "jku", "x5c", "x5u", "b64"] where header[member] != nil {
      throw JWSError("malformed", "the header has \(member), which counts for nothing here")
    }
    guard header["typ"]?.string == type else { throw JWSError("type", "typ \(type) was expected") }
    guard header["kid"]?.string == id else { throw JWSError("key", "the signature names another key than the certificate") }
    guard verifies(parts.signature, of: parts.signed) else { throw JWSError("signature", "the person's signature does not match") }
    return try parts.fields()
  }
}
