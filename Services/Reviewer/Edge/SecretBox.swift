import Crypto
import Foundation
import JSON
import Wire

extension SymmetricKey {
  /// - Parameter seed: a secret of the service; what was made under the key is void when it changes.
  static func derived(from seed: [UInt8], for purpose: String) -> SymmetricKey {
    SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(purpose.utf8), using: SymmetricKey(data: seed)))
  }
}

/// What lies in the database or in a browser and is nobody's to read: sealed (AES-GCM) under a key that lies in neither.
struct SecretBox: Sendable {
  private let key: SymmetricKey

  init(seed: [UInt8], for purpose: String) { key = .derived(from: seed, for: purpose) }

  /// - Parameter place: where it belongs; moved to another place it does not open.
  func seal(_ json: JSON, for place: String) throws -> [UInt8] {
    Array(try AES.GCM.seal(Data(json.text.utf8), using: key, authenticating: Data(place.utf8)).combined ?? Data())
  }

  /// Nil for what was not sealed by us for this place.
  func open(_ bytes: [UInt8], for place: String) -> JSON? {
    guard let box = try? AES.GCM.SealedBox(combined: bytes), let plain = try? AES.GCM.open(box, using: key, authenticating: Data(place.utf8))
    else { return nil }
    return try? JSON.parse(Array(plain), limits: .stored)
  }
}
