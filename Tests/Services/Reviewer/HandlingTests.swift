import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// What people do with a task beside deciding it.
@Suite struct HandlingTests {
  private func note(_ person: Person, code: String = "", words: String = "", to: String = "", minutes: Int64 = 60, key: String = "n") throws -> Note {
    let body: JSON = ["code": .string(code), "words": .string(words), "to": .string(to), "minutes": .integer(minutes)]
    return try Note(body, caseID: DeskFixture.caseID, person: person.full, idempotency: key)
  }

  private func opened(_ request: ReviewRequested = DeskFixture.request()) throws -> DeskStep {
    let desk = try DeskStep()
    try desk.ask(request)
    return desk
  }

  @Test func aCommentIsHeardOnceAndStaysOverVersions() throws {
    let desk = try opened()
    let note = try note(DeskFixture.ada, words: "The supplier called.")
    #expect(try desk.command(DeskFixture.ada, .comment(note)).status == 200)
    #expect(try desk.command(DeskFixture.ada, .comment(note)).status == 200)
    #expect(desk.records.events(.commented).count == 1)
    try desk.ask(DeskFixture.request(version: 2))
    let told = desk.task?.story.filter { $0["what"] == "comment" } ?? []
    #expect(told.map { $0["text"]?.string } == ["The supplier called."] && told.first?["who"] == "P-ada")
    #expect(try desk.command(DeskFixture.ada, .comment(self.note(DeskFixture.ada, key: "empty"))).body["code"] == "words.missing")
  }

  @Test func aHoldFreesTheTaskKeepsTheNameAndLeavesTheLadderAlone() throws {
    let desk = try opened()
    _ = try desk.command(DeskFixture.ada, .claim)
    #expect(try desk.command(DeskFixture.ben, .hold(note(DeskFixture.ben, code: "interrupted"))).body["code"] == "task.claimed")
    #expect(try desk.command(DeskFixture.ada, .hold(note(DeskFixture.ada, code: "nonsense"))).body["code"] == "code.unknown")
    #expect(try desk.command(DeskFixture.ada, .hold(note(DeskFixture.ada, code: "other"))).body["code"] == "words.missing")
    _ = try desk.command(DeskFixture.ada, .hold(note(DeskFixture.ada, code: "waiting_for_answer", minutes: 30)))
    #expect(desk.task?.claim == nil && desk.task?.hold == .init(person: "P-ada", until: desk.now.adding(seconds: 1_800)))
    let said = try desk.wait(1_800)
    #expect(said.events(.advanced).map { $0.body["tier"]?.integer } == [2, 3])
    #expect(said.events(.resumed).count == 1 && desk.task?.hold == nil)
  }

  @Test func aHeldTaskMayBeTakenByAnother() throws {
    let desk = try opened()
    _ = try desk.command(DeskFixture.ada, .hold(note(DeskFixture.ada, code: "interrupted")))
    #expect(try desk.command(DeskFixture.ben, .claim).status == 200)
    #expect(desk.task?.hold == nil && desk.task?.claim?.person == "P-ben")
  }

  @Test func aTaskIsHandedToSomebodyWhoMayDecideIt() throws {
    let desk = try opened(DeskFixture.request(requester: "P-both"))
    let to = { try note(DeskFixture.ada, words: "You know them.", to: $0) }
    #expect(try desk.command(DeskFixture.ada, .handOver(to("P-ben"))).body["code"] == "task.not_held")
    _ = try desk.command(DeskFixture.ada, .claim)
    for wrong in ["P-stranger", "P-both", "P-ada-2", "P-ada", "P-nobody", ""] {
      let refused = try desk.command(DeskFixture.ada, .handOver(to(wrong)))
      #expect(refused.body["code"] == "person.cannot", "\(wrong)")
      #expect(refused.body["people"]?.array?.contains("P-ben") == true)
    }
    #expect(try desk.command(DeskFixture.ada, .handOver(to("P-ben"))).status == 200)
    #expect(desk.task?.claim?.person == "P-ben" && desk.task?.fence == 2)
    #expect(try desk.decide(DeskFixture.ada, fence: 1).body["code"] == "task.claimed")
    #expect(try desk.decide(DeskFixture.ben, fence: 2).status == 202)
  }

