import Domain
import Testing

@Suite struct RungReachedTests {
  /// Due at 300 s and written at 390: what it tells, in seconds, and whether that hides anything.
  @Test(arguments: [
    (late: 90, fired: 390, isHidden: false), (0, 390, true), (0, 300, true), (90, 300, true), (45, 390, true), (120, 390, false), (90, nil, false), (0, nil, true),
  ] as [(late: Int64, fired: Int64?, isHidden: Bool)])
  func aLateRungMustSayThatItWas(late: Int64, fired: Int64?, isHidden: Bool) {
    let second: Int64 = 1_000_000
    #expect(RungReached(due: 300 * second, late: late * second, fired: fired.map { $0 * second }, written: 390 * second).isHidden == isHidden)
  }

  /// Up to a second may lie between the step and its record.
  @Test func aSecondIsNotHidden() {
    for (after, isHidden) in [(0, false), (1_000_000, false), (1_000_001, true), (-5_000_000, false)] as [(Int64, Bool)] {
      #expect(RungReached(due: 300_000_000, late: 0, fired: nil, written: 300_000_000 + after).isHidden == isHidden, "\(after)")
    }
  }
}
