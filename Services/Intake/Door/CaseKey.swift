import Wire

/// Case ids as 16 bytes and as text (UUIDs of version 7, RFC 9562, in lower case).
enum CaseKey {
  static func text(of bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for (place, digits) in zip(0..., hex(bytes).utf8) {
      if place == 8 || place == 12 || place == 16 || place == 20 { text.append(0x2D) }
      text.append(digits)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil for what no case of ours can be called.
  static func bytes(of text: String) -> [UInt8]? {
    let utf8 = Array(text.utf8)
    guard utf8.count == 36 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    var high: UInt8?
    for (place, byte) in utf8.enumerated() {
      if place == 8 || place == 13 || place == 18 || place == 23 {
        guard byte == 0x2D else { return nil }
        continue
      }
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x61...0x66: digit = byte - 0x57
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    guard bytes.count == 16, bytes[6] >> 4 == 7, bytes[8] >> 6 == 2 else { return nil }
    return bytes
  }

  /// When a case of that id was made; nil where the text is no case id.
  static func madeAt(_ text: String) -> Instant? {
    guard let bytes = bytes(of: text) else { return nil }
    return Instant(microseconds: bytes.prefix(6).reduce(Int64(0)) { $0 << 8 | Int64($1) } * 1_000)
  }
}
