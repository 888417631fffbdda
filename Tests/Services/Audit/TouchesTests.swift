import Storage
import Testing
import Wire

@testable import countersign_audit

@Suite struct TouchesTests {
  @Test func whoSawAndDecidedWhatIsFoundByThePerson() throws {
    let ledger = try TestLedger()
    var records = Records()
    var unseen = Records.Course()
    unseen.isSeen = false
    var alone = Records.Course()
    alone.isReviewed = false
    for (place, course) in [Records.Course(), unseen, alone].enumerated() { try ledger.absorb(records.history(place + 1, course)) }
    let (touched, views) = try ledger.store.read { transaction in
      (
        try transaction.query("SELECT person, case_id FROM touched ORDER BY case_id", []),
        try transaction.query("SELECT person, at, case_id FROM views ORDER BY at", [])
      )
    }
    #expect(touched == [1, 2].map { [.text("demo ana"), .text(Records.caseID($0))] })
    let seen = try #require(try ledger.caseRow(Records.caseID(1))?.measures.seen["demo ana"])
    #expect(views == [[.text("demo ana"), .integer(seen), .text(Records.caseID(1))]])
  }

  @Test func effectsAreFoundByTheirBundle() throws {
    let ledger = try TestLedger()
    var records = Records()
    var rejected = Records.Course()
    rejected.end = .rejected
    for (place, course) in [Records.Course(), rejected, Records.Course()].enumerated() { try ledger.absorb(records.history(place + 1, course)) }
    let found = try ledger.store.read { try CaseFilter(labels: ["effect=b1"]).rows($0).map(\.id) }
    #expect(found == [3, 1].map { Records.caseID($0) })
  }

  @Test func everyQuestionSaysWhatItNeeds() {
    for question in Question.allCases {
      #expect(!question.text.isEmpty && question.parameters.allSatisfy { !$0.text.isEmpty })
    }
  }
}
