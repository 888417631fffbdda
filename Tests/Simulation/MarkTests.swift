import Lanes
import Testing

/// The table of verdicts, for every small mark and record.
@Suite("Marks") struct MarkTests {
  @Test("tell each record what it is") func table() {
    for epoch in Int64(1)...4 {
      for number in Int64(0)...4 {
        let mark = Mark(epoch: epoch, number: number)
        for otherEpoch in Int64(1)...5 {
          for next in Int64(1)...7 {
            let expected: Mark.Verdict
            switch (next - number, otherEpoch - epoch) {
            case (1, 0...): expected = .next
            case (1, _): expected = .zombie
            case (...0, ...0): expected = .duplicate
            case (...0, _): expected = .regressed
            case (_, ..<0): expected = .zombie
            default: expected = .gap
            }
            #expect(mark.verdict(epoch: otherEpoch, number: next) == expected, "\(mark) then \(otherEpoch)/\(next)")
          }
        }
      }
    }
  }
}
