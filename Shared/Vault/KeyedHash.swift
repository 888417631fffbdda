import Crypto

/// HMAC-SHA-256 (RFC 2104) under a key that is derived for one purpose, so that hashes of different purposes never meet.
public struct KeyedHash: Sendable {
  /// Has taken in the key already: making it anew costs more than hashing a short text.
  private let begun: HMAC<SHA256>

  /// - Parameters:
  ///   - key: at least 32 bytes.
  ///   - purpose: a name of the caller's own; the key in use is its HMAC under `key`.
  public init(key: [UInt8], purpose: String) {
    let derived = HMAC<SHA256>.authenticationCode(for: Array(purpose.utf8), using: SymmetricKey(data: key))
    begun = HMAC<SHA256>(key: SymmetricKey(data: Array(derived)))
  }

  /// 32 bytes over the parts, one after the other. Put a separator between parts of varying length.
  public func digest(_ parts: [UInt8]...) -> [UInt8] {
    var hmac = begun
    for part in parts { hmac.update(data: part) }
    return Array(hmac.finalize())
  }

  /// The same over one borrowed run of bytes.
  public func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var hmac = begun
    hmac.update(data: bytes)
    return Array(hmac.finalize())
  }
}
