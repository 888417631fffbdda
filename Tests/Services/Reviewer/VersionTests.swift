import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// A newer case file takes the place of the older one; edits and what is taken back.
@Suite struct VersionTests {
  @Test func aNewVersionEndsClaimsAndVoidsDecisions() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    _ = try desk.decide(DeskFixture.ada)
    _ = try desk.command(DeskFixture.lead, .claim)
    try desk.ask(DeskFixture.request(version: 2, quorum: DeskFixture.two, action: DeskFixture.action(7)))
    #expect(desk.task?.claim == nil && desk.task?.version == 2 && desk.task?.changed == ["action"])
    #expect(try desk.decide(DeskFixture.lead, fence: 1).status == 202)
    #expect(desk.task?.settling == nil, "the approval of the old version counts no more")
    #expect(try desk.decide(DeskFixture.ada, idempotency: "again").body["complete"] == true)
  }

  @Test func approvalsThatTheNewVersionListsStillCount() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    let id = try #require(try desk.decide(DeskFixture.ada).body["decision"])
    try desk.ask(DeskFixture.request(version: 2, quorum: DeskFixture.two, approvals: .array([id])))
    #expect(try desk.decide(DeskFixture.lead).body["complete"] == true)
  }

  @Test func anOldOrRepeatedVersionChangesNothing() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(version: 3))
    #expect(try desk.ask(DeskFixture.request(version: 3, risk: "high")).isEmpty)
    #expect(try desk.ask(DeskFixture.request(version: 2)).isEmpty)
    #expect(desk.task?.risk == "medium")
  }

  @Test func anEditThatCountsAsApprovalIsNotAskedAgain() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let edited = DeskFixture.action(99_000)
    #expect(try desk.decide(DeskFixture.ada, .edit, action: edited).status == 202)
    let made = try #require(desk.records.decisions.first)
    #expect(made.action == edited)
    try desk.ask(DeskFixture.request(version: 2, action: edited))
    #expect(desk.task?.settling?.verb == "edit" && desk.task?.version == 2)
    // Taken back in time, the edited case is open again.
    #expect(try desk.command(DeskFixture.ada, .undo).status == 200)
    #expect(desk.task?.settling == nil)
    #expect(try desk.decide(DeskFixture.ben).body["complete"] == true)
  }

  @Test func anEditThatNeedsAnotherPersonIsOpenForThem() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    let edited = DeskFixture.action(99_000)
    _ = try desk.decide(DeskFixture.ada, .edit, action: edited)
    try desk.ask(DeskFixture.request(version: 2, quorum: DeskFixture.two, action: edited, editors: ["countersign.demo P-ada"]))
    #expect(desk.task?.settling == nil)
    #expect(try desk.decide(DeskFixture.ben, idempotency: "b").status == 202)
  }

  static let misfits: [(action: JSON, pointer: String)] = [
    (DeskFixture.action(-1), "/body/amount/minor"), (DeskFixture.action(note: ""), "/body/note"),
    (DeskFixture.action(target: "/invoices/2"), "/target"), (DeskFixture.action(to: "eve@example.org"), "/body/to"),
    (["type": "pay", "target": "/invoices/1"], ""),
  ]

  @Test(arguments: misfits) func anEditMustFitTheWorkflow(action: JSON, pointer: String) throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(action: DeskFixture.action(to: "tok_email_0123456789012345678901")))
    let answer = try desk.decide(DeskFixture.ada, .edit, action: action)
    #expect(answer.status == 422 && answer.body["code"] == "action.invalid")
    #expect(answer.body["violations"]?.array?.first?["pointer"]?.string == pointer)
    #expect(desk.records.decisions.isEmpty)
  }

  @Test func privateValuesMayStay() throws {
    let desk = try DeskStep()
    let token = "tok_email_0123456789012345678901"
    try desk.ask(DeskFixture.request(action: DeskFixture.action(to: token)))
    #expect(try desk.decide(DeskFixture.ada, .edit, action: DeskFixture.action(5, to: token)).status == 202)
  }

  @Test func aFormThatStartsEmptyIsHeldToItsTemplate() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(action: nil, template: "C"))
    #expect(try desk.decide(DeskFixture.ada, .edit, action: DeskFixture.action(target: "/invoices/9")).status == 422)
    #expect(try desk.decide(DeskFixture.ada, .edit, action: DeskFixture.action()).status == 202)
  }

  @Test func whoeverDecidedTakesBackAlsoWhereTheNewVersionAsksOthers() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let edited = DeskFixture.action(99_000)
    let id = try #require(try desk.decide(DeskFixture.ada, .edit, action: edited).body["decision"]?.string)
    let others: JSON = ["group": "elsewhere", "count": 1]
    try desk.ask(
      DeskFixture.request(
        version: 2, quorum: others, action: edited, ladder: [["after_seconds": 0, "group": "elsewhere", "channel": "none"]]))
    #expect(try desk.command(DeskFixture.ada, .claim).body["code"] == "task.forbidden")
    #expect(try desk.command(DeskFixture.ada, .view).status == 200)
    #expect(try desk.command(DeskFixture.ada, .undo).body["undone"]?.string == id)
  }

  @Test func onlyTheDeciderTakesBackAndOnlyInTime() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let id = try #require(try desk.decide(DeskFixture.ada).body["decision"]?.string)
    #expect(try desk.command(DeskFixture.ben, .undo).body["code"] == "undo.none")
    desk.now = desk.now.adding(seconds: 31)
    #expect(try desk.command(DeskFixture.ada, .undo).body["code"] == "undo.late")
    desk.now = desk.now.adding(seconds: -20)
    #expect(try desk.command(DeskFixture.ada, .undo).body["undone"]?.string == id)
    let undone = desk.records.compactMap { if case .undone(_, let body, _, _) = $0 { body } else { nil } }
    #expect(undone.map(\.decision) == [id] && undone.map(\.by) == ["P-ada"])
    #expect(try desk.decide(DeskFixture.ada, idempotency: "corrected").status == 202)
  }
}
