import Crypto
import FoundationEssentials

/// The mark by which our services know each other's records.
///
/// HMAC-SHA-256 (RFC 2104) under a key from a file that all five share, over topic, partition and all that stands in the
/// frame before the seal: key, body and the other headers, epoch and number among them. It is the record's last header.
public struct Seal: Sendable {
  /// What RFC 2104 has hashed before the text and before the inner hash: the key in both paddings, hashed once for all.
  private let inner: SHA256
  private let outer: SHA256

  /// - Parameter key: at least 32 bytes.
  public init(key: [UInt8]) {
    let block = SHA256.blockByteCount
    let short = key.count > block ? Array(SHA256.hash(data: key)) : key
    let padded = short + Array(repeating: 0, count: block - short.count)
    inner = Seal.begun(padded.map { $0 ^ 0x36 })
    outer = Seal.begun(padded.map { $0 ^ 0x5C })
  }

  private static func begun(_ bytes: [UInt8]) -> SHA256 {
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    return hash
  }

  /// Appends the seal to the frame that `writer` has begun, and ends the frame.
  public func close(_ writer: inout FrameWriter, topic: String, partition: Int32) {
    // The count of headers stands before them and is part of what is sealed, so the seal is counted before it is made.
    let start = writer.reserveSeal()
    let mark = writer.withOpenFrame { mac(topic, partition, UnsafeRawBufferPointer(rebasing: $0[4..<start])) }
    writer.fillSeal(mark.withUnsafeBytes { base64url($0) })
  }

  /// Whether this record was sealed by one of us, for this topic and partition, and is unchanged.
  public func verifies(_ frame: Frame, topic: String, partition: Int32) -> Bool {
    let bytes = frame.bytes
    let tail = Seal.length
    guard bytes.count > 4 + tail else { return false }
    return bytes.withUnsafeBytes { raw in
      let start = raw.count - tail
      guard UnsafeRawBufferPointer(rebasing: raw[start..<(start + Seal.head.count)]).elementsEqual(Seal.head) else { return false }
      let own = mac(topic, partition, UnsafeRawBufferPointer(rebasing: raw[4..<start]))
      return own.withUnsafeBytes { Seal.isSame($0, UnsafeRawBufferPointer(rebasing: raw[(start + Seal.head.count)...])) }
    }
  }

  /// Whether `text` is the base64url of `mark`, in a time that does not depend on where they differ.
  private static func isSame(_ mark: UnsafeRawBufferPointer, _ text: UnsafeRawBufferPointer) -> Bool {
    guard mark.count == 32, text.count == 43 else { return false }
    var difference: UInt8 = 0
    for place in 0..<43 {
      let bit = place * 6
      let next = bit / 8 + 1 < 32 ? UInt16(mark[bit / 8 + 1]) : 0
      let six = (UInt16(mark[bit / 8]) << 8 | next) >> UInt16(10 - bit % 8) & 63
      difference |= base64Digits[Int(six)] ^ text[place]
    }
    return difference == 0
  }

  /// By hand over `SHA256`: the library's `HMAC` goes over `DataProtocol` and costs twice as much for a short text.
  private func mac(_ topic: String, _ partition: Int32, _ content: UnsafeRawBufferPointer) -> SHA256Digest {
    var hash = inner
    var place = topic
    place.append("/\(partition)/")
    place.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    hash.update(bufferPointer: content)
    var whole = outer
    hash.finalize().withUnsafeBytes { whole.update(bufferPointer: $0) }
    return whole.finalize()
  }

  /// Name length, name and value length of the seal as the frame holds them.
  static let head: [UInt8] = [7, 0] + Array(Header.seal.utf8) + [43, 0, 0, 0]
  static let length = head.count + 43
}
