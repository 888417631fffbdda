import Bundles
import Domain
import Lanes
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

/// Which budgets are spent, until when at least, and that policy hears of it once.
@Suite struct ExhaustionTests {
  private typealias Course = Records.Course
  private static let promise = Promise(
    workflow: "reply-draft", template: .approval, owner: "support-lead", bundle: "b1",
    objectives: Objectives(latencyShare: 0.95, latencySeconds: 600, auditCompleteness: 0.99, shownFirst: .latency))

  private func states(_ ledger: TestLedger, at now: Instant, _ promises: [Promise] = [promise]) throws -> [BudgetState] {
    try ledger.store.read { try Exhaustion.read(promises, now: now, $0) }
  }

  /// Twenty cases of an hour each where ten minutes are promised: the budget of 28 days is spent until their day has left the window.
  @Test func aBudgetIsSpentUntilItsDaysHaveLeftTheWindow() throws {
    let ledger = try TestLedger()
    var records = Records()
    for number in 1...20 { try ledger.absorb(records.history(number, Course(step: 350))) }
    let now = Records.start.adding(seconds: 7_200)
    let spent = try #require(try states(ledger, at: now).first)
    #expect(spent.exhausted == ["people"] && spent.because == ["100 % of 20 cases were late by people, 5 % may be"])
    let ended = try #require(try ledger.caseRow(Records.caseID(1))?.ended)
    #expect(spent.until == KPIQuestion.date(ended / Contribution.dayLength + 28))
    let after = Instant(microseconds: (ended / Contribution.dayLength + 28) * Contribution.dayLength)
    #expect(try states(ledger, at: after).first?.isReady == true)
    #expect(try states(ledger, at: after.adding(seconds: -1)).first?.isReady == false)
  }

  @Test func tooFewSpendNothing() throws {
    let ledger = try TestLedger()
    var records = Records()
    for number in 1...9 { try ledger.absorb(records.history(number, Course(step: 350))) }
    #expect(try states(ledger, at: Records.start.adding(seconds: 7_200)).allSatisfy(\.isReady))
  }

  /// Cases that are open and late are late whichever days pass: nobody can say until when.
  @Test func openCasesHaveNoDay() throws {
    let ledger = try TestLedger()
    var records = Records()
    for number in 1...12 { try ledger.absorb(records.history(number, Course(end: .open))) }
    let spent = try #require(try states(ledger, at: Records.start.adding(seconds: 7_200)).first)
    #expect(spent.exhausted == ["people"] && spent.until == nil)
  }

  /// Of 155 labelled cases 40 were wrong, and by `KPITests.aKnownTruthGivesItsRates` about 2 % of the errors are caught.
  @Test func errorsThatAreNotCaughtSpendToo() throws {
    let ledger = try TestLedger()
    var records = Records()
    var number = 0
    for (count, end, share, isWrong) in [
      (30, Course.End.rejected, "1", true), (10, .executed, "0.1", true), (5, .rejected, "1", false), (110, .executed, "0.1", false),
    ] {
      for _ in 0..<count {
        var course = Course()
        (course.draw, course.end, course.share, course.isWrong) = ("hold 0.080", end, share, isWrong)
        number += 1
        try ledger.absorb(records.history(number, course))
      }
    }
    var objectives = Self.promise.objectives
    objectives.errorCatchRate = 0.8
    let strict = Promise(workflow: "reply-draft", template: .sampled, owner: "support-lead", bundle: "b1", objectives: objectives)
    let now = Records.start.adding(seconds: 3_600)
    let spent = try #require(try states(ledger, at: now, [strict]).first)
    #expect(spent.exhausted == ["error_catch_rate"] && spent.until == nil && spent.because.first?.hasSuffix("80 % are promised") == true, "\(spent)")
    #expect(try states(ledger, at: now).first?.isReady == true, "nothing is promised of errors")
  }

  @Test func policyHearsOfEachChangeOnce() throws {
    let world = try AuditWorld()
    try world.run(turns: 3)
    func state(_ exhausted: [String], until: String?, _ seconds: Double) -> BudgetState {
      BudgetState(workflow: "reply-draft", exhausted: exhausted, because: exhausted, until: until, at: Records.start.adding(seconds: seconds))
    }
    let told = [
      state([], until: nil, 0), state(["people"], until: "2026-12-20", 60), state(["people"], until: "2026-12-20", 120), state(["people"], until: "2026-12-21", 180),
      state([], until: nil, 240), state([], until: nil, 300),
    ]
    for (number, state) in told.enumerated() {
      _ = world.mailbox.submit(id: "\(number)") { _ in .budgets(state) }
      try world.run(turns: 5)
    }
    try world.run(turns: 5)
    let heard = try world.published(.budgets).map { try BudgetState(Fields(of: $0)) }
    #expect(heard == [told[1], told[3], told[4]])
    #expect(try world.published(.alerts).isEmpty)
  }
}
