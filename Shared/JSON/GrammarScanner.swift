/// Reads a JSON text by the grammar of RFC 8259 only to find its first fault and where that is. Used when simdjson has
/// refused the text, so it may be slow; its depth is bounded by the limits.
struct GrammarScanner {
  static let integerRange = "an integer from -9007199254740991 to 9007199254740991"

  /// With `anyInteger`: where the integers end that no 64 bits hold, ascending.
  private(set) var endsOfHugeIntegers: [Int] = []

  private let bytes: UnsafeBufferPointer<UInt8>
  private let limits: JSONLimits
  private var at = 0
  private var path: [Step] = []

  private enum Step {
    /// The bytes of the key's literal, quotation marks included.
    case key(Range<Int>)
    case index(Int)
  }

  init(_ bytes: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  /// Throws the first fault; invalid UTF-8 anywhere comes before all others.
  mutating func scan() throws(JSONError) {
    try checkUTF8()
    skipSpace()
    try value(level: 0)
    skipSpace()
    if at < bytes.count { throw malformed("the end of the text") }
  }

  private func checkUTF8() throws(JSONError) {
    let span = Span(_unsafeElements: bytes)
    do {
      _ = try UTF8Span(validating: span)
    } catch {
      throw JSONError(.invalidUTF8, expected: "UTF-8", found: "other bytes at byte \(error.byteOffsets.lowerBound)")
    }
  }

  private mutating func value(level: Int) throws(JSONError) {
    switch peek {
    case UInt8(ascii: "{"): try object(level: level + 1)
    case UInt8(ascii: "["): try array(level: level + 1)
    case UInt8(ascii: "\""): try string()
    case _ where isDigit, UInt8(ascii: "-"): try number()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: throw malformed("a JSON value")
    }
  }

  private mutating func object(level: Int) throws(JSONError) {
    try open(level)
    if take(UInt8(ascii: "}")) { return }
    while true {
      guard peek == UInt8(ascii: "\"") else { throw malformed("a key in quotation marks") }
      let start = at
      try string()
      path.append(.key(start..<at))
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw malformed("':'") }
      skipSpace()
      try value(level: level)
      path.removeLast()
      skipSpace()
      if take(UInt8(ascii: "}")) { return }
      guard take(UInt8(ascii: ",")) else { throw malformed("',' or '}'") }
      skipSpace()
    }
  }

  private mutating func array(level: Int) throws(JSONError) {
    try open(level)
    if take(UInt8(ascii: "]")) { return }
    var index = 0
    while true {
      path.append(.index(index))
      try value(level: level)
      path.removeLast()
      skipSpace()
      if take(UInt8(ascii: "]")) { return }
      guard take(UInt8(ascii: ",")) else { throw malformed("',' or ']'") }
      skipSpace()
      index += 1
    }
  }

  private mutating func open(_ level: Int) throws(JSONError) {
    guard level <= limits.depth else {
      throw JSONError(.tooDeep, at: pointer, expected: "at most \(limits.depth) levels", found: "more at byte \(at)")
    }
    at += 1
    skipSpace()
  }

  private mutating func string() throws(JSONError) {
    at += 1
    while let byte = peek, byte != UInt8(ascii: "\"") {
      if byte < 0x20 { throw malformed("control characters escaped in a string") }
      if byte == UInt8(ascii: "\\") { try escape() } else { at += 1 }
    }
    guard take(UInt8(ascii: "\"")) else { throw malformed("the string's closing quotation mark") }
  }

  private mutating func escape() throws(JSONError) {
    at += 1
    guard peek == UInt8(ascii: "u") else {
      guard let byte = peek, "\"\\/bfnrt".utf8.contains(byte) else { throw malformed("an escape that JSON knows") }
      at += 1
      return
    }
    let unit = try codeUnit()
    if unit & 0xFC00 == 0xD800 {
      guard peek == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u") else {
        throw malformed("the escape of a low surrogate after that of a high one")
      }
      at += 1
      guard try codeUnit() & 0xFC00 == 0xDC00 else {
        throw malformed("the escape of a low surrogate after that of a high one")
      }
    } else if unit & 0xFC00 == 0xDC00 {
      throw malformed("the escape of a high surrogate before that of a low one")
    }
  }

  /// From the `u` on.
  private mutating func codeUnit() throws(JSONError) -> UInt16 {
    at += 1
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = hexDigit(byte) else { throw malformed("four hexadecimal digits") }
      unit = unit << 4 | digit
      at += 1
    }
    return unit
  }

  private func hexDigit(_ byte: UInt8) -> UInt16? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }

  private mutating func number() throws(JSONError) {
    let start = at
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    var isInteger = true
    if take(UInt8(ascii: ".")) {
      isInteger = false
      try digits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isInteger = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if isInteger, !limits.anyInteger {
      guard let value = Int64(text), value.magnitude < 1 << 53 else { throw outOfRange(Self.integerRange) }
    } else if let value = Double(text), !value.isFinite {
      throw outOfRange("a number that a double holds")
    } else if isInteger, Int64(text) == nil, UInt64(text) == nil {
      endsOfHugeIntegers.append(at)
    }
  }

  private mutating func digits() throws(JSONError) {
    guard isDigit else { throw malformed("a digit") }
    while isDigit { at += 1 }
  }

  private mutating func word(_ word: String) throws(JSONError) {
    for byte in word.utf8 {
      guard take(byte) else { throw malformed("a JSON value") }
    }
  }
}

extension GrammarScanner {
  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }
  private var isDigit: Bool { peek.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    at += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
  }

  private func malformed(_ expected: String) -> JSONError {
    JSONError(.notJSON, at: pointer, expected: expected, found: "\(sort) at byte \(at)")
  }

  private func outOfRange(_ expected: String) -> JSONError {
    JSONError(.numberOutOfRange, at: pointer, expected: expected, found: "one beyond it before byte \(at)")
  }

  /// What stands at the place, without saying it, but for the grammar's own characters.
  private var sort: String {
    switch peek {
    case nil: "the end of the text"
    case let byte? where "{}[]:,".utf8.contains(byte): "'\(Character(Unicode.Scalar(byte)))'"
    case UInt8(ascii: "\""): "a quotation mark"
    case let byte? where byte < 0x20: "a control character"
    case let byte? where isDigit || byte == UInt8(ascii: "-"): "a number"
    default: "another character"
    }
  }

  private var pointer: String {
    var pointer = ""
    for step in path {
      switch step {
      case .index(let index): pointer += "/\(index)"
      case .key(let literal):
        let key = try? JSON.parse(bytes[literal], limits: JSONLimits(bytes: literal.count)).string
        pointer += "/" + JSON.escape(pointerToken: key ?? "")
      }
      if pointer.utf8.count > 200 { break }
    }
    return pointer
  }
}
