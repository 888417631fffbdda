import Identity
import JSON
import Testing
import Wire

@testable import countersign_reviewer

/// A claim is a lease: one holder at a time, and it harms nobody when it ends.
@Suite struct ClaimTests {
  @Test func oneHolderAndTheOtherLearnsWho() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let first = try desk.command(DeskFixture.ada, .claim)
    #expect(first.status == 200 && first.body["fence"]?.integer == 1)
    let second = try desk.command(DeskFixture.ben, .claim)
    #expect(second.status == 409 && second.body["code"] == "task.claimed" && second.body["holder"] == "P-ada")
    #expect(second.body["until"]?.string == first.body["until"]?.string)
  }

  @Test func theLeaseIsTenMinutesButNeverPastTheNextRung() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    _ = try desk.command(DeskFixture.ada, .claim)
    #expect(desk.task?.claim?.until == desk.now.adding(seconds: 600))
    _ = try desk.command(DeskFixture.ada, .release)
    try desk.wait(480)
    _ = try desk.command(DeskFixture.ada, .claim)
    #expect(desk.task?.claim?.until == desk.now.adding(seconds: 420))
  }

  @Test func anEndedLeaseFreesTheTaskAndTheNextClaimHasANewToken() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    _ = try desk.command(DeskFixture.ada, .claim)
    let said = try desk.wait(601)
    #expect(said.events(.released).first?.body["why"] == "lease ended")
    #expect(try desk.command(DeskFixture.ben, .claim).body["fence"]?.integer == 2)
  }

  @Test func extendingKeepsTheToken() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    _ = try desk.command(DeskFixture.ada, .claim)
    try desk.wait(60)
    #expect(try desk.command(DeskFixture.ada, .extend).body["fence"]?.integer == 1)
    #expect(desk.task?.claim?.until == desk.now.adding(seconds: 600))
    #expect(try desk.command(DeskFixture.ben, .extend).status == 409)
    #expect(try desk.command(DeskFixture.ben, .release).status == 409)
  }

  private static let calm: JSON = [["after_seconds": 0, "group": "agents", "channel": "none"], ["after_seconds": 7_200, "group": "leads", "channel": "slack"]]

  @Test func aClaimIsMadeLongerForHalfAnHourAndNoLonger() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(ladder: Self.calm))
    let longest = try desk.command(DeskFixture.ada, .claim).body["longest_until"]?.string
    #expect(longest == desk.now.adding(seconds: 1_800).description)
    for _ in 0..<3 {
      try desk.wait(500)
      #expect(try desk.command(DeskFixture.ada, .extend).body["longest_until"]?.string == longest)
    }
    #expect(desk.task?.claim?.until.description == longest)
    try desk.wait(500)
    #expect(desk.task?.claim == nil, "it ended at half an hour however active its holder was")
    #expect(try desk.command(DeskFixture.ada, .extend).body["code"] == "task.not_held")
    #expect(try desk.command(DeskFixture.ada, .claim).body["fence"]?.integer == 2)
  }

  @Test func whatMakesAClaimNoLongerIsNoRecord() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    try desk.wait(600)
    // The next rung is five minutes away: no claim goes past it.
    let first = try desk.command(DeskFixture.ada, .claim)
    #expect(try desk.command(DeskFixture.ada, .extend).body["until"] == first.body["until"])
    #expect(desk.records.events(.claimed).count == 1)
  }

  @Test func aDecisionAfterTheLeaseCountsIfNobodyElseActed() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    _ = try desk.command(DeskFixture.ada, .claim)
    try desk.wait(700)
    #expect(try desk.decide(DeskFixture.ada, fence: 1).status == 202)
  }

  @Test func aDecisionAfterSomebodyElseClaimedIsRefused() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    _ = try desk.command(DeskFixture.ada, .claim)
    try desk.wait(700)
    _ = try desk.command(DeskFixture.ben, .claim)
    #expect(try desk.decide(DeskFixture.ada, fence: 1).body["code"] == "task.claimed")
    _ = try desk.command(DeskFixture.ben, .release)
    #expect(try desk.decide(DeskFixture.ada, fence: 1).body["code"] == "task.superseded")
  }

  @Test func whoeverIsNotAskedSeesNothing() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    #expect(try desk.command(DeskFixture.stranger, .view).body["code"] == "task.forbidden")
    #expect(try desk.command(DeskFixture.stranger, .claim).status == 403)
    #expect(try desk.command(DeskFixture.ada, .view).body["file"]?["workflow"] == "pay")
    #expect(desk.records.events(.viewed).map(\.person) == ["P-ada"])
  }

  @Test func anUnknownTaskIsNotFound() throws {
    #expect(try DeskStep().command(DeskFixture.ada, .claim).status == 404)
  }

  @Test func aFastClockMakesLeasesOfRealTime() throws {
    let desk = try DeskStep(DeskFixture.decider(clockScale: 60))
    try desk.ask(DeskFixture.request(ladder: [["after_seconds": 0, "group": "agents", "channel": "none"]]))
    _ = try desk.command(DeskFixture.ada, .claim)
    #expect(desk.task?.claim?.until == desk.now.adding(seconds: 36_000))
  }
}
