import Storage
import Vault

/// The keyed hashes of an item. Without the key nobody can try values against them.
struct ItemHashes: Sendable {
  private let claim: KeyedHash
  private let payload: KeyedHash
  private let content: KeyedHash
  private let near: KeyedHash

  /// - Parameter key: at least 32 bytes.
  init(key: [UInt8]) {
    claim = KeyedHash(key: key, purpose: "countersign.intake.claim.v1")
    payload = KeyedHash(key: key, purpose: "countersign.intake.payload.v1")
    content = KeyedHash(key: key, purpose: "countersign.intake.content.v1")
    near = KeyedHash(key: key, purpose: "countersign.intake.near.v1")
  }

  /// The idempotency key of (source, id): 16 bytes.
  func claimKey(source: String, item: String) -> [UInt8] {
    Array(claim.digest(Array(source.utf8), [0], Array(item.utf8)).prefix(16))
  }

  func payload(_ bytes: ArraySlice<UInt8>) -> [UInt8] { bytes.withUnsafeBytes { payload.digest($0) } }

  /// - Parameters:
  ///   - data: the item's data in its RFC 8785 form.
  ///   - proposal: what an agent proposes, likewise; empty where it proposes nothing.
  func content(workflow: String, data: [UInt8], proposal: [UInt8]) -> [UInt8] {
    content.digest(Array(workflow.utf8), [0], data, [0], proposal)
  }

  /// The same for near-duplicates: case and white space do not count.
  func near(workflow: String, data: [UInt8]) -> [UInt8] {
    near.digest(Array(workflow.utf8), [0], foldedText(data))
  }
}

/// JSON text in its RFC 8785 form with lower-case letters and every run of white space one blank, none at either end of
/// a string.
func foldedText(_ canonical: [UInt8]) -> [UInt8] {
  let isASCII = canonical.allSatisfy { $0 < 0x80 }
  let text = isASCII ? canonical : Array(String(decoding: canonical, as: UTF8.self).lowercased().utf8)
  var folded: [UInt8] = []
  folded.reserveCapacity(text.count)
  var blank = false
  var at = 0
  while at < text.count {
    var byte = text[at]
    at += 1
    if byte == UInt8(ascii: "\\"), at < text.count {
      let escaped = text[at]
      if escaped == UInt8(ascii: "n") || escaped == UInt8(ascii: "t") || escaped == UInt8(ascii: "r") {
        at += 1
        blank = true
        continue
      }
      if blank, folded.last != UInt8(ascii: "\"") { folded.append(0x20) }
      blank = false
      folded.append(byte)
      folded.append(escaped)
      at += 1
      continue
    }
    if byte == 0x20 {
      blank = true
      continue
    }
    if byte >= 0x41, byte <= 0x5A { byte |= 0x20 }
    if blank, byte != UInt8(ascii: "\""), folded.last != UInt8(ascii: "\"") { folded.append(0x20) }
    blank = false
    folded.append(byte)
  }
  return folded
}

/// What an idempotency key is taken with: the case and the digest of the first content.
struct ClaimValue: Equatable {
  let caseID: String
  let content: [UInt8]

  init(caseID: String, content: [UInt8]) {
    self.caseID = caseID
    self.content = content
  }

  /// 16 bytes of the case id and 32 of the digest.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == 48 else { return nil }
    caseID = CaseKey.text(of: bytes.prefix(16))
    content = Array(bytes.suffix(32))
  }

  var bytes: [UInt8] { (CaseKey.bytes(of: caseID) ?? []) + content }

  func entry(key: [UInt8], at: Int64) -> KeyEntry { KeyEntry(key: key, value: bytes, at: at) }
}
