import Testing
import Wire

@testable import Statistics

@Suite struct WeightedTests {
  @Test func eachCountsForThoseItStandsFor() throws {
    // 30 found among what was looked at in full; 10 let through, seen in a sample of one in ten.
    let share = Weighted([.init(weight: 1, isHit: true, count: 30), .init(weight: 10, isHit: false, count: 10)])
    #expect(share.estimate == 30.0 / 130.0)
    #expect(share.count == 40 && share.total == 130)
    let interval = try #require(share.interval())
    #expect(interval.contains(30.0 / 130.0) && interval.low > 0.13 && interval.high < 0.42)
    // Of the same groups in another order, and split up, the very same interval.
    let other = Weighted([
      .init(weight: 10, isHit: false, count: 4), .init(weight: 1, isHit: true, count: 30), .init(weight: 10, isHit: false, count: 6),
    ])
    #expect(other == share && other.interval() == interval)
  }

  @Test func allAlikeIsBoundedByWhatTheyTell() throws {
    let none = try #require(Weighted([.init(weight: 1, isHit: false, count: 59)]).interval())
    #expect(none.low == 0 && abs(none.high - 0.05) < 0.001)
    let all = try #require(Weighted([.init(weight: 1, isHit: true, count: 10), .init(weight: 20, isHit: true, count: 1)]).interval())
    // Eleven items of which one weighs as much as twenty tell no more than two.
    #expect(all.high == 1 && all.low < 0.25)
  }

  @Test func hostileWeightsAreLeftOut() {
    let share = Weighted([
      .init(weight: .infinity, isHit: true, count: 1), .init(weight: 0, isHit: true, count: 1), .init(weight: -1, isHit: true, count: 1),
      .init(weight: .nan, isHit: true, count: 1), .init(weight: 1, isHit: false, count: 1),
    ])
    #expect(share.estimate == 0 && share.count == 1)
  }

  /// How often intervals hold the truth, over 2,000 made-up samples each.
  @Test(arguments: [(0.5, 60), (0.1, 100), (0.92, 150), (0.02, 300)]) func intervalsCoverAtTheirRate(_ truth: Double, _ n: Int) throws {
    var generator = SplitMix64(seed: 42)
    var (wilson, exact) = (0, 0)
    for _ in 0..<2_000 {
      let found = Proportion((0..<n).reduce(0) { sum, _ in sum + (generator.chance(truth) ? 1 : 0) }, of: n)
      if try #require(found.wilson()).contains(truth) { wilson += 1 }
      if try #require(found.exact()).contains(truth) { exact += 1 }
    }
    // Wilson's is 95 % on average over shares and dips at single ones; Clopper and Pearson's never does.
    #expect(wilson >= 1_840)
    #expect(exact >= 1_880)
  }

  @Test func theBootstrapCoversAtItsRate() throws {
    var generator = SplitMix64(seed: 9)
    var covered = 0
    let rounds = 300
    for _ in 0..<rounds {
      // 1,000 errors; people see a quarter of the cases and catch 80 % of the errors there; of the rest one in ten is audited.
      var (caught, missed, passed) = (0, 0, 0)
      var (all, stopped) = (0.0, 0.0)
      for _ in 0..<1_000 {
        let isSeen = generator.chance(0.25)
        let isCaught = isSeen && generator.chance(0.8)
        all += 1
        if isCaught {
          (stopped, caught) = (stopped + 1, caught + 1)
        } else if isSeen {
          if generator.chance(0.5) { missed += 1 }
        } else if generator.chance(0.1) {
          passed += 1
        }
      }
      let share = Weighted([
        .init(weight: 1, isHit: true, count: caught), .init(weight: 2, isHit: false, count: missed),
        .init(weight: 10, isHit: false, count: passed),
      ])
      if try #require(share.interval(resamples: 400)).contains(stopped / all) { covered += 1 }
    }
    // Resampling is a little narrow by nature, and the truth of each population is nearer than that of all.
    #expect(Double(covered) >= 0.9 * Double(rounds))
  }
}

extension Weighted {
  /// As the figures have it.
  func interval(resamples: Int = Weighted.resamples) -> Interval? {
    var generator = SplitMix64(seed: Weighted.seed)
    return interval(resamples: resamples, using: &generator)
  }
}
