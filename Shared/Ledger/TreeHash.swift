import Crypto

/// A SHA-256 value (FIPS 180-4): 32 bytes, without an allocation of its own.
public struct TreeHash: Hashable, Sendable, CustomStringConvertible {
  public static let size = 32
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  /// - Returns: nil where these are not 32 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
  }

  init(_ digest: SHA256.Digest) {
    digest.withUnsafeBytes { source in withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: source) } }
  }

  /// SHA-256 of no bytes: the root of a tree without leaves (RFC 6962, section 2.1).
  public static let empty = TreeHash(SHA256().finalize())

  /// SHA-256 of all these bytes, one run after the other.
  public static func of(_ parts: UnsafeRawBufferPointer...) -> TreeHash {
    var hash = SHA256()
    for part in parts { hash.update(bufferPointer: part) }
    return TreeHash(hash.finalize())
  }

  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try Swift.withUnsafeBytes(of: words, body)
  }

  public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

  /// Lower-case hexadecimal.
  public var description: String {
    bytes.reduce(into: "") { text, byte in
      if byte < 16 { text += "0" }
      text += String(byte, radix: 16)
    }
  }

  public static func == (a: TreeHash, b: TreeHash) -> Bool { a.words == b.words }

  public func hash(into hasher: inout Hasher) { withUnsafeBytes { hasher.combine(bytes: $0) } }
}

/// The hash of a leaf: SHA-256 of 0x00 and its bytes (RFC 6962, section 2.1).
public func leafHash(_ leaf: UnsafeRawBufferPointer) -> TreeHash {
  withUnsafeBytes(of: UInt8(0)) { TreeHash.of($0, leaf) }
}

public func leafHash(_ leaf: [UInt8]) -> TreeHash { leaf.withUnsafeBytes { leafHash($0) } }

/// The hash of an inner node: SHA-256 of 0x01 and its children's hashes (RFC 6962, section 2.1).
public func nodeHash(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
  withUnsafeTemporaryAllocation(byteCount: 1 + 2 * TreeHash.size, alignment: 8) { buffer in
    buffer[0] = 1
    left.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1..<33]).copyMemory(from: $0) }
    right.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[33..<65]).copyMemory(from: $0) }
    return TreeHash.of(UnsafeRawBufferPointer(buffer))
  }
}
