import Statistics
import Testing

@testable import countersign_audit

/// A fall and a rise of what people verify are found; chance, and too little, are not.
@Suite struct VerificationShiftTests {
  private static let today: Int64 = 20_000

  /// Two weeks of 50 cases a day of which 20 in 100 are verified, then these.
  private func shift(_ days: [Int64: Proportion], usual: Int = 10) -> VerificationShift {
    var all = days
    for day in 14..<28 as Range<Int64> { all[Self.today - day] = Proportion(usual, of: 50) }
    return VerificationShift("reply-draft", all, today: Self.today)
  }

  @Test(arguments: [(20, nil as String?), (9, nil), (31, nil), (7, "7 %"), (34, "34 %")])
  func oneDayStandsOut(verified: Int, words: String?) {
    // 20 ± 3 · √(0.2 · 0.8 · 100) = 8 to 32.
    let found = shift([Self.today: Proportion(verified, of: 100)])
    #expect((found.because == nil) == (words == nil), "\(found)")
    if let words { #expect(found.because?.hasPrefix(words) == true && found.because?.contains("20 % are usual") == true) }
  }

  @Test func aDriftThatNoDayShowsIsFound() {
    // 4.4 sigma on each day, and 1.4.
    let drift = Dictionary(uniqueKeysWithValues: (0..<14 as Range<Int64>).map { (Self.today - $0, Proportion(144, of: 1_000)) })
    let slow = drift.mapValues { _ in Proportion(182, of: 1_000) }
    #expect(shift(drift).because != nil)
    #expect(shift(slow).because?.contains("verified less") == true, "\(shift(slow))")
    #expect(shift(slow.mapValues { _ in Proportion(218, of: 1_000) }).because?.contains("verified more") == true)
    #expect(shift(slow.mapValues { _ in Proportion(197, of: 1_000) }).because == nil)
  }

  @Test func tooLittleSaysNothing() {
    #expect(shift([Self.today: Proportion(0, of: 29)]).because == nil)
    #expect(VerificationShift("reply-draft", [Self.today: Proportion(0, of: 500)], today: Self.today).because == nil, "nothing is usual yet")
  }

  @Test func whereAllWereVerifiedOneThatWasNotIsNoShift() {
    #expect(shift([Self.today: Proportion(99, of: 100)], usual: 50).because == nil)
    #expect(shift([Self.today: Proportion(80, of: 100)], usual: 50).because != nil)
  }
}
