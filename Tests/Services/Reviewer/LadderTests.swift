import Identity
import JSON
import Messaging
import Testing
import Wire

@testable import Lanes
@testable import countersign_reviewer

/// A task climbs from group to group until somebody decides; it is held at the end, never approved.
@Suite struct LadderTests {
  @Test func itClimbsInTimeAndThenPagesItsOwner() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    #expect(try desk.wait(899).events(.advanced).isEmpty)
    let second = try desk.wait(1)
    #expect(second.events(.advanced).map { $0.body["tier"] } == [2])
    let raised = try #require(second.events(.raised).first)
    #expect(raised.body["dedup_key"]?.string == "countersign/\(DeskFixture.caseID)")
    #expect(raised.body["group"] == "leads" && raised.body["channel"] == "slack" && raised.body["reasons"] == ["amount.discrepancy"])
    #expect(raised.body["link"]?.string == "https://desk.example/tasks/\(DeskFixture.caseID)")
    #expect(desk.task?.asked.contains("agents") == true, "the first group stays asked")
    let third = try desk.wait(900)
    #expect(third.events(.advanced).first?.body["owner"] == "P-duty")
    #expect(desk.task?.owner == "P-duty" && desk.task?.tier == 3)
  }

  /// E8: who comes last has before them what who came first had, and all that was said in between.
  @Test func everyHopCarriesTheWholeCaseFile() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let first = try desk.command(DeskFixture.ada, .view).body
    let note = try Note(["words": "The supplier called."], caseID: DeskFixture.caseID, person: "P-ada", idempotency: "n")
    _ = try desk.command(DeskFixture.ada, .comment(note))
    try desk.wait(1_800)
    #expect(desk.task?.tier == 3)
    let last = try desk.command(DeskFixture.duty, .view).body
    #expect(last["view"] == first["view"] && last["view"]?.string == ReviewTask.view(of: last["file"] ?? .null), "the digest of what is shown is the same")
    for part in ["data", "output", "action", "sources", "matches", "parts", "confidence", "current"] { #expect(last["file"]?[part] == first["file"]?[part], "\(part)") }
    #expect(last["so_far"]?.array?.contains { $0["text"] == "The supplier called." } == true)
    #expect(last["so_far"]?.array?.filter { $0["what"] == "tier" }.count == 2, "and what was tried at the tiers before")
  }

  @Test func afterTheEndItPagesEveryHalfHourAtMostNineTimesAndIsHeld() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    for _ in 0..<60 { try desk.wait(600) }
    #expect(desk.records.events(.raised).count == 2 + 9)
    #expect(desk.task?.timers.isEmpty == true)
    #expect(desk.task != nil && desk.records.decisions.isEmpty)
  }

  @Test func afterAnOutageEachRungIsToldOnceInOrderAndOnlyTheHighestPages() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let said = try desk.wait(2_700 - 60)
    let told = said.events(.advanced)
    #expect(told.map { $0.body["tier"] } == [2, 3])
    #expect(told.map { $0.body["late_by"]?.double } == [1_740, 840])
    #expect(told.map { $0.body["paged"] } == [false, true])
    #expect(said.events(.raised).map { $0.body["channel"] } == ["pagerduty"])
  }

  /// The rung and the pages after it that were missed are one page.
  @Test func afterALongOutageTheLastRungPagesOnce() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let said = try desk.wait(1_800 + 3 * 1_800 + 60)
    #expect(said.events(.raised).count == 1 && said.events(.advanced).map { $0.body["tier"] } == [2, 3])
    #expect(said.events(.raised).first?.body["pages"] == 0 && desk.task?.pages == 3)
    #expect(desk.task?.nextRung == DeskFixture.now.adding(seconds: 1_800 + 4 * 1_800))
  }

  @Test func missedPagesAreOne() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    try desk.wait(1_800)
    let said = try desk.wait(1_800 * 4 + 60)
    #expect(said.events(.raised).count == 1)
    #expect(desk.task?.nextRung.map { $0 > desk.now } == true)
  }

  @Test func aClaimDoesNotStopTheLadderAndIsSaid() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    try desk.wait(900)
    let claim = try desk.act(.command(DeskFixture.caseID, DeskFixture.lead, .claim)).said
    #expect(claim.events(.acknowledged).first?.person == "P-lead")
    try desk.wait(590)
    _ = try desk.command(DeskFixture.lead, .extend)
    // The lease ends where the next rung begins; the page says that somebody had it.
    let said = try desk.wait(310)
    #expect(said.events(.advanced).map { $0.body["tier"] } == [3])
  }

  @Test func aDecisionEndsThePageUnderItsKeyAndNoPageFollows() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    try desk.wait(900)
    let said = try desk.act(.command(DeskFixture.caseID, DeskFixture.ada, .claim)).said
    #expect(!said.events(.acknowledged).isEmpty)
    _ = try desk.decide(DeskFixture.ada)
    #expect(desk.records.events(.resolved).map { $0.body["dedup_key"]?.string } == ["countersign/\(DeskFixture.caseID)"])
    try desk.wait(60)
    try desk.act(.closed(DeskFixture.caseID, reason: "released"))
    #expect(desk.records.events(.raised).count == 1 && desk.records.events(.resolved).count == 1)
  }

  @Test func aGroupOfNobodyIsPassedAtOnce() throws {
    let desk = try DeskStep()
    let ladder: JSON = [
      ["after_seconds": 0, "group": "nobody", "channel": "none"], ["after_seconds": 900, "group": "leads", "channel": "slack"],
      ["after_seconds": 1_800, "group": "duty-officers", "channel": "pagerduty"],
    ]
    try desk.ask(DeskFixture.request(quorum: ["group": "nobody", "count": 1], ladder: ladder))
    #expect(try desk.wait(0).events(.advanced).map { $0.body["group"] } == ["leads"])
  }

  @Test func theOfficerWhoAskedIsNotTheOwner() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(requester: "P-duty"))
    try desk.wait(1_800)
    #expect(desk.task?.owner == "P-reserve")
  }

  @Test func theSameLadderGoesOnAfterAnEditAndAnotherOneBeginsAnew() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    try desk.wait(900)
    try desk.ask(DeskFixture.request(version: 2, action: DeskFixture.action(3)))
    #expect(desk.task?.tier == 2)
    try desk.ask(DeskFixture.request(version: 3, route: "sme", ladder: [["after_seconds": 0, "group": "leads", "channel": "none"]]))
    #expect(desk.task?.tier == 1 && desk.task?.opened == desk.now && desk.task?.isPaged == false)
  }

  @Test func aLadderThatCannotBeReadLeadsToTheDutyOfficer() throws {
    for ladder: JSON in [.null, [], "none", [["after_seconds": "soon"]]] {
      let desk = try DeskStep()
      try desk.ask(DeskFixture.request(ladder: ladder))
      #expect(desk.task?.group == "duty-officers")
    }
  }

  @Test func hostileTimesDoNotOverflow() throws {
    let desk = try DeskStep()
    let ladder: JSON = [
      ["after_seconds": -5, "group": "agents", "channel": "none"],
      ["after_seconds": .integer(.max), "group": "leads", "channel": "slack"], ["after_seconds": 1, "group": "duty-officers", "channel": "none"],
    ]
    try desk.ask(DeskFixture.request(ladder: ladder))
    #expect(try desk.wait(1e9).events(.advanced).isEmpty)
  }

  @Test func aCaseFileThatCannotBeHandledBecomesATaskOfTheDutyOfficer() throws {
    let desk = try DeskStep()
    for record in desk.decider.failed(
      Failure(source: TopicPartition("reviews.requested", 0), offset: 4, type: "t", subject: DeskFixture.caseID, code: "body", reason: "bad"), nil)
    {
      guard case .task(_, let event) = record else { continue }
      let task = try #require(ReviewTask.evolve(nil, event))
      #expect(task.asked == ["duty-officers"] && task.codes == ["crash"])
      // On a task that is there it is a note only.
      let open = ReviewTask(request: DeskFixture.json(DeskFixture.request()), view: "v", opened: desk.now, rungs: [])
      #expect(ReviewTask.evolve(open, event)?.request == open.request)
    }
  }
}
