import Testing
import Wire

@testable import Statistics

@Suite struct SketchTests {
  @Test func everyQuantileIsWithinOnePercent() throws {
    var generator = SplitMix64(seed: 7)
    for _ in 0..<60 {
      let scale = pow10(Int.random(in: 4...11, using: &generator))
      let values = (0..<Int.random(in: 1...400, using: &generator)).map { _ in Int64.random(in: 1_000...scale, using: &generator) }
      var sketch = Sketch()
      for value in values { sketch.add(value) }
      let sorted = values.sorted()
      for q in [0.01, 0.5, 0.95, 1] {
        let exact = Double(sorted[max(0, Int((q * Double(sorted.count)).rounded(.up)) - 1)])
        let found = try #require(Survival(ended: sketch).quantile(q))
        #expect(abs(found - exact) <= exact * (Sketch.error + 1e-9))
      }
    }
  }

  private func pow10(_ n: Int) -> Int64 { (0..<n).reduce(1) { product, _ in product * 10 } }

  @Test func partsAddUpAndAreTakenAwayInAnyOrder() {
    var generator = SplitMix64(seed: 3)
    let values = (0..<300).map { _ in Int64.random(in: 0...90_000_000_000, using: &generator) }
    var whole = Sketch()
    for value in values { whole.add(value) }
    var (left, right) = (Sketch(), Sketch())
    for (place, value) in values.shuffled(using: &generator).enumerated() { if place < 100 { left.add(value) } else { right.add(value) } }
    var merged = right
    merged.merge(left)
    #expect(merged == whole)
    merged.merge(right, times: -1)
    #expect(merged == left)
    merged.merge(left, times: -1)
    #expect(merged.isEmpty && merged == Sketch())
  }

  @Test func whatIsOutOfRangeLiesAtTheEnds() {
    #expect(Sketch.bucket(-5) == 0 && Sketch.bucket(1_000) == 0 && Sketch.bucket(1_001) == 1)
    #expect(Sketch.bucket(.max) == Sketch.edges.count - 1)
    // A year is within range.
    let year: Int64 = 365 * 86_400_000_000
    #expect(abs(Sketch.value(Sketch.bucket(year)) - Double(year)) <= Double(year) * 0.0101)
  }

  /// Kaplan and Meier by hand: ends at 1, 2, 4 s, open at 2 and 3 s. S(1) = 4/5, S(2) = 4/5 · 3/4 = 0.6, S(4) = 0.
  @Test func openOnesCountAsAtLeastSoLong() throws {
    let second: Int64 = 1_000_000
    var (ended, open) = (Sketch(), Sketch())
    for value in [1, 2, 4] as [Int64] { ended.add(value * second) }
    for value in [2, 3] as [Int64] { open.add(value * second) }
    let survival = Survival(ended: ended, open: open)
    func near(_ q: Double, _ seconds: Double) throws { #expect(abs(try #require(survival.quantile(q)) / 1e6 - seconds) <= seconds * 0.0101) }
    try near(0.2, 1)
    try near(0.4, 2)
    try near(0.5, 4)
    // Left out, the open ones would make the median two seconds.
    #expect(abs((Survival(ended: ended).quantile(0.5) ?? 0) / 1e6 - 2) < 0.03)
    open.add(9 * second)
    #expect(Survival(ended: ended, open: open).quantile(0.95) == nil)
  }

  @Test func aBoundIsSaidOnlyWhereThereAreEnough() {
    var sketch = Sketch()
    for value in 1...58 { sketch.add(Int64(value) * 1_000_000) }
    #expect(Survival(ended: sketch).upperBound(0.95) == nil)
    sketch.add(59_000_000)
    #expect(abs((Survival(ended: sketch).upperBound(0.95) ?? 0) - 59e6) < 0.6e6)
    // One that is open may last for ever.
    var open = Sketch()
    open.add(1_000)
    #expect(Survival(ended: sketch, open: open).upperBound(0.95) == nil)
  }
}
