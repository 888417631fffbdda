import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// What those may do who lead the people that are asked: another right than deciding, and than claiming.
@Suite struct LeadingTests {
  private func note(_ words: String = "", to: String = "", key: String = "n") throws -> Note {
    try Note(["words": .string(words), "to": .string(to)], caseID: DeskFixture.caseID, person: "P-lead", idempotency: key)
  }

  private func opened(_ request: ReviewRequested = DeskFixture.request()) throws -> DeskStep {
    let desk = try DeskStep()
    try desk.ask(request)
    return desk
  }

  @Test func aLeadAssignsAFreeTaskAndNobodyElseDoes() throws {
    let desk = try opened()
    for person in [DeskFixture.ada, DeskFixture.stranger] {
      #expect(try desk.command(person, .assign(note(to: "P-ben"))).body["code"] == "lead.forbidden")
    }
    let answer = try desk.command(DeskFixture.lead, .assign(note(to: "P-ben")))
    #expect(answer.status == 200 && answer.body["to"] == "P-ben")
    #expect(desk.task?.claim?.person == "P-ben" && desk.task?.fence == 1 && desk.records.events(.assigned).first?.person == "P-lead")
    #expect(try desk.command(DeskFixture.ada, .claim).body["code"] == "task.claimed")
    #expect(try desk.decide(DeskFixture.ben, fence: 1).status == 202)
  }

  @Test func toWhoeverMayDecideItAlone() throws {
    let desk = try opened(DeskFixture.request(requester: "P-ada"))
    for wrong in ["P-ada", "P-ada-2", "P-stranger", "P-lead", "P-nobody", ""] {
      let refused = try desk.command(DeskFixture.lead, .assign(note(to: wrong)))
      #expect(refused.body["code"] == "person.cannot" && refused.body["people"]?.array?.contains("P-ben") == true, "\(wrong)")
    }
  }

  @Test func fromAHolderOnlyWithWordsAndTheOldTokenCountsNoMore() throws {
    let desk = try opened()
    _ = try desk.command(DeskFixture.ada, .claim)
    #expect(try desk.command(DeskFixture.lead, .assign(note(to: "P-ben"))).body["code"] == "words.missing")
    #expect(try desk.command(DeskFixture.lead, .assign(note("Ada has gone home", to: "P-ben"))).status == 200)
    #expect(desk.records.events(.assigned).first?["from"] == "P-ada")
    #expect(try desk.decide(DeskFixture.ada, fence: 1).body["code"] == "task.claimed")
    _ = try desk.command(DeskFixture.ben, .release)
    #expect(try desk.decide(DeskFixture.ada, fence: 1).body["code"] == "task.superseded")
    #expect(desk.task?.story.last { $0["what"] == "assigned" }?["to"] == "P-ben")
  }

  @Test func whoAskedForItAssignsNothing() throws {
    let desk = try opened(DeskFixture.request(requester: "P-lead"))
    #expect(try desk.command(DeskFixture.lead, .assign(note(to: "P-ben"))).body["code"] == "four_eyes.requester")
  }

  @Test func aLeadRecallsWhatIsNotReleasedAndTheDeciderReadsWhy() throws {
    let desk = try opened()
    #expect(try desk.command(DeskFixture.lead, .takeBack(note("No"))).body["code"] == "undo.none")
    #expect(try desk.decide(DeskFixture.ada).status == 202)
    #expect(try desk.command(DeskFixture.ben, .takeBack(note("No"))).body["code"] == "lead.forbidden")
    #expect(try desk.command(DeskFixture.lead, .takeBack(note())).body["code"] == "words.missing")
    let answer = try desk.command(DeskFixture.lead, .takeBack(note("The supplier is not theirs")))
    #expect(answer.status == 200 && answer.body["of"] == "P-ada" && desk.task?.settling == nil)
    let told = try #require(desk.records.compactMap { if case .undone(_, let body, _, _) = $0 { body } else { nil } }.first)
    #expect(told.by == "P-lead" && told.decision == answer.body["undone"]?.string)
    #expect(desk.task?.story.last?["text"] == "The supplier is not theirs")
    #expect(try desk.command(DeskFixture.lead, .takeBack(note("The supplier is not theirs"))).status == 200, "the same again is the same")
    #expect(desk.records.events(.undone).count == 1)
    #expect(try desk.decide(DeskFixture.ben, idempotency: "b").status == 202, "somebody decides it anew")
  }

  @Test func afterTheReleaseNothingIsRecalled() throws {
    let desk = try opened()
    #expect(try desk.decide(DeskFixture.ada).status == 202)
    desk.now = desk.now.adding(seconds: 31)
    #expect(try desk.command(DeskFixture.lead, .takeBack(note("Too late"))).body["code"] == "undo.late")
  }

  @Test func thePageOffersALeadTheRecallAndTheDeciderTheUndo() throws {
    let desk = try opened(DeskFixture.request(quorum: DeskFixture.two))
    _ = try desk.decide(DeskFixture.ada)
    #expect(try desk.decide(DeskFixture.both, idempotency: "b").status == 202)
    func html(_ person: Person) throws -> String {
      let view = CaseView(DeskFixture.caseID, try desk.command(person, .view).body, desk.decider.workflows["pay"])
      return TaskPage(view: view, person: person, people: DeskFixture.people, formToken: "t", formKey: "f").html.text
    }
    #expect(try html(DeskFixture.lead).contains("Recall it…") && html(DeskFixture.both).contains("Take it back"))
    #expect(try !html(DeskFixture.ben).contains("Recall it…"))
  }
}
