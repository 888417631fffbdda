import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// While whoever asked has the word the ladder stands still and nobody is paged; then it goes on where it stood.
@Suite struct QuestionDeskTests {
  private func request(
    version: Int64 = 1, action: JSON = DeskFixture.action(), answer: (question: String, words: String)? = nil
  ) throws -> JSON {
    var object = try #require(DeskFixture.json(DeskFixture.request(version: version, action: action)).object)
    object["origin"] = ["source": "erp", "item": "I-1"]
    if let answer {
      object["answers"] = [
        ["question": .string(answer.question), "words": "Which?", "asked": 1, "answer": .string(answer.words), "source": "erp", "answered": 2]
      ]
    }
    return .object(object)
  }

  private func note(_ words: String, _ key: String = "k") throws -> Note {
    try Note(["words": .string(words)], caseID: DeskFixture.caseID, person: DeskFixture.ada.full, idempotency: key)
  }

  private func opened() throws -> DeskStep {
    let desk = try DeskStep()
    try desk.act(.requested(DeskFixture.caseID, request()))
    return desk
  }

  private func question(_ desk: DeskStep) throws -> QuestionAsked {
    let asked = desk.records.compactMap { if case .question(_, let body, _) = $0 { body } else { nil } }
    return try #require(asked.last)
  }

  @Test func itIsAskedOnceAndTheTaskWaits() throws {
    let desk = try opened()
    _ = try desk.command(DeskFixture.ada, .claim)
    #expect(try desk.command(DeskFixture.ben, .ask(note("Why?"))).body["code"] == "task.claimed")
    let answer = try desk.command(DeskFixture.ada, .ask(note("Which order?")))
    #expect(answer.status == 202 && answer.body["answer_by"]?.string == desk.now.adding(seconds: 86_400).description)
    let asked = try question(desk)
    #expect(asked.words == "Which order?" && asked.by == DeskFixture.ada.full && asked.version == 1 && asked.question.utf8.count == 32)
    #expect(try desk.command(DeskFixture.ada, .ask(note("Which order?"))).body["question"]?.string == asked.question)
    #expect(desk.records.filter { if case .question = $0 { true } else { false } }.count == 1)
    #expect(desk.task?.claim == nil && desk.task?.nextRung == nil)
    let file = try desk.command(DeskFixture.ben, .view).body
    #expect(file["state"] == "asked" && file["question"]?["words"] == "Which order?" && file["next_rung_at"] == nil && file["may_ask"] == false)
    #expect(try desk.command(DeskFixture.ben, .ask(note("And?", "other"))).body["code"] == "question.open")
    #expect(try desk.wait(86_000).isEmpty, "nothing happens meanwhile")
  }

  @Test func theAnswerIsInTheCaseFileAndTheLadderGoesOnWhereItStood() throws {
    let desk = try opened()
    try desk.wait(600)
    _ = try desk.command(DeskFixture.ada, .ask(note("Which order?")))
    let view = desk.task?.view
    try desk.wait(7_200)
    try desk.act(.requested(DeskFixture.caseID, request(version: 2, answer: (question(desk).question, "Number 7"))))
    #expect(desk.task?.question == nil && desk.task?.view != view && desk.task?.changed == ["answers"])
    // Ten of fifteen minutes had gone.
    #expect(desk.task?.nextRung == desk.now.adding(seconds: 300))
    #expect(try desk.wait(299).events(.advanced).isEmpty)
    #expect(try desk.wait(1).events(.advanced).first?["late_by"]?.double == 0)
    #expect(try desk.wait(900).events(.advanced).map { $0["tier"] } == [3])
    #expect(desk.task?.story.contains { $0["what"] == "answered" && $0["text"] == "Number 7" } == true)
  }

  @Test func anApprovalOfWhatWasThereBeforeTheAnswerIsRefused() throws {
    let desk = try opened()
    let old = try #require(desk.task?.view)
    _ = try desk.command(DeskFixture.ada, .ask(note("Which order?")))
    try desk.act(.requested(DeskFixture.caseID, request(version: 2, answer: (question(desk).question, "Number 7"))))
    #expect(try desk.decide(DeskFixture.ben, version: 2, view: old).body["code"] == "task.changed")
    #expect(try desk.decide(DeskFixture.ben).status == 202)
  }

  @Test func whoeverWasPagedIsToldThatNobodyIsNeededNow() throws {
    let desk = try opened()
    try desk.wait(900)
    let said = try desk.act(.command(DeskFixture.caseID, DeskFixture.ada, .ask(note("Which order?")))).said
    #expect(said.events(.resolved).first?["reason"] == "question.asked" && desk.task?.isPaged == false)
    #expect(try desk.wait(80_000).events(.raised).isEmpty)
  }

