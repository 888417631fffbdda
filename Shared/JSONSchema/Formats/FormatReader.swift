/// Walks over the bytes of one text. Its readers move on past what they accept.
struct FormatReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var at = 0
  private let end: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    end = bytes.count
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) {
    self.bytes = bytes
    at = start
    self.end = end
  }

  var isAtEnd: Bool { at >= end }
  var count: Int { end - at }
  var peek: UInt8? { at < end ? bytes[at] : nil }

  mutating func next() -> UInt8? {
    guard at < end else { return nil }
    at += 1
    return bytes[at - 1]
  }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard let byte = peek, UInt32(byte) == scalar.value else { return false }
    at += 1
    return true
  }

  mutating func take(oneOf set: StaticString) -> Bool {
    guard let byte = peek, Self.set(set, contains: byte) else { return false }
    at += 1
    return true
  }

  mutating func skip(while isWanted: (UInt8) -> Bool) -> Int {
    let start = at
    while let byte = peek, isWanted(byte) { at += 1 }
    return at - start
  }

  /// Exactly `count` digits; nil if there are fewer.
  mutating func digits(_ count: Int) -> Int? {
    guard self.count >= count else { return nil }
    var value = 0
    for _ in 0..<count {
      guard let byte = next(), Self.isDigit(byte) else { return nil }
      value = value * 10 + Int(byte - 0x30)
    }
    return value
  }

  /// What lies before the next of `marks`, or all that is left, as a reader of its own. Leaves the mark.
  mutating func part(before isMark: (UInt8) -> Bool) -> FormatReader {
    let start = at
    while let byte = peek, !isMark(byte) { at += 1 }
    return FormatReader(bytes, from: start, to: at)
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool { bytes[at..<end].contains { UInt32($0) == scalar.value } }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A }
  static func isLetterOrDigit(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
  static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66 }

  static func set(_ set: StaticString, contains byte: UInt8) -> Bool {
    UnsafeBufferPointer(start: set.utf8Start, count: set.utf8CodeUnitCount).contains(byte)
  }
}
