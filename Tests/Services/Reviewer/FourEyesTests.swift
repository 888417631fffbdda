import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// Who may decide together with whom.
@Suite struct FourEyesTests {
  @Test func theRequesterTakesNoPart() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(requester: "P-ada"))
    for command: Command in [.view, .claim, .undo] {
      #expect(try desk.command(DeskFixture.ada, command).body["code"] == "four_eyes.requester")
    }
    #expect(try desk.decide(DeskFixture.ada).status == 403)
    // Nor under another account of the same human being.
    #expect(try desk.command(DeskFixture.again, .claim).body["code"] == "four_eyes.requester")
    #expect(try desk.decide(DeskFixture.ben).status == 202)
  }

  /// Whoever decided about the proposal before takes no part in its adjudication, under either account.
  @Test func whoeverIsBarredTakesNoPart() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(barred: ["countersign.demo P-ada"]))
    for command: Command in [.view, .claim, .undo] {
      #expect(try desk.command(DeskFixture.ada, command).body["code"] == "four_eyes.barred")
    }
    #expect(try desk.decide(DeskFixture.again).body["code"] == "four_eyes.barred")
    #expect(try desk.decide(DeskFixture.ben).status == 202)
  }

  @Test func aTaskOfTwoStaysOpenForTheOther() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    #expect(try desk.decide(DeskFixture.ada).body["complete"] == false)
    #expect(desk.task?.settling == nil)
    #expect(Standing(try #require(desk.task)).places.map(\.person) == ["P-ada", nil])
    #expect(try desk.decide(DeskFixture.ada, idempotency: "2").body["code"] == "four_eyes.same")
    #expect(try desk.command(DeskFixture.ada, .claim).body["code"] == "four_eyes.same")
    #expect(try desk.decide(DeskFixture.again).body["code"] == "four_eyes.same")
    #expect(try desk.decide(DeskFixture.ben).body["complete"] == false)
    #expect(try desk.decide(DeskFixture.lead).body["complete"] == true)
    #expect(desk.records.decisions.count == 3)
  }

  @Test func onePersonFillsOnePlace() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    #expect(try desk.decide(DeskFixture.both).body["complete"] == false)
    #expect(try desk.decide(DeskFixture.ada).body["complete"] == true)
  }

  @Test func theDutyOfficerMayFillAnyPlace() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    _ = try desk.decide(DeskFixture.ada)
    #expect(try desk.decide(DeskFixture.duty).body["complete"] == true)
  }

  @Test func anEditorDoesNotApproveTheEditAlone() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(version: 2, quorum: DeskFixture.two, editors: ["countersign.demo P-ada"]))
    #expect(try desk.decide(DeskFixture.ada).body["code"] == "four_eyes.editor")
    #expect(try desk.command(DeskFixture.ada, .claim).body["code"] == "four_eyes.editor", "nor keeps others from it")
    #expect(try desk.decide(DeskFixture.ada, .reject, code: "wrong_answer").status == 202)
  }

  @Test func oneRejectionOrEscalationSuffices() throws {
    for verb in [Approval.Verb.reject, .escalate] {
      let desk = try DeskStep()
      try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
      #expect(try desk.decide(DeskFixture.lead, verb, code: "other").body["complete"] == true)
    }
  }

  @Test func aBlockedCaseIsConfirmedByOne() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(route: "block", quorum: DeskFixture.two))
    #expect(try desk.decide(DeskFixture.lead, code: "confirmed_block").body["complete"] == true)
  }

  @Test func whatNobodyCanReadIsMetByNobody() throws {
    for quorum: JSON in [.null, ["of": 1], ["group": "agents"], ["of": 1, "branches": [["of": 1]]]] {
      let desk = try DeskStep()
      try desk.ask(DeskFixture.request(quorum: quorum))
      #expect(try desk.decide(DeskFixture.duty).body["complete"] == false)
    }
  }
}
