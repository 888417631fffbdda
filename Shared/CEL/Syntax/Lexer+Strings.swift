extension Lexer {
  struct StringPrefix {
    var isRaw = false
    var isBytes = false
    /// Bytes before the quote.
    var length = 0
  }

  /// The prefix of a text that begins here, nil if none does.
  func stringPrefix() -> StringPrefix? {
    var prefix = StringPrefix()
    while prefix.length <= 2, let byte = peek(prefix.length) {
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\""): return prefix
      case UInt8(ascii: "r"), UInt8(ascii: "R"):
        if prefix.isRaw { return nil }
        prefix.isRaw = true
      case UInt8(ascii: "b"), UInt8(ascii: "B"):
        if prefix.isBytes { return nil }
        prefix.isBytes = true
      default: return nil
      }
      prefix.length += 1
    }
    return nil
  }

  /// Reads STRING_LIT or BYTES_LIT whose quote comes after the prefix.
  mutating func string(_ prefix: StringPrefix) -> Token.Kind? {
    let start = at
    at += prefix.length
    guard let quote = peek() else { return nil }
    let isTriple = peek(1) == quote && peek(2) == quote
    at += isTriple ? 3 : 1
    var content: [UInt8] = []
    var isSound = true
    while let byte = peek() {
      if byte == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
        at += isTriple ? 3 : 1
        if !isSound { return nil }
        return prefix.isBytes ? .bytes(content) : .string(String(decoding: content, as: UTF8.self))
      }
      if !isTriple, byte == 0x0A || byte == 0x0D { break }
      if byte == UInt8(ascii: "\\"), !prefix.isRaw {
        if !escape(into: &content, isBytes: prefix.isBytes) { isSound = false }
      } else {
        content.append(byte)
        at += 1
      }
    }
    complaints.add(
      start, "the text is not closed",
      hint: "end it with \(String(repeating: quote == 0x27 ? "'" : "\"", count: isTriple ? 3 : 1))")
    return nil
  }

  /// Reads one ESCAPE; false, with a complaint, if it is none.
  private mutating func escape(into content: inout [UInt8], isBytes: Bool) -> Bool {
    let start = at
    at += 1
    guard let letter = peek() else { return true }
    at += 1
    switch letter {
    case UInt8(ascii: "a"): content.append(0x07)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "v"): content.append(0x0B)
    case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
      content.append(letter)
    case UInt8(ascii: "x"), UInt8(ascii: "X"): return code(start, digits: 2, radix: 16, &content, isOctet: isBytes)
    case UInt8(ascii: "0")...UInt8(ascii: "3"):
      at -= 1
      return code(start, digits: 3, radix: 8, &content, isOctet: isBytes)
    case UInt8(ascii: "u") where !isBytes: return code(start, digits: 4, radix: 16, &content, isOctet: false)
    case UInt8(ascii: "U") where !isBytes: return code(start, digits: 8, radix: 16, &content, isOctet: false)
    default:
      complaints.add(start, "unknown escape sequence", hint: "write '\\\\' for a backslash, or a raw text r'…'")
      return false
    }
    return true
  }

  private mutating func code(
    _ start: Int, digits: Int, radix: UInt32, _ content: inout [UInt8], isOctet: Bool
  ) -> Bool {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = peek().flatMap(hexValue), digit < radix else {
        complaints.add(start, "this escape sequence needs \(digits) \(radix == 8 ? "octal" : "hexadecimal") digits")
        return false
      }
      value = value &* radix &+ digit
      at += 1
    }
    if isOctet {
      content.append(UInt8(truncatingIfNeeded: value))
    } else if let scalar = Unicode.Scalar(value) {
      content.append(contentsOf: Array(String(Character(scalar)).utf8))
    } else {
      complaints.add(start, "this is no Unicode code point")
      return false
    }
    return true
  }
}
