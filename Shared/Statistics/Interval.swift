/// An estimate with the range in which the truth lies at the stated confidence.
public struct Interval: Sendable, Equatable {
  public let low: Double
  public let high: Double

  public init(_ low: Double, _ high: Double) {
    self.low = low
    self.high = high
  }

  public var width: Double { high - low }
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

/// Quantiles of the standard normal distribution.
public enum Normal {
  /// Of a two-sided interval at 95 %.
  public static let two95 = 1.959963984540054
  /// Of a one-sided bound at 95 %.
  public static let one95 = 1.6448536269514722
}
