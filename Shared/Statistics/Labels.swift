import Glibc

/// What a label that is itself sometimes wrong tells of the truth.
public enum Labels {
  /// The true share behind an observed one, with a test of this sensitivity and specificity (Rogan and Gladen 1978), and its
  /// interval with the uncertainty of all three (delta method). Nil where sensitivity and specificity together are at most 1.1:
  /// then the label says next to nothing.
  public static func roganGladen(
    observed: Proportion, sensitivity: Proportion, specificity: Proportion
  ) -> (estimate: Double, Interval)? {
    guard let p = observed.estimate, let se = sensitivity.estimate, let sp = specificity.estimate, se + sp > 1.1 else { return nil }
    let power = se + sp - 1
    let truth = (p + sp - 1) / power
    func variance(_ share: Double, _ n: Int) -> Double { share * (1 - share) / Double(n) }
    let sum =
      variance(p, observed.count) + truth * truth * variance(se, sensitivity.count)
      + (1 - truth) * (1 - truth) * variance(sp, specificity.count)
    let half = Normal.two95 * sum.squareRoot() / power
    let clamped = min(max(truth, 0), 1)
    return (clamped, Interval(max(0, truth - half), min(1, truth + half)))
  }

  /// All errors there are, from those that two people found independently of each other, `first` and `second`, `both` of them
  /// alike (Chapman 1951; interval by Seber's variance). A lower bound, since what is easy to find is found by both. Nil where
  /// the numbers do not go together.
  public static func chapman(first: Int, second: Int, both: Int) -> (estimate: Double, Interval)? {
    guard both >= 0, first >= both, second >= both else { return nil }
    let (a, b, m) = (Double(first), Double(second), Double(both))
    let estimate = (a + 1) * (b + 1) / (m + 1) - 1
    let variance = (a + 1) * (b + 1) * (a - m) * (b - m) / ((m + 1) * (m + 1) * (m + 2))
    let half = Normal.two95 * variance.squareRoot()
    // At least what was seen is there.
    return (estimate, Interval(max(a + b - m, estimate - half), estimate + half))
  }
}
