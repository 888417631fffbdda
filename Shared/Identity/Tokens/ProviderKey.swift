import Crypto
import CryptoExtras
import Foundation
import JSON
import Wire

/// An algorithm by which a provider may sign. There is no symmetric one and no `none`.
public enum TokenAlgorithm: String, Sendable, CaseIterable {
  case rs256 = "RS256"
  case es256 = "ES256"
  case edDSA = "EdDSA"
}

/// A public key of the identity provider. Its kind alone says by which algorithm it verifies, whatever a token says.
struct ProviderKey: Sendable {
  private enum Material: Sendable {
    case rsa(_RSA.Signing.PublicKey)
    case p256(P256.Signing.PublicKey)
    case ed25519(Curve25519.Signing.PublicKey)
  }
  let id: String
  private let material: Material

  /// Reads a JWK (RFC 7517, 8037). Nil for what is no public signing key of a kind and size that counts.
  init?(_ jwk: JSON) {
    guard let id = jwk["kid"]?.string, !id.isEmpty, id.utf8.count <= 200, jwk["d"] == nil else { return nil }
    if let use = jwk["use"], use.string != "sig" { return nil }
    if let operations = jwk["key_ops"], operations.array?.contains(where: { $0.string == "verify" }) != true { return nil }
    guard let material = ProviderKey.material(jwk) else { return nil }
    self.id = id
    self.material = material
    if let algorithm = jwk["alg"], algorithm.string != self.algorithm.rawValue { return nil }
  }

  private static func material(_ jwk: JSON) -> Material? {
    func octets(_ name: String) -> [UInt8]? { jwk[name]?.string.flatMap { Wire.bytes(base64url: $0.utf8) } }
    switch (jwk["kty"]?.string, jwk["crv"]?.string) {
    case ("RSA", nil):
      // Of at least 2,048 bits (the initialiser sees to that) and at most 8,192, so that a key costs no time.
      guard let n = octets("n"), n.count <= 1024, let e = octets("e"), (1...8).contains(e.count), (e.last ?? 0) & 1 == 1, e != [1],
        let key = try? _RSA.Signing.PublicKey(n: Data(n), e: Data(e))
      else { return nil }
      return .rsa(key)
    case ("EC", "P-256"):
      guard let x = octets("x"), let y = octets("y"), x.count == 32, y.count == 32,
        let key = try? P256.Signing.PublicKey(x963Representation: [4] + x + y)
      else { return nil }
      return .p256(key)
    case ("OKP", "Ed25519"):
      guard let x = octets("x"), let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x) else { return nil }
      return .ed25519(key)
    default: return nil
    }
  }

  var algorithm: TokenAlgorithm {
    switch material {
    case .rsa: .rs256
    case .p256: .es256
    case .ed25519: .edDSA
    }
  }

  func verifies(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
    switch material {
    case .rsa(let key):
      return key.isValidSignature(
        _RSA.Signing.RSASignature(rawRepresentation: Data(signature)), for: SHA256.hash(data: signed), padding: .insecurePKCS1v1_5)
    case .p256(let key):
      guard signature.count == 64, let read = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
      return key.isValidSignature(read, for: signed)
    case .ed25519(let key): return signature.count == 64 && key.isValidSignature(signature, for: signed)
    }
  }
}

/// The keys that a provider publishes at one moment.
public struct ProviderKeys: Sendable {
  private let keys: [String: [ProviderKey]]

  /// Reads a JWKS; keys that cannot be used are left out. - Throws: `TokenError` where it is none.
  public init(jwks: JSON) throws(TokenError) {
    guard let list = jwks["keys"]?.array, list.count <= 100 else { throw TokenError(.keyUnknown, "a JWKS of at most 100 keys was expected") }
    keys = Dictionary(grouping: list.compactMap(ProviderKey.init), by: \.id)
  }

  public var isEmpty: Bool { keys.isEmpty }
  public func holds(_ id: String) -> Bool { keys[id] != nil }

  /// Those of a name; nearly always one.
  func named(_ id: String) -> [ProviderKey] { keys[id] ?? [] }
}
