import JSON
import Ledger
import Storage
import Testing
import Wire

@testable import countersign_audit

/// What intake is told of an ended case, and no more.
@Suite struct EndedCaseTests {
  private static func body(_ body: some Body) -> String {
    var writer = JSONWriter()
    body.write(&writer)
    return String(decoding: writer.finish(), as: UTF8.self)
  }

  private static func judged(_ person: String, _ result: DecisionJudged.Result) -> String {
    body(DecisionJudged(result: result, decision: "d-\(person)", code: "", reason: "", token: nil, person: "demo \(person)", release: nil))
  }

  /// The records of a case as audit reads them back.
  private static func hops(admitted: String = #"{"item":"a-1"}"#, judged: [String], hasEnded: Bool = true) throws -> [Hop] {
    let ledger = try TestLedger(), id = Records.caseID(1)
    var records = Records()
    var messages = [records.make(.cases, type: CaseAdmitted.type, subject: id, body: admitted)]
    for body in judged { messages.append(records.make(.reviewsRequested, type: DecisionJudged.type, subject: id, body: body)) }
    if hasEnded { messages.append(records.make(.outcomes, type: CaseEnded.type, subject: id, facts: [(.outcome, "rejected")])) }
    try ledger.absorb(messages)
    return try ledger.store.read { transaction in
      try LedgerReader(ledger.paths).hops((0..<Int64(messages.count)).map { $0 }, try #require(try Extent(transaction)), transaction)
    }
  }

  @Test func everybodyWhoseDecisionCountedIsNamedOnce() throws {
    let ended = try EndedCase(
      Self.hops(judged: [
        Self.judged("P-ada", .refused), Self.judged("P-ben", .complete), Self.judged("P-ben", .undone), Self.judged("P-lena", .counted),
        Self.judged("P-ben", .complete),
      ]))
    #expect(ended.deciders == ["demo P-ben", "demo P-lena"] && ended.outcome == "rejected" && ended.admitted["item"] == "a-1")
  }

  @Test func whatHasNotEndedIsNotTold() throws {
    let hops = try Self.hops(judged: [Self.judged("P-ben", .complete)], hasEnded: false)
    #expect(throws: EndedCase.Missing.open) { try EndedCase(hops) }
  }

  @Test func aDecisionThatCannotBeReadHidesNobody() throws {
    let hops = try Self.hops(judged: [Self.judged("P-ben", .complete), "{}"])
    #expect(throws: EndedCase.Missing.content) { try EndedCase(hops) }
  }

  @Test func withoutItsContentThereIsNoCaseToTakeUp() throws {
    let ledger = try TestLedger(), id = Records.caseID(1)
    var records = Records()
    let messages = [
      records.make(.cases, type: CaseAdmitted.type, subject: id, body: nil), records.make(.outcomes, type: CaseEnded.type, subject: id, facts: [(.outcome, "executed")]),
    ]
    try ledger.absorb(messages)
    let hops = try ledger.store.read { transaction in
      try LedgerReader(ledger.paths).hops([0, 1], try #require(try Extent(transaction)), transaction)
    }
    #expect(throws: EndedCase.Missing.content) { try EndedCase(hops) }
  }
}
