/// Whether two people say the same of the same items, where neither of them is the first: who was asked before the other is chance,
/// and the pairs are of different people. Figures are shown together: with rare errors kappa alone misleads.
public struct PairAgreement: Sendable, Equatable {
  /// Both found an error, only one of them, neither.
  public let both: Int
  public let differing: Int
  public let neither: Int

  /// - Precondition: none; what is below zero is taken as none.
  public init(both: Int, differing: Int, neither: Int) {
    self.both = max(0, both)
    self.differing = max(0, differing)
    self.neither = max(0, neither)
  }

  public var count: Int { both + differing + neither }
  /// The share of items on which they agree.
  public var raw: Proportion { Proportion(both + neither, of: count) }

  public enum Measure: String, CaseIterable, Sendable {
    /// Scott's pi (1955): Cohen's kappa of people with equal shares, Fleiss' of two.
    case kappa
    /// Gwet (2008).
    case ac1
    /// Of the errors, and of what is right: how much of what one of them says the other says too (Cicchetti and Feinstein 1990).
    case positive, negative
  }

  /// Nil of none, and where the measure is not defined: kappa where chance alone would make them agree always, `positive` where nobody
  /// found an error, `negative` where nobody found anything else.
  public func value(_ measure: Measure) -> Double? {
    guard count > 0 else { return nil }
    let raw = Double(both + neither) / Double(count)
    let p = Double(2 * both + differing) / Double(2 * count)
    func beyond(_ chance: Double) -> Double? { chance < 1 ? (raw - chance) / (1 - chance) : nil }
    func share(_ alike: Int) -> Double? { alike + differing == 0 ? nil : Double(2 * alike) / Double(2 * alike + differing) }
    return switch measure {
    case .kappa: both + differing == 0 || neither + differing == 0 ? nil : beyond(p * p + (1 - p) * (1 - p))
    case .ac1: beyond(2 * p * (1 - p))
    case .positive: share(both)
    case .negative: share(neither)
    }
  }

  /// 95 % of each measure, from the 2.5th and the 97.5th percentile of resamples of the pairs; resamples for which it is not defined are
  /// left out. None where it is not defined for the pairs themselves, and where they never differ: resampling then says nothing.
  ///
  /// - Parameter generator: begun with `Weighted.seed`.
  public func intervals(resamples: Int = Weighted.resamples, using generator: inout some RandomNumberGenerator) -> [Measure: Interval] {
    guard differing > 0 else { return [:] }
    var values: [Measure: [Double]] = [:]
    for _ in 0..<resamples {
      var (a, b) = (0, 0)
      for _ in 0..<count {
        let place = generator.below(count)
        if place < both { a += 1 } else if place < both + differing { b += 1 }
      }
      let drawn = PairAgreement(both: a, differing: b, neither: count - a - b)
      for measure in Measure.allCases where value(measure) != nil {
        if let found = drawn.value(measure) { values[measure, default: []].append(found) }
      }
    }
    return values.mapValues { values in
      let sorted = values.sorted()
      // The nearest ranks, towards the outside.
      let low = max(1, sorted.count * 25 / 1_000)
      return Interval(sorted[low - 1], sorted[sorted.count - low])
    }
  }
}
