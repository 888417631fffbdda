/// A finite double's shortest decimal form that reads back as the same double.
public struct ShortestDecimal: Sendable, Equatable {
  public let isNegative: Bool
  /// At most 17 digits without trailing zeros; 0 for zero.
  public let digits: UInt64
  /// The magnitude is `digits` × 10^`exponent`.
  public let exponent: Int

  /// Nil for NaN and infinities.
  public init?(_ value: Double) {
    guard value.isFinite else { return nil }
    isNegative = value < 0
    var digits: UInt64 = 0, exponent = 0, pastPoint = false, inExponent = false, written = 0, down = false
    // Swift prints the shortest digits that identify a double, the nearest of them, as ECMAScript asks.
    for byte in value.description.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9") where inExponent:
        written = written * 10 + Int(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits = digits &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
        if pastPoint { exponent -= 1 }
      case UInt8(ascii: "."): pastPoint = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"): inExponent = true
      case UInt8(ascii: "-"): down = inExponent
      default: break
      }
    }
    exponent += down ? -written : written
    while digits != 0, digits % 10 == 0 {
      digits /= 10
      exponent += 1
    }
    self.digits = digits
    self.exponent = digits == 0 ? 0 : exponent
  }
}

/// A number as RFC 8785, section 3.2.2.3, writes it: ECMAScript's Number::toString. JSON has no NaN and no infinity:
/// those become `null`.
public func canonicalNumber(_ value: Double) -> String {
  guard let decimal = ShortestDecimal(value) else { return "null" }
  if decimal.digits == 0 { return "0" }
  let digits = String(decimal.digits)
  let count = digits.utf8.count
  // The place of the decimal point, counted from the first digit (ECMAScript calls it n).
  let point = count + decimal.exponent
  let sign = decimal.isNegative ? "-" : ""
  switch point {
  case count...21 where point > 0: return sign + digits + String(repeating: "0", count: point - count)
  case 1...21: return sign + digits.prefix(point) + "." + digits.dropFirst(point)
  case -5...0: return sign + "0." + String(repeating: "0", count: -point) + digits
  default:
    let fraction = count > 1 ? "." + digits.dropFirst() : ""
    return sign + digits.prefix(1) + fraction + "e" + (point > 0 ? "+" : "") + String(point - 1)
  }
}
