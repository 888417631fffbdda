import Bundles
import Domain
import JSON
import Lanes
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

/// What keeps each week of a rollout open, and what ends it.
@Suite struct RolloutTests {
  private static func promise(_ change: (inout Rollout.Declared) -> Void = { _ in }) -> Promise {
    var declared = Rollout.Declared()
    (declared.rules, declared.rungs, declared.calls, declared.isAutomatic, declared.drawn) = (4, 3, true, true, 0.08)
    change(&declared)
    return Promise(
      workflow: "reply-draft", template: .sampled, owner: "support-lead", bundle: "b1",
      objectives: Objectives(latencyShare: 0.95, latencySeconds: 600, auditCompleteness: 0.99, shownFirst: .latency), declared: declared)
  }
  private static let tested = (code: "stream.gap", at: Records.start)

  private func rollout(
    _ ledger: TestLedger, _ promise: Promise = RolloutTests.promise(), test: (code: String, at: Instant)? = RolloutTests.tested, isSigned: Bool = true
  ) throws -> Rollout {
    try ledger.store.read { try Rollout(promise, test: test, checkpoint: ("2026-11-23", isSigned), $0) }
  }

  /// Cases that a person decided and two others judged: what was wrong was rejected, but for the last `missed`.
  private func judged(_ count: Int, missed: Int = 0, _ ledger: TestLedger, _ records: inout Records) throws {
    for number in 1...count {
      var course = Records.Course()
      (course.draw, course.share, course.isWrong) = ("hold 0.080", "1", number % 2 == 0)
      course.end = number % 2 == 0 && number <= count - 2 * missed ? .rejected : .executed
      try ledger.absorb(records.history(number, course))
    }
  }

  @Test func whenEverythingIsReachedItMayGoLive() throws {
    let ledger = try TestLedger()
    var records = Records()
    try judged(16, ledger, &records)
    let found = try rollout(ledger)
    #expect(found.openWeek == nil, "\(found.json.text)")
    #expect(found.json["live"]?.bool == true && found.weeks.count == 4)
    #expect(found.weeks[2].criteria.map(\.words) == ["demo ana: 16 of 16 decisions were right, surely 80.6 %"])
  }

  @Test func anEmptyRecordOpensTheSecondWeek() throws {
    let ledger = try TestLedger()
    try ledger.absorb([])
    let found = try rollout(ledger, test: nil, isSigned: false)
    #expect(found.openWeek?.number == 2)
    #expect(found.weeks.map(\.isOpen) == [false, true, true, true])
    #expect(found.weeks[1].criteria.map(\.state) == [.unknown, .failed] && found.weeks[2].criteria.map(\.state) == [.unknown])
  }

  @Test func aFolderThatIsNotMeantSoOpensTheFirst() throws {
    let ledger = try TestLedger()
    var records = Records()
    try judged(16, ledger, &records)
    for change: (inout Rollout.Declared) -> Void in [{ $0.remarks = ["policy.yaml:9 a rule that a case can meet"] }, { $0.rungs = 1 }, { $0.calls = false }] {
      #expect(try rollout(ledger, Self.promise(change)).openWeek?.number == 1)
    }
    #expect(try rollout(ledger, Self.promise { $0.drawn = 0.04 }).openWeek?.number == 4)
    #expect(try rollout(ledger, Self.promise { ($0.drawn, $0.isAutomatic) = (0, false) }).openWeek == nil, "where nothing goes alone nothing is drawn")
  }

  @Test func aCanaryWhoseRecordLacksSomethingOpensTheSecond() throws {
    let ledger = try TestLedger()
    var records = Records()
    try judged(16, ledger, &records)
    // Of a newer case than the others: nobody knows which model it was.
    try ledger.absorb(records.history(99, Records.Course(model: "")))
    let found = try rollout(ledger)
    #expect(found.openWeek?.number == 2 && found.weeks[1].criteria[0].words.contains(Records.caseID(99)), "\(found.json.text)")
  }

  @Test(arguments: [(15, 0, Readiness.Criterion.State.unknown), (25, 1, .met), (24, 4, .unknown), (24, 12, .failed)])
  func reviewersMustSurelyBeRight(count: Int, missed: Int, state: Readiness.Criterion.State) throws {
    let ledger = try TestLedger()
    var records = Records()
    try judged(count, missed: missed, ledger, &records)
    #expect(try rollout(ledger).weeks[2].criteria.map(\.state) == [state])
  }

  /// A test of an alert is remembered, and is no alarm.
  @Test func aTestedAlertIsRemembered() throws {
    let world = try AuditWorld()
    let trouble = Trouble(key: AuditState.testPrefix + AlertCode.streamGap.rawValue, code: .streamGap, text: "a test")
    try world.run(turns: 3)
    for _ in 0..<2 {
      for event in [AuditDecider.Event.stands(trouble), .isOver(trouble), .isOver(trouble)] {
        _ = world.mailbox.submit(id: "test-\(event.key)-\(world.clock.wall.microseconds)") { _ in event }
        try world.run(turns: 8)
      }
    }
    let told = try world.published(.alerts).map { try AlertPublished(Fields(of: $0)).state }
    #expect(told == [.standing, .resolved, .standing, .resolved])
    let (test, standing) = try world.ledger.store.read { transaction in
      (try AuditState.lastTest(transaction), try AuditState.standing("body", transaction).compactMap { try AuditState(JSON.parse(try $0[0].blob(), limits: .stored)).alarm })
    }
    #expect(test?.code == "stream.gap" && standing.isEmpty)
  }
}
