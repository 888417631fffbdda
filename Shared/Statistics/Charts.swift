/// Limits of a p chart: between them a share of `count` items varies by chance alone around `centre` (three sigma).
public struct ControlLimits: Sendable, Equatable {
  public let centre: Double
  public let low: Double
  public let high: Double

  /// - Parameter centre: the share over the time that counts as usual, in [0,1].
  public init(centre: Double, count: Int) {
    let half = count > 0 ? 3 * (centre * (1 - centre) / Double(count)).squareRoot() : 1
    self.centre = centre
    low = max(0, centre - half)
    high = min(1, centre + half)
  }

  public func isOutside(_ share: Double) -> Bool { share < low || share > high }
}

/// A tabular CUSUM (Page 1954): sees a slow drift from `target` that no single value shows.
public struct Cusum: Sendable, Equatable {
  public let target: Double
  /// Half of the shift that matters.
  public let slack: Double
  public let limit: Double
  public private(set) var above = 0.0
  public private(set) var below = 0.0

  public init(target: Double, slack: Double, limit: Double) {
    self.target = target
    self.slack = slack
    self.limit = limit
  }

  /// - Returns: whether the sum of either side is beyond the limit now.
  public mutating func add(_ value: Double) -> Bool {
    above = max(0, above + value - target - slack)
    below = max(0, below + target - slack - value)
    return above > limit || below > limit
  }
}
