import Testing

@testable import Lanes

/// The table of the design, "Numbers", written out by hand.
@Suite struct NumbersTests {
  @Test(arguments: [
    (8, 5, Mark.Verdict.zombie), (9, 5, .next), (10, 5, .next),
    (8, 4, .duplicate), (9, 4, .duplicate), (10, 4, .regressed),
    (8, 1, .duplicate), (9, 1, .duplicate), (10, 1, .regressed),
    (8, 6, .zombie), (9, 6, .gap), (10, 6, .gap),
  ] as [(Int64, Int64, Mark.Verdict)])
  func verdicts(epoch: Int64, number: Int64, verdict: Mark.Verdict) {
    #expect(Mark(epoch: 9, number: 4).verdict(epoch: epoch, number: number) == verdict)
  }
}
