import Glibc

/// `hits` of `count`.
public struct Proportion: Sendable, Equatable {
  public let hits: Int
  public let count: Int

  /// - Precondition: none; hits are taken into 0...count.
  public init(_ hits: Int, of count: Int) {
    self.count = max(0, count)
    self.hits = min(max(0, hits), self.count)
  }

  /// Nil of none.
  public var estimate: Double? { count == 0 ? nil : Double(hits) / Double(count) }

  /// Wilson's score interval (1927), without continuity correction. Nil of none.
  public func wilson(z: Double = Normal.two95) -> Interval? {
    guard let p = estimate else { return nil }
    let n = Double(count)
    let square = z * z
    let centre = (p + square / (2 * n)) / (1 + square / n)
    let half = z / (1 + square / n) * (p * (1 - p) / n + square / (4 * n * n)).squareRoot()
    // At the ends rounding alone would leave a bound a hair off.
    return Interval(hits == 0 ? 0 : max(0, centre - half), hits == count ? 1 : min(1, centre + half))
  }

  /// Clopper and Pearson's exact interval (1934). One-sided at the ends: of none found, `1 - alpha^(1/n)` bounds the rate with
  /// all of alpha, and of all found likewise. Nil of none.
  public func exact(alpha: Double = 0.05) -> Interval? {
    guard count > 0 else { return nil }
    let (x, n) = (Double(hits), Double(count))
    if hits == 0 { return Interval(0, 1 - pow(alpha, 1 / n)) }
    if hits == count { return Interval(pow(alpha, 1 / n), 1) }
    return Interval(
      betaQuantile(alpha / 2, x, n - x + 1), betaQuantile(1 - alpha / 2, x + 1, n - x))
  }

  /// Newcombe's interval (1998, method 10) of the difference `a - b` of two independent proportions. Nil where one is of none.
  public static func difference(_ a: Proportion, _ b: Proportion, z: Double = Normal.two95) -> (estimate: Double, Interval)? {
    guard let p = a.estimate, let q = b.estimate, let i = a.wilson(z: z), let j = b.wilson(z: z) else { return nil }
    let below = ((p - i.low) * (p - i.low) + (j.high - q) * (j.high - q)).squareRoot()
    let above = ((i.high - p) * (i.high - p) + (q - j.low) * (q - j.low)).squareRoot()
    return (p - q, Interval(p - q - below, p - q + above))
  }
}