  @Test func whoeverIsAskedForHelpMayLookAndSpeakAndNoMore() throws {
    let desk = try opened(DeskFixture.request(requester: "P-both"))
    _ = try desk.command(DeskFixture.ada, .claim)
    #expect(try desk.command(DeskFixture.ada, .help(note(DeskFixture.ada, words: "?", to: "P-both"))).body["code"] == "person.cannot")
    #expect(try desk.command(DeskFixture.ada, .help(note(DeskFixture.ada, to: "P-stranger"))).body["code"] == "words.missing")
    _ = try desk.command(DeskFixture.ada, .help(note(DeskFixture.ada, words: "Is this usual?", to: "P-stranger")))
    #expect(desk.task?.claim?.person == "P-ada")
    #expect(try desk.command(DeskFixture.stranger, .view).status == 200)
    #expect(try desk.command(DeskFixture.stranger, .comment(note(DeskFixture.stranger, words: "It is."))).status == 200)
    #expect(try desk.command(DeskFixture.stranger, .claim).body["code"] == "task.forbidden")
    #expect(try desk.decide(DeskFixture.stranger).body["code"] == "task.forbidden")
  }

  @Test func aSkippedTaskGoesToOthersFirst() throws {
    let desk = try opened()
    _ = try desk.command(DeskFixture.ada, .claim)
    #expect(try desk.command(DeskFixture.ada, .skip(note(DeskFixture.ada, code: "not_my_field"))).body["offered_to_others"] == true)
    #expect(desk.task?.claim == nil && desk.task?.skipped == ["P-ada"])
    // A claim on purpose is still possible.
    #expect(try desk.command(DeskFixture.ada, .claim).status == 200)
  }

  @Test func whereNobodyElseIsLeftASkippedTaskComesBackToAll() throws {
    let people = People([DeskFixture.ada, DeskFixture.ben])
    let desk = try DeskStep(DeskFixture.decider(people: people))
    try desk.ask(DeskFixture.request())
    _ = try desk.command(DeskFixture.ada, .skip(note(DeskFixture.ada, code: "no_time")))
    #expect(desk.task?.skipped == ["P-ada"])
    #expect(try desk.command(DeskFixture.ben, .skip(note(DeskFixture.ben, code: "no_time"))).body["offered_to_others"] == false)
    #expect(desk.task?.skipped == [])
  }

  @Test func afterThreeEndedLeasesTheTaskMovesUpAtOnce() throws {
    let ladder: JSON = [
      ["after_seconds": 0, "group": "agents", "channel": "none"], ["after_seconds": 90_000, "group": "leads", "channel": "slack"],
    ]
    let desk = try opened(DeskFixture.request(ladder: ladder))
    for round in 1...3 {
      _ = try desk.command(round % 2 == 0 ? DeskFixture.ben : DeskFixture.ada, .claim)
      try desk.wait(601)
      #expect(desk.task?.tier == (round == 3 ? 2 : 1))
    }
    let climbed = try #require(desk.records.events(.advanced).last)
    #expect(climbed.body["why"] == "stalled" && climbed.body["group"] == "leads" && desk.task?.endedLeases == 0)
    #expect(desk.records.events(.raised).count == 1)
  }

  @Test func aDecisionThatComesTooLateIsKeptAsAnOpinionAndChangesNothing() throws {
    let desk = try opened()
    #expect(try desk.decide(DeskFixture.ada).status == 202)
    let before = desk.task?.settling
    for _ in 1...2 { #expect(try desk.decide(DeskFixture.ben, .reject, idempotency: "late").body["code"] == "task.decided") }
    let opinions = desk.records.events(.opinion)
    #expect(opinions.map(\.person) == ["P-ben"] && opinions.first?.body["verb"] == "reject")
    #expect(desk.task?.settling == before && desk.task?.given.count == 1 && desk.records.decisions.count == 1)
  }

  @Test func aDecisionAfterTheLeaseSaysSo() throws {
    let desk = try opened()
    _ = try desk.command(DeskFixture.ada, .claim)
    try desk.wait(700)
    #expect(try desk.decide(DeskFixture.ada, fence: 1).status == 202)
    #expect(desk.records.events(.decided).last?.body["late_lease"] == true)
  }

  @Test func notesOfAnOddShapeAreRefused() throws {
    for body: JSON in [["minutes": 0], ["minutes": 241], ["words": .string(String(repeating: "x", count: 2_001))], []] {
      #expect(throws: WireError.self) { try Note(body, caseID: "c", person: "p", idempotency: "") }
    }
  }
}
