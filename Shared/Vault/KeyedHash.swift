import Crypto

/// HMAC-SHA-256 (RFC 2104) under a key that is derived for one purpose, so that hashes of different purposes never
/// meet.
///
/// Built from plain SHA-256: `HMAC` of swift-crypto takes five times as long for a short text.
public struct KeyedHash: Sendable {
  private let inner: [UInt8]
  private let outer: [UInt8]

  /// - Parameters:
  ///   - key: at least 32 bytes.
  ///   - purpose: a name of the caller's own; the key in use is its HMAC under `key`.
  public init(key: [UInt8], purpose: String) {
    let derived = HMAC<SHA256>.authenticationCode(for: Array(purpose.utf8), using: SymmetricKey(data: key))
    let block = Array(derived) + [UInt8](repeating: 0, count: 32)
    inner = block.map { $0 ^ 0x36 }
    outer = block.map { $0 ^ 0x5C }
  }

  /// 32 bytes over the parts, one after the other. Put a separator between parts of varying length.
  public func digest(_ parts: [UInt8]...) -> [UInt8] {
    var hash = SHA256()
    hash.take(inner)
    for part in parts { hash.take(part) }
    return finish(hash)
  }

  /// The same over one borrowed run of bytes.
  public func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var hash = SHA256()
    hash.take(inner)
    hash.update(bufferPointer: bytes)
    return finish(hash)
  }

  private func finish(_ hash: SHA256) -> [UInt8] {
    var last = SHA256()
    last.take(outer)
    hash.finalize().withUnsafeBytes { last.update(bufferPointer: $0) }
    return last.finalize().withUnsafeBytes { Array($0) }
  }
}

extension SHA256 {
  fileprivate mutating func take(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update(bufferPointer: $0) } }
}
