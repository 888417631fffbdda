import Wire

/// Functions that give the same bits on every machine: the C library's `exp` and `log` may differ in the last place
/// from processor to processor, and a probability that is compared with a threshold may not.
enum Arithmetic {
  private static let ln2 = 0.693147180559945309417

  /// e to the power of `x`, to about 1e-15 relative; `x` is first held within -700…700. NaN gives NaN.
  static func exp(_ x: Double) -> Double {
    guard x == x else { return x }
    let x = min(max(x, -700), 700)
    let k = (x / ln2).rounded()
    let r = x - k * ln2
    var sum = 1.0, term = 1.0
    for n in 1...16 {
      term *= r / Double(n)
      sum += term
    }
    return Double(sign: .plus, exponent: Int(k), significand: sum)
  }

  /// The natural logarithm, to about 1e-15; what is not above 0 counts as 1e-300.
  static func log(_ x: Double) -> Double {
    let x = x > 1e-300 ? min(x, 1e300) : 1e-300
    var exponent = Double(x.exponent), m = x.significand
    if m > 1.4142135623730951 { m /= 2; exponent += 1 }
    let s = (m - 1) / (m + 1), square = s * s
    var sum = 0.0, power = s
    for n in stride(from: 1, through: 35, by: 2) {
      sum += power / Double(n)
      power *= square
    }
    return exponent * ln2 + 2 * sum
  }

  /// The logistic function.
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// The value in steps of 0.0001: finer differences mean nothing.
  static func rounded(_ x: Double) -> Double { (x * 10_000).rounded() / 10_000 }
}

extension SplitMix64 {
  /// 0..<count in a new order.
  mutating func order(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, Int(next() % UInt64(i + 1))) }
    return order
  }
}