  @Test func pagesAfterTheLastRungStandStillToo() throws {
    let desk = try opened()
    try desk.wait(1_800 + 600)
    _ = try desk.command(DeskFixture.ada, .ask(note("Which order?")))
    try desk.wait(36_000)
    try desk.act(.requested(DeskFixture.caseID, request(version: 2, answer: (question(desk).question, "Number 7"))))
    #expect(desk.task?.tier == 3 && desk.task?.nextRung == desk.now.adding(seconds: 1_200))
  }

  @Test func whoeverKnowsEnoughMayDecideAllTheSame() throws {
    let desk = try opened()
    _ = try desk.command(DeskFixture.ada, .ask(note("Which order?")))
    #expect(try desk.decide(DeskFixture.ben, .reject).status == 202)
  }

  @Test func anAnswerTakesBackAnEditThatPolicyHadTaken() throws {
    let desk = try opened()
    _ = try desk.command(DeskFixture.ada, .ask(note("Which order?")))
    let edited = DeskFixture.action(5)
    #expect(try desk.decide(DeskFixture.ben, .edit, action: edited).status == 202)
    try desk.act(.requested(DeskFixture.caseID, request(version: 2, action: edited)))
    #expect(desk.task?.settling != nil && desk.task?.question != nil, "edit and approval are one act")
    try desk.act(.requested(DeskFixture.caseID, request(version: 3, action: edited, answer: (question(desk).question, "Number 7"))))
    #expect(desk.task?.settling == nil && desk.task?.question == nil)
    #expect(try desk.decide(DeskFixture.ben, idempotency: "anew").status == 202)
  }

  @Test func whatPolicyDoesNotPassOnIsOver() throws {
    let desk = try opened()
    try desk.wait(600)
    _ = try desk.command(DeskFixture.ada, .ask(note("Which order?")))
    try desk.wait(5)
    let refused = DecisionJudged(result: .refused, decision: try question(desk).question, code: "question.late", reason: "too late", token: nil, person: nil, release: nil)
    try desk.act(.judged(DeskFixture.caseID, refused))
    #expect(desk.task?.question == nil && desk.task?.questions == 0 && desk.task?.nextRung == desk.now.adding(seconds: 300))
    #expect(desk.task?.story.last?["what"] == "unasked")
  }

  @Test func whereSilenceIsPolicysTheLadderGoesOn() throws {
    let desk = try opened()
    _ = try desk.command(DeskFixture.ada, .ask(note("Which order?")))
    let said = try desk.wait(86_400 + 300)
    #expect(said.events(.questionEnded).first?["why"] == "policy.silent")
    #expect(desk.task?.nextRung == desk.now.adding(seconds: 900))
    #expect(try desk.command(DeskFixture.ada, .ask(note("Which?", "second"))).status == 202)
    try desk.wait(86_400 + 300)
    #expect(try desk.command(DeskFixture.ada, .ask(note("Which?", "third"))).body["code"] == "question.enough")
  }

  @Test func thereMustBeSomebodyToAsk() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    #expect(try desk.command(DeskFixture.ada, .ask(note("Why?"))).body["code"] == "question.nobody")
    #expect(try desk.command(DeskFixture.ada, .ask(note(""))).body["code"] == "words.missing")
  }

  /// What is left of a box of working time is still to come in working time.
  @Test func aPauseOverNightLeavesWorkingTimeAsItWas() throws {
    let file = SchedulesFile("calendars: {office: {zone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}}}", people: DeskFixture.people)
    func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }
    let rungs = [
      Rung(due: try at("2026-11-24T15:30:00Z"), group: "a", channel: "none", owner: nil),
      Rung(due: try at("2026-11-24T15:45:00Z"), group: "b", channel: "none", owner: nil, calendar: "office"),
      Rung(due: try at("2026-11-25T08:15:00Z"), group: "c", channel: "none", owner: nil, calendar: "office"),
    ]
    // Asked five minutes before the second rung, answered at six in the evening in Berlin.
    let moved = Rung.resumed(rungs, tier: 1, since: try at("2026-11-24T15:40:00Z"), at: try at("2026-11-24T17:00:00Z"), file.schedules)
    #expect(moved.map(\.due.description) == ["2026-11-24T15:30:00.000000Z", "2026-11-25T08:05:00.000000Z", "2026-11-25T08:35:00.000000Z"])
  }
}
