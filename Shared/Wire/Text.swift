import Crypto

@usableFromInline let hexDigits = Array("0123456789abcdef".utf8)
@usableFromInline let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

/// Lower-case hexadecimal.
@inlinable public func hex(_ bytes: some Sequence<UInt8>) -> String {
  var text: [UInt8] = []
  text.reserveCapacity(bytes.underestimatedCount * 2)
  for byte in bytes {
    text.append(hexDigits[Int(byte >> 4)])
    text.append(hexDigits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}

/// Base64url without padding (RFC 4648, section 5).
@inlinable public func base64url(_ bytes: some Collection<UInt8>) -> [UInt8] {
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count * 4 + 2) / 3)
  var word: UInt32 = 0
  var bits = 0
  for byte in bytes {
    word = word << 8 | UInt32(byte)
    bits += 8
    while bits >= 6 {
      bits -= 6
      text.append(base64Digits[Int(word >> UInt32(bits)) & 63])
    }
    word &= (1 << UInt32(bits)) - 1
  }
  if bits > 0 { text.append(base64Digits[Int(word << UInt32(6 - bits)) & 63]) }
  return text
}

/// The bytes of base64url text without padding; nil for any other character, a length that cannot be, or bits left over
/// that are not 0 (so that each value has one text only).
@inlinable public func bytes(base64url text: some Collection<UInt8>) -> [UInt8]? {
  guard text.count % 4 != 1 else { return nil }
  var result: [UInt8] = []
  result.reserveCapacity(text.count * 3 / 4)
  var word: UInt32 = 0
  var bits = 0
  for character in text {
    let digit: UInt8
    switch character {
    case 0x41...0x5A: digit = character - 0x41
    case 0x61...0x7A: digit = character - 0x61 + 26
    case 0x30...0x39: digit = character - 0x30 + 52
    case 0x2D: digit = 62
    case 0x5F: digit = 63
    default: return nil
    }
    word = word << 6 | UInt32(digit)
    bits += 6
    if bits >= 8 {
      bits -= 8
      result.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
      word &= (1 << UInt32(bits)) - 1
    }
  }
  return word == 0 ? result : nil
}

/// SHA-256 (FIPS 180-4), 32 bytes.
@inlinable public func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
  var hash = SHA256()
  if bytes.withContiguousStorageIfAvailable({ hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil {
    Array(bytes).withUnsafeBytes { hash.update(bufferPointer: $0) }
  }
  return Array(hash.finalize())
}
