extension Lexer {
  /// Reads INT_LIT, UINT_LIT or FLOAT_LIT; the sign is the parser's.
  mutating func number() -> Token.Kind? {
    let start = at
    if peek(is: "0"), peek(1, is: "x") || peek(1, is: "X") {
      at += 2
      let digits = at
      while let byte = peek(), hexValue(byte) != nil { at += 1 }
      return integer(start, digits: digits, radix: 16)
    }
    skipDigits()
    var isDouble = false
    if peek(is: "."), let after = peek(1), isDigit(after) {
      isDouble = true
      at += 1
      skipDigits()
    }
    if peek(is: "e") || peek(is: "E") {
      let sign = peek(1, is: "+") || peek(1, is: "-") ? 1 : 0
      if let digit = peek(1 + sign), isDigit(digit) {
        isDouble = true
        at += 1 + sign
        skipDigits()
      }
    }
    return isDouble ? double(start) : integer(start, digits: start, radix: 10)
  }

  private mutating func skipDigits() {
    while let byte = peek(), isDigit(byte) { at += 1 }
  }

  private mutating func double(_ start: Int) -> Token.Kind? {
    guard let value = parsedDouble(text(from: start)) else {
      complaints.add(start, "the number is too large for a double")
      return nil
    }
    return .double(value)
  }

  private mutating func integer(_ start: Int, digits: Int, radix: Int) -> Token.Kind? {
    let value = UInt64(text(from: digits), radix: radix)
    let isUnsigned = peek(is: "u") || peek(is: "U")
    if isUnsigned { at += 1 }
    guard let value else {
      complaints.add(
        start, digits == at ? "a hexadecimal number needs digits" : "the number does not fit into 64 bits",
        hint: "write a double, as 1e20")
      return nil
    }
    return isUnsigned ? .uint(value) : .int(value)
  }
}
