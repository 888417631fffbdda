/// Identifiers and references.
extension FormatReader {
  /// RFC 9562: 8-4-4-4-12 hexadecimal digits.
  mutating func uuid() -> Bool {
    for (index, length) in [8, 4, 4, 4, 12].enumerated() {
      if index > 0, !take("-") { return false }
      guard skip(while: Self.isHex) == length else { return false }
    }
    return true
  }

  /// RFC 3986, appendix A: a URI, or also a relative reference.
  mutating func uri(needsScheme: Bool) -> Bool {
    let whole = self
    if !scheme() {
      if needsScheme { return false }
      self = whole
      // The first segment of a relative path has no colon (path-noscheme).
      var lookahead = self
      let first = lookahead.part { Self.set("/?#", contains: $0) }
      if first.contains(":") { return false }
    }
    var rest = self
    if rest.take("/"), rest.take("/") {
      self = rest
      guard authority() else { return false }
      if let byte = peek, !Self.set("/?#", contains: byte) { return false }
    }
    guard characters("/:@") else { return false }
    if take("?"), !characters("/:@?") { return false }
    if take("#"), !characters("/:@?") { return false }
    return true
  }

  private mutating func scheme() -> Bool {
    guard let first = next(), Self.isLetter(first) else { return false }
    _ = skip { Self.isLetterOrDigit($0) || Self.set("+-.", contains: $0) }
    return take(":")
  }

  private mutating func authority() -> Bool {
    var userAndHost = part { Self.set("/?#", contains: $0) }
    var user = userAndHost
    if user.contains("@") {
      guard user.characters(":"), user.take("@") else { return false }
      userAndHost = user
    }
    if userAndHost.take("[") {
      var address = userAndHost.part { $0 == UInt8(ascii: "]") }
      guard address.ipv6() && address.isAtEnd || address.isFutureAddress, userAndHost.take("]") else { return false }
    } else if !userAndHost.characters("") {
      return false
    }
    if userAndHost.take(":") { _ = userAndHost.skip(while: Self.isDigit) }
    return userAndHost.isAtEnd
  }

  /// IPvFuture of RFC 3986.
  private var isFutureAddress: Bool {
    var reader = self
    guard reader.take(oneOf: "vV"), reader.skip(while: Self.isHex) > 0, reader.take(".") else { return false }
    return reader.characters(":") && reader.isAtEnd
  }

  /// Any number of unreserved characters, sub-delimiters, percent escapes and those of `extra`; false for a bad escape.
  private mutating func characters(_ extra: StaticString) -> Bool {
    while let byte = peek {
      if byte == UInt8(ascii: "%") {
        _ = next()
        guard let high = next(), let low = next(), Self.isHex(high), Self.isHex(low) else { return false }
      } else if Self.isLetterOrDigit(byte) || Self.set("-._~!$&'()*+,;=", contains: byte)
        || Self.set(extra, contains: byte)
      {
        _ = next()
      } else {
        break
      }
    }
    return true
  }

  /// RFC 6901.
  mutating func jsonPointer() -> Bool {
    while take("/") {
      while let byte = peek, byte != UInt8(ascii: "/") {
        _ = next()
        if byte == UInt8(ascii: "~"), !take(oneOf: "01") { return false }
      }
    }
    return true
  }

  mutating func relativeJSONPointer() -> Bool {
    let isZero = peek == UInt8(ascii: "0")
    let length = skip(while: Self.isDigit)
    guard length == 1 || length > 1 && !isZero else { return false }
    return take("#") || jsonPointer()
  }
}
