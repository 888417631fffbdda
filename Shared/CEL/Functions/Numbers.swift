import Glibc

/// Reads a decimal number, or NaN, Inf and Infinity in any case; nil if malformed or too large for a double.
func parsedDouble(_ text: String) -> Double? {
  var rest = text.utf8[...]
  if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest = rest.dropFirst() }
  if rest.count <= 8 {
    switch String(rest)?.lowercased() {
    case "nan": return .nan
    case "inf", "infinity": return text.utf8.first == UInt8(ascii: "-") ? -.infinity : .infinity
    default: break
    }
  }
  func skipDigits() -> Int {
    let digits = rest.prefix(while: isDigit).count
    rest = rest.dropFirst(digits)
    return digits
  }
  var digits = skipDigits()
  if rest.first == UInt8(ascii: ".") {
    rest = rest.dropFirst()
    digits += skipDigits()
  }
  guard digits > 0 else { return nil }
  if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
    rest = rest.dropFirst()
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest = rest.dropFirst() }
    guard skipDigits() > 0 else { return nil }
  }
  guard rest.isEmpty else { return nil }
  guard let value = Double(text), value.isFinite else { return nil }
  return value
}

/// The shortest decimal that reads back as the same double: "1", "0.1", "1e+21", "NaN", "-Infinity".
func doubleText(_ value: Double) -> String {
  if value.isNaN { return "NaN" }
  if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
  if value == value.rounded(), abs(value) < 0x1p53 {
    return (value.sign == .minus ? "-" : "") + String(Int64(abs(value)))
  }
  let shortest = value.description
  guard let mark = shortest.utf8.firstIndex(of: UInt8(ascii: "e")) else {
    return shortest.hasSuffix(".0") ? String(shortest.dropLast(2)) : shortest
  }
  var mantissa = String(shortest[..<mark])
  if mantissa.hasSuffix(".0") { mantissa.removeLast(2) }
  guard let exponent = Int(shortest[shortest.index(after: mark)...]) else { return shortest }
  if exponent < -6 || exponent > 20 { return "\(mantissa)e\(exponent < 0 ? "-" : "+")\(abs(exponent))" }
  // Plain digits: the mantissa's point moves by the exponent.
  let sign = mantissa.hasPrefix("-") ? "-" : ""
  let digits = mantissa.filter { $0 != "-" && $0 != "." }
  if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
  if digits.count <= exponent + 1 { return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count) }
  return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
}

/// A finite double in the C formats %f or %e, rounded half to even on its exact value.
func fixedText(_ value: Double, precision: Int, scientific: Bool) -> String {
  let format = scientific ? "%.*e" : "%.*f"
  // A double has at most 309 digits before the point.
  var buffer = [CChar](repeating: 0, count: precision + 330)
  let length = withVaList([CInt(precision), value]) { vsnprintf(&buffer, buffer.count, format, $0) }
  return String(decoding: buffer.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
