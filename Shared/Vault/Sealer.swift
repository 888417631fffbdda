import Crypto
import FoundationEssentials
import JSON
import Wire

/// Closes the private values of a case so that only who has the vault's key can read them: AES-256-GCM (NIST SP
/// 800-38D) over `{token: value}`, bound to the case id.
///
/// The nonce is an HMAC over case id and content under a key of its own: the same values of the same case give the same
/// text, so a step stays a pure function, and no nonce meets two contents.
public struct Sealer: Sendable {
  private let key: SymmetricKey
  private let nonces: KeyedHash

  /// - Parameter key: at least 32 bytes, kept outside of the database and its backup.
  public init(key: [UInt8]) {
    self.key = SymmetricKey(data: KeyedHash(key: key, purpose: "countersign.vault.seal.v1").digest([]))
    nonces = KeyedHash(key: key, purpose: "countersign.vault.nonce.v1")
  }

  /// - Returns: base64url text: nonce, ciphertext and tag.
  public func seal(_ values: [String: String], caseID: String) throws(VaultError) -> String {
    let plain = JSON.object(JSONObject(values.map { ($0.key, .string($0.value)) })).canonical
    let bound = Array(caseID.utf8)
    let nonce = nonces.digest(bound, [0], plain).prefix(12)
    do {
      let box = try AES.GCM.seal(plain, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: bound)
      return String(decoding: base64url(Array(nonce) + box.ciphertext + box.tag), as: UTF8.self)
    } catch {
      throw VaultError("sealing failed: \(error)")
    }
  }

  /// - Throws: where the text is not what `seal` gave for this case under this key.
  public func open(_ sealed: String, caseID: String) throws(VaultError) -> [String: String] {
    guard let bytes = bytes(base64url: sealed.utf8), bytes.count >= 28 else { throw VaultError("no sealed values") }
    let plain: [UInt8]
    do {
      plain = Array(
        try AES.GCM.open(AES.GCM.SealedBox(combined: bytes), using: key, authenticating: Array(caseID.utf8)))
    } catch {
      throw VaultError("sealed under another key or for another case, or changed")
    }
    guard let object = (try? JSON.parse(plain, limits: .stored))?.object else { throw VaultError("no sealed values") }
    return Dictionary(object.members.compactMap { member in member.value.string.map { (member.key, $0) } }) {
      first, _ in first
    }
  }
}

/// Why sealed values cannot be had. Never tells a value.
public struct VaultError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
