/// Cuts a source into tokens. Goes on after a mistake, so that all of them are reported.
struct Lexer {
  let bytes: [UInt8]
  var at = 0
  var complaints = Complaints()

  init(_ source: String) { bytes = Array(source.utf8) }

  /// All tokens, the last one `.end`.
  mutating func tokens() -> [Token] {
    var tokens: [Token] = []
    while true {
      skipSpace()
      let start = at
      guard let byte = peek() else { break }
      if let kind = next(byte) { tokens.append(Token(kind: kind, offset: start)) }
      if at == start { at += 1 }
    }
    tokens.append(Token(kind: .end, offset: bytes.count))
    return tokens
  }

  func peek(_ ahead: Int = 0) -> UInt8? {
    let index = at + ahead
    return index < bytes.count ? bytes[index] : nil
  }

  func peek(_ ahead: Int = 0, is character: Unicode.Scalar) -> Bool {
    peek(ahead).map { UInt32($0) == character.value } ?? false
  }

  private mutating func skipSpace() {
    while let byte = peek() {
      if [0x20, 0x09, 0x0A, 0x0C, 0x0D].contains(byte) {
        at += 1
      } else if byte == UInt8(ascii: "/"), peek(1, is: "/") {
        while let byte = peek(), byte != 0x0A { _ = byte; at += 1 }
      } else {
        return
      }
    }
  }

  private mutating func next(_ byte: UInt8) -> Token.Kind? {
    if isDigit(byte) || (byte == UInt8(ascii: ".") && peek(1).map(isDigit) ?? false) { return number() }
    if let prefix = stringPrefix() { return string(prefix) }
    if isWordStart(byte) { return .word(word()) }
    if byte == UInt8(ascii: "`") { return quotedField() }
    return symbol()
  }

  private mutating func word() -> String {
    let start = at
    while let byte = peek(), isWordStart(byte) || isDigit(byte) { at += 1 }
    return text(from: start)
  }

  func text(from start: Int) -> String { String(decoding: bytes[start..<at], as: UTF8.self) }

  private mutating func quotedField() -> Token.Kind? {
    let start = at
    at += 1
    while let byte = peek(), byte != UInt8(ascii: "`") {
      guard isWordStart(byte) || isDigit(byte) || [0x20, 0x2D, 0x2E, 0x2F].contains(byte) else { break }
      at += 1
    }
    let field = String(decoding: bytes[(start + 1)..<at], as: UTF8.self)
    guard peek(is: "`"), !field.isEmpty else {
      complaints.add(
        start, "a quoted field name may hold letters, digits, '_', '-', '.', '/' and spaces", hint: "close it with '`'")
      return nil
    }
    at += 1
    return .quotedField(field)
  }

  /// Operators of other languages, longest first, of which none can begin an expression's part here.
  private static let foreign: [(written: String, hint: String)] = [
    ("===", "write '=='"), ("!==", "write '!='"), ("<=>", "write '=='"), ("=>", "write '>=', or a comma in exists(x, …)"),
    ("=<", "write '<='"), ("<>", "write '!='"), ("=~", "write text.matches('pattern')"),
    ("+=", "a rule changes nothing: compare the value"), ("-=", "a rule changes nothing: compare the value"),
    ("->", "write '.'"), ("≥", "write '>='"), ("≤", "write '<='"), ("≠", "write '!='"), ("∧", "write '&&'"),
    ("∨", "write '||'"), ("¬", "write '!'"), ("−", "write '-'"), ("–", "write '-'"), ("×", "write '*'"),
    ("=", "write '=='"), ("&", "write '&&'"), ("|", "write '||'"), ("“", "write '\"'"), ("”", "write '\"'"),
    ("„", "write '\"'"), ("’", "write \"'\""), ("‘", "write \"'\""), ("#", "write '//' before a remark"),
    (";", "leave it out"), ("$", "write the name or number alone"), ("€", "write the number alone"),
    ("£", "write the number alone"), ("\u{A0}", "write a plain space"),
  ]

  private mutating func symbol() -> Token.Kind? {
    let ahead = bytes[at..<min(at + 3, bytes.count)]
    if let found = Self.foreign.first(where: { ahead.starts(with: $0.written.utf8) && isForeign($0.written) }) {
      complaints.add(at, "unexpected character '\(found.written)'", hint: found.hint)
      at += found.written.utf8.count
      return nil
    }
    for length in [2, 1] where at + length <= bytes.count {
      if let symbol = Token.Symbol(rawValue: String(decoding: bytes[at..<at + length], as: UTF8.self)) {
        at += length
        return .symbol(symbol)
      }
    }
    let start = at
    at += 1
    while let byte = peek(), byte & 0xC0 == 0x80 { at += 1 }
    let character = text(from: start)
    complaints.add(start, "unexpected character '\(character)'")
    return nil
  }

  /// The first character of some of our own operators is foreign alone.
  private func isForeign(_ written: String) -> Bool {
    switch written {
    case "=": !peek(1, is: "=")
    case "&": !peek(1, is: "&")
    case "|": !peek(1, is: "|")
    default: true
    }
  }
}

func isWordStart(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "_") || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
}

func hexValue(_ byte: UInt8) -> UInt32? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - 48)
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - 87)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - 55)
  default: nil
  }
}
