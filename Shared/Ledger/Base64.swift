import FoundationEssentials

/// Base64 (RFC 4648, section 4) as C2SP's formats have it.
public enum Base64 {
  public static func text(_ bytes: some Sequence<UInt8>) -> String { Data(bytes).base64EncodedString() }

  /// - Returns: nil for any text but the one that `text` gives.
  public static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    guard let data = Data(base64Encoded: String(text)), data.base64EncodedString().utf8.elementsEqual(text.utf8) else { return nil }
    return Array(data)
  }
}

extension TreeHash {
  public var base64: String { Base64.text(bytes) }

  public init?(base64 text: some StringProtocol) {
    guard let bytes = Base64.bytes(text) else { return nil }
    self.init(bytes)
  }

  /// Reads what `description` writes.
  public init?(hex text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count == 2 * Self.size else { return nil }
    var bytes: [UInt8] = []
    for at in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[at..<(at + 2)], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    self.init(bytes)
    guard description.utf8.elementsEqual(digits) else { return nil }
  }
}
