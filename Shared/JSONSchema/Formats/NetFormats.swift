/// Names and addresses of the network.
extension FormatReader {
  /// RFC 1123: labels of letters, digits and inner hyphens, 63 bytes each and 253 in all.
  mutating func hostname() -> Bool {
    guard count <= 253 else { return false }
    repeat {
      var label = part { $0 == UInt8(ascii: ".") }
      guard label.label() else { return false }
    } while take(".")
    return true
  }

  private mutating func label() -> Bool {
    guard count <= 63, let first = next(), Self.isLetterOrDigit(first) else { return false }
    var last = first
    while let byte = next() {
      guard Self.isLetterOrDigit(byte) || byte == UInt8(ascii: "-") else { return false }
      last = byte
    }
    return Self.isLetterOrDigit(last)
  }

  /// Four decimal numbers up to 255 without leading zeros.
  mutating func ipv4() -> Bool {
    for index in 0..<4 {
      if index > 0, !take(".") { return false }
      var number = part { !Self.isDigit($0) }
      let length = number.count
      guard (1...3).contains(length), let value = number.digits(length), value <= 255 else { return false }
      if length != (value > 99 ? 3 : value > 9 ? 2 : 1) { return false }
    }
    return true
  }

  /// RFC 4291, section 2.2, without a zone.
  mutating func ipv6() -> Bool {
    var groups = 0, hasGap = false
    if take(":") {
      guard take(":") else { return false }
      hasGap = true
    }
    while let byte = peek, Self.isHex(byte) {
      var rest = self
      if groups <= 6, rest.ipv4(), rest.isAtEnd {
        self = rest
        groups += 2
        break
      }
      guard skip(while: Self.isHex) <= 4 else { return false }
      groups += 1
      guard take(":") else { break }
      if take(":") {
        if hasGap { return false }
        hasGap = true
      } else if peek.map(Self.isHex) != true {
        return false
      }
    }
    return hasGap ? groups <= 7 : groups == 8
  }

  /// RFC 5321, section 4.1.2: a dot string or quoted string, and a host name or an address in brackets.
  mutating func email() -> Bool {
    guard peek == UInt8(ascii: "\"") ? quotedString() : dotString(), take("@") else { return false }
    guard take("[") else { return hostname() }
    var literal = part { $0 == UInt8(ascii: "]") }
    guard take("]") else { return false }
    var tagged = literal
    if tagged.tag() { return tagged.ipv6() && tagged.isAtEnd }
    return literal.ipv4() && literal.isAtEnd
  }

  private mutating func tag() -> Bool {
    take(oneOf: "Ii") && take(oneOf: "Pp") && take(oneOf: "Vv") && take("6") && take(":")
  }

  private mutating func dotString() -> Bool {
    let start = at
    repeat {
      let length = skip { Self.isLetterOrDigit($0) || Self.set("!#$%&'*+-/=?^_`{|}~", contains: $0) }
      if length == 0 { return false }
    } while take(".")
    return at - start <= 64
  }

  private mutating func quotedString() -> Bool {
    let start = at
    _ = next()
    while let byte = next() {
      switch byte {
      case UInt8(ascii: "\""): return at - start <= 64
      case UInt8(ascii: "\\"): guard let escaped = next(), (0x20...0x7E).contains(escaped) else { return false }
      case 0x20...0x7E: break
      default: return false
      }
    }
    return false
  }
}
