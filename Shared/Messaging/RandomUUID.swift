/// A version 4 UUID (RFC 9562) in lower case.
public func randomUUID(using random: inout some RandomNumberGenerator) -> String {
  let digits = Array("0123456789abcdef".utf8)
  let bits = (random.next() & ~0xF000 | 0x4000, random.next() & ~(0b11 << 62) | 0b10 << 62)
  var text: [UInt8] = []
  for (half, dashes) in [(bits.0, [8, 12]), (bits.1, [0, 4])] {
    for place in 0..<16 {
      if dashes.contains(place) { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(half >> (60 - 4 * UInt64(place)) & 0xF)])
    }
  }
  return String(decoding: text, as: UTF8.self)
}
