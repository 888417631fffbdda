import Statistics
import Testing
import Wire

/// Agreement of pairs of whom nobody is the first.
@Suite struct PairAgreementTests {
  /// Where as many differ one way as the other Scott's pi is Cohen's kappa: the rows of `statistics.csv` with 4 and 4, and by hand.
  @Test func itIsCohensWhereSharesAreEqual() throws {
    let pairs = PairAgreement(both: 2, differing: 8, neither: 90)
    let cohen = Agreement(both: 2, first: 4, second: 4, neither: 90)
    let expected: [(PairAgreement.Measure, Double, Double?)] = [
      (.kappa, 0.290780141844, cohen.kappa), (.ac1, 0.909828674482, cohen.ac1), (.positive, 0.333333333333, cohen.positive),
      (.negative, 0.957446808511, cohen.negative),
    ]
    for (measure, value, same) in expected {
      let found = try #require(pairs.value(measure))
      #expect(abs(found - value) < 1e-11 && abs(found - (same ?? .nan)) < 1e-12, "\(measure)")
    }
    #expect(pairs.raw == Proportion(92, of: 100))
  }

  @Test func nothingIsSaidWhereNothingCanBe() {
    #expect(PairAgreement.Measure.allCases.allSatisfy { PairAgreement(both: 0, differing: 0, neither: 0).value($0) == nil })
    let right = PairAgreement(both: 0, differing: 0, neither: 60)
    #expect(right.value(.kappa) == nil && right.value(.positive) == nil && right.value(.ac1) == 1 && right.value(.negative) == 1)
    #expect(PairAgreement(both: 60, differing: 0, neither: 0).value(.kappa) == nil)
    let never = PairAgreement(both: 0, differing: 9, neither: 0)
    #expect(never.value(.kappa) == -1 && never.value(.ac1) == -1)
    var generator = SplitMix64(seed: 1)
    #expect(right.intervals(using: &generator).isEmpty, "resampling says nothing where all pairs are alike")
    #expect(PairAgreement(both: -1, differing: -1, neither: 3).count == 3)
  }

  @Test func intervalsHoldTheirEstimateAndCanBeRepeated() throws {
    let pairs = PairAgreement(both: 12, differing: 10, neither: 58)
    var (first, second) = (SplitMix64(seed: Weighted.seed), SplitMix64(seed: Weighted.seed))
    let intervals = pairs.intervals(using: &first)
    #expect(intervals == pairs.intervals(using: &second))
    for measure in PairAgreement.Measure.allCases {
      let (value, interval) = (try #require(pairs.value(measure)), try #require(intervals[measure]))
      #expect(interval.low < value && value < interval.high && interval.high <= 1, "\(measure)")
    }
  }

  /// 120 pairs, each with .2 an error that both find and with .2 one on which they differ: p is .3, so kappa is 1 - .2 / (2 · .3 · .7).
  @Test func theBootstrapCoversAtItsRate() throws {
    let truth = 1 - 0.2 / (2 * 0.3 * 0.7)
    var covered = 0
    for seed in 0..<200 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      var (both, differing) = (0, 0)
      for _ in 0..<120 {
        let drawn = Double.random(in: 0..<1, using: &generator)
        if drawn < 0.2 { both += 1 } else if drawn < 0.4 { differing += 1 }
      }
      let pairs = PairAgreement(both: both, differing: differing, neither: 120 - both - differing)
      if pairs.intervals(resamples: 400, using: &generator)[.kappa]?.contains(truth) == true { covered += 1 }
    }
    #expect(covered >= 180, "\(covered) of 200")
  }
}
