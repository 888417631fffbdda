import Glibc

/// Durations of which some have not ended yet: they count as at least so long (Kaplan and Meier 1958). Ages of open ones are
/// taken at their bucket's upper edge, as ends are: at one edge ends come before the open ones.
public struct Survival: Sendable, Equatable {
  public let ended: Sketch
  public let open: Sketch

  public init(ended: Sketch, open: Sketch = Sketch()) {
    self.ended = ended
    self.open = open
  }

  public var count: Int { ended.count + open.count }

  /// By when a share `q` has ended, µs. Nil where too many are open to say.
  public func quantile(_ q: Double) -> Double? {
    var atRisk = count
    var surviving = 1.0
    for bucket in Set(ended.counts.keys).union(open.counts.keys).sorted() {
      let ends = ended.counts[bucket] ?? 0
      if ends > 0 {
        surviving *= Double(atRisk - ends) / Double(atRisk)
        // Products of shares that are one half by right come out a hair above it.
        if surviving <= 1 - q + 1e-12 { return Sketch.value(bucket) }
      }
      atRisk -= ends + (open.counts[bucket] ?? 0)
    }
    return nil
  }

  /// A bound that the quantile `q` exceeds with a probability of 5 % at most, whatever the distribution is, µs: the smallest
  /// order statistic that does. Open ones count as endless. Nil where there are too few (under 59 of a p95, 299 of a p99) or
  /// too many of them are open.
  public func upperBound(_ q: Double) -> Double? {
    let n = count
    guard n > 0, let rank = Self.boundingRank(q, n) else { return nil }
    var seen = 0
    for bucket in ended.counts.keys.sorted() {
      seen += ended.counts[bucket] ?? 0
      if seen >= rank { return Sketch.value(bucket) }
    }
    return nil
  }

  /// The smallest k with P(Binomial(n, q) ≤ k - 1) ≥ 0.95; nil where even the largest value is not enough.
  static func boundingRank(_ q: Double, _ n: Int) -> Int? {
    guard pow(q, Double(n)) <= 0.05 else { return nil }
    // P(Bin(n, q) ≥ k) is I_q(k, n - k + 1), falling with k.
    var (low, high) = (1, n)
    while low < high {
      let middle = (low + high) / 2
      if betaCDF(q, Double(middle), Double(n - middle + 1)) <= 0.05 { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
