import Testing

@testable import Statistics

/// By hand.
@Suite struct ErrorBudgetTests {
  private func near(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) < 1e-9 } ?? false }

  @Test func aBudgetIsSpentAsAMultipleOfWhatItAllows() {
    let budget = ErrorBudget(promised: 0.95)
    // 30 of 100 late where 5 may be: six times as fast.
    #expect(near(budget.burn(Proportion(30, of: 100)), 6))
    #expect(near(budget.left(Proportion(1, of: 100)), 0.8))
    #expect(near(budget.left(Proportion(10, of: 100)), -1))
    #expect(budget.burn(Proportion(0, of: 0)) == nil && budget.left(Proportion(0, of: 0)) == nil)
  }

  @Test func whereNothingMayBeBadOneIsTooMuch() {
    let budget = ErrorBudget(promised: 1)
    #expect(budget.burn(Proportion(0, of: 50)) == 0 && budget.left(Proportion(0, of: 50)) == 1)
    #expect(budget.burn(Proportion(1, of: 50)) == .infinity && budget.left(Proportion(1, of: 50)) == -1)
    #expect(budget.isBurning(long: Proportion(1, of: 50), short: Proportion(1, of: 5), pace: 6))
  }

  @Test func anAlarmNeedsBothWindowsAndEnoughOfThem() {
    let budget = ErrorBudget(promised: 0.95)
    #expect(budget.isBurning(long: Proportion(30, of: 60), short: Proportion(3, of: 6), pace: 6))
    #expect(!budget.isBurning(long: Proportion(30, of: 60), short: Proportion(0, of: 6), pace: 6), "it is over")
    #expect(!budget.isBurning(long: Proportion(30, of: 60), short: Proportion(0, of: 0), pace: 6), "nothing comes any more")
    #expect(!budget.isBurning(long: Proportion(9, of: 9), short: Proportion(9, of: 9), pace: 6), "nine are too few")
    // 2 of 10: a share of 20 %, whose interval begins at 5.7 % (Wilson); 1 of 10 begins at 1.8 %.
    #expect(budget.isOverspent(Proportion(2, of: 10)) && !budget.isOverspent(Proportion(1, of: 10)))
  }

  /// Where half may be late nothing burns six times as fast: the alarm comes at nine tenths of the most there can be.
  @Test func aPaceFitsItsBudget() {
    #expect(near(ErrorBudget(promised: 0.5).pace(6), 1.8))
    #expect(ErrorBudget(promised: 0.95).pace(6) == 6 && ErrorBudget(promised: 0.9).pace(6) == 6)
  }
}
