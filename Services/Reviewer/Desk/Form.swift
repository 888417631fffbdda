/// A form as `application/x-www-form-urlencoded` sends it (WHATWG URL, section 5.1). Of two values with a name the first counts.
struct Form: Sendable {
  private(set) var values: [String: String] = [:]

  init() {}

  init(values: [String: String]) { self.values = values }

  /// Lines end as they do everywhere else, not as HTTP forms send them. Malformed escapes stay as they are.
  init(_ bytes: [UInt8]) {
    for pair in bytes.split(separator: UInt8(ascii: "&")).prefix(500) {
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = Form.decoded(parts[0])
      if values[name] == nil { values[name] = parts.count == 2 ? Form.decoded(parts[1]) : "" }
    }
  }

  subscript(name: String) -> String? {
    get { values[name] }
    set { values[name] = newValue }
  }

  private static func decoded(_ text: ArraySlice<UInt8>) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var at = text.startIndex
    while at < text.endIndex {
      switch text[at] {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        if at + 2 < text.endIndex, let high = digit(text[at + 1]), let low = digit(text[at + 2]) {
          let byte = high << 4 | low
          if byte == 0x0A, bytes.last == 0x0D { bytes.removeLast() }
          bytes.append(byte)
          at += 2
        } else {
          bytes.append(text[at])
        }
      default: bytes.append(text[at])
      }
      at += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
