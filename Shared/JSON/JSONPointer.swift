/// JSON Pointer (RFC 6901).
extension JSON {
  /// The value that the pointer names (the empty one names `self`); nil if there is none or the pointer is malformed.
  public func at(pointer: String) -> JSON? {
    guard let tokens = JSON.tokens(ofPointer: pointer) else { return nil }
    var value = self
    for token in tokens {
      guard let next = value.child(token) else { return nil }
      value = next
    }
    return value
  }

  /// The member or the item that one unescaped reference token names.
  public func child(_ token: String) -> JSON? {
    switch self {
    case .object(let object): return object[token]
    case .array(let items):
      guard let index = JSON.arrayIndex(token), items.indices.contains(index) else { return nil }
      return items[index]
    default: return nil
    }
  }

  /// The pointer's unescaped reference tokens; nil if it is malformed.
  public static func tokens(ofPointer pointer: String) -> [String]? {
    if pointer.isEmpty { return [] }
    guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
    var tokens: [String] = []
    for part in pointer.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let token = unescaped(part) else { return nil }
      tokens.append(token)
    }
    return tokens
  }

  /// A key as a reference token: `~` becomes `~0`, `/` becomes `~1`.
  public static func escape(pointerToken key: String) -> String {
    guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return key }
    var bytes: [UInt8] = []
    for byte in key.utf8 {
      switch byte {
      case UInt8(ascii: "~"): bytes += [byte, UInt8(ascii: "0")]
      case UInt8(ascii: "/"): bytes += [UInt8(ascii: "~"), UInt8(ascii: "1")]
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func unescaped(_ part: some Sequence<UInt8>) -> String? {
    var bytes: [UInt8] = []
    var escaping = false
    for byte in part {
      switch (escaping, byte) {
      case (true, UInt8(ascii: "0")): bytes.append(UInt8(ascii: "~"))
      case (true, UInt8(ascii: "1")): bytes.append(UInt8(ascii: "/"))
      case (true, _): return nil
      case (false, UInt8(ascii: "~")):
        escaping = true
        continue
      case (false, _): bytes.append(byte)
      }
      escaping = false
    }
    return escaping ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// Digits without a leading zero.
  private static func arrayIndex(_ token: String) -> Int? {
    let digits = token.utf8
    guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return digits.count > 1 && digits.first == UInt8(ascii: "0") ? nil : Int(token)
  }
}

extension String {
  /// At most `limit` bytes and an ellipsis in place of the rest, never half a scalar.
  package func cut(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(utf8.startIndex, offsetBy: max(0, limit - 3))
    while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
    return String(self[..<end]) + "…"
  }
}
