import Identity
import JSON
import Testing
import Wire

@testable import countersign_reviewer

/// Who owns a task and who is called, by rota and working hours; a page is acknowledged by name.
@Suite struct DutyTests {
  /// A Tuesday, 07:00 in Berlin.
  private static let now = DeskFixture.now

  private func schedules(_ yaml: String) throws -> Schedules {
    let file = SchedulesFile(yaml, people: DeskFixture.people)
    try #require(file.mistakes.isEmpty, "\(file.mistakes)")
    return file.schedules
  }

  private static let turns = """
    on_call:
      duty-officers: {zone: Europe/Berlin, every: day, start: 2026-11-23, hand_over: "08:00", people: [P-reserve, P-duty]}
      leads: {zone: Europe/Berlin, every: week, start: 2026-11-23, hand_over: "08:00", people: [P-both]}
    calendars: {office: {zone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}}}
    """

  private func desk(_ yaml: String = turns) throws -> DeskStep { try DeskStep(DeskFixture.decider(schedules: schedules(yaml))) }

  @Test func whoeverIsOnCallAtThatMomentOwnsIt() throws {
    let desk = try desk()
    try desk.ask(DeskFixture.request())
    let second = try desk.wait(900)
    #expect(second.events(.advanced).first?["on_call"] == "P-both" && second.events(.raised).first?["on_call"] == "P-both")
    // 07:30: yesterday's officer still is on call.
    let third = try desk.wait(900)
    #expect(third.events(.advanced).first?["owner"] == "P-reserve" && third.events(.raised).first?["owner"] == "P-reserve")
    // 08:00: the next page goes to the next one, who owns it from there on.
    let page = try desk.wait(1_800)
    #expect(page.events(.raised).first?["owner"] == "P-duty" && desk.task?.owner == "P-duty")
  }

  @Test func afterAnOutageItIsWhoeverIsOnCallNow() throws {
    let desk = try desk()
    desk.now = Self.now.adding(seconds: 1_200)
    try desk.ask(DeskFixture.request())
    // Due at 07:50 by the clock, told at 08:10.
    #expect(desk.task?.rungs.last?.owner == "P-reserve")
    #expect(try desk.wait(3_000).events(.raised).map { $0["owner"] } == ["P-duty"])
  }

  @Test func whoeverAskedIsNotOnCallForIt() throws {
    let desk = try desk()
    try desk.ask(DeskFixture.request(requester: "P-reserve"))
    #expect(try desk.wait(1_800).events(.advanced).last?["owner"] == "P-duty", "the officer whom the file of people puts on duty")
    let alone = try DeskStep(
      DeskFixture.decider(people: People([DeskFixture.ada, DeskFixture.duty]), schedules: .none))
    try alone.ask(DeskFixture.request(requester: "P-duty"))
    #expect(try alone.wait(1_800).events(.advanced).last?["owner"] == "pay-lead", "whoever is accountable")
  }

  @Test func aTimeBoxInWorkingTimeIsOneMomentInUTC() throws {
    let desk = try desk()
    let ladder: JSON = [
      ["after_seconds": 0, "group": "agents", "channel": "none"],
      ["after_seconds": 900, "group": "leads", "channel": "slack", "calendar": "office"],
      ["after_seconds": 1_800, "group": "duty-officers", "channel": "pagerduty"],
    ]
    try desk.ask(DeskFixture.request(ladder: ladder))
    // Work begins at 09:00 in Berlin, 08:00 UTC; the last box runs by the wall clock after it.
    #expect(desk.task?.rungs.map(\.due.description) == ["2026-11-24T06:00:00.000000Z", "2026-11-24T08:15:00.000000Z", "2026-11-24T08:30:00.000000Z"])
    #expect(desk.task?.rungs.map(\.calendar) == [nil, "office", nil])
    #expect(try desk.wait(8_099).events(.advanced).isEmpty)
    #expect(try desk.wait(1).events(.advanced).first?["late_by"]?.double == 0)
  }

  @Test func anUnknownCalendarIsTheWallClock() throws {
    let desk = try desk()
    try desk.ask(DeskFixture.request(ladder: [
      ["after_seconds": 0, "group": "agents", "channel": "none"], ["after_seconds": 900, "group": "leads", "channel": "slack", "calendar": "none"],
    ]))
    #expect(desk.task?.rungs.last?.due == Self.now.adding(seconds: 900))
  }

  @Test func theOwnerIsTheHolderElseAGroupAtWorkElseTheOfficer() throws {
    let desk = try desk(Self.turns + "\nshifts: {agents: office}")
    func owner() throws -> Owner { try desk.decider.duty.owner(of: #require(desk.task), at: desk.now) }
    try desk.ask(DeskFixture.request())
    #expect(try owner() == Owner(kind: .duty, name: "P-reserve"), "at seven nobody of the group is there")
    _ = try desk.command(DeskFixture.ada, .claim)
    #expect(try owner() == Owner(kind: .claimant, name: "P-ada"))
    _ = try desk.command(DeskFixture.ada, .release)
    desk.now = Self.now.adding(seconds: 3 * 3_600)
    #expect(try owner() == Owner(kind: .group, name: "agents"))
    let file = try desk.command(DeskFixture.ada, .view).body
    #expect(file["owner"] == "agents" && file["owner_is"] == "group")
  }

  @Test func aGroupThatIsEmptyIsPassedWithANoteAndWithoutAPage() throws {
    let desk = try desk()
    try desk.ask(DeskFixture.request(ladder: [
      ["after_seconds": 0, "group": "agents", "channel": "none"], ["after_seconds": 900, "group": "nobody", "channel": "slack"],
      ["after_seconds": 1_800, "group": "duty-officers", "channel": "pagerduty"],
    ]))
    let said = try desk.wait(900)
    #expect(said.events(.advanced).map { $0["group"] } == ["nobody", "duty-officers"])
    #expect(said.events(.advanced).map { $0["paged"] } == [false, true])
    #expect(said.events(.advanced).last?["why"] == "empty" && said.events(.advanced).last?["passed"] == "nobody")
    #expect(said.events(.raised).map { $0["channel"] } == ["pagerduty"])
    #expect(desk.task?.story.contains { $0["what"] == "empty" && $0["text"] == "nobody" } == true)
  }

  @Test func nobodyIsPagedForAFirstRungWithoutAnybody() throws {
    let desk = try desk()
    let said = try desk.ask(DeskFixture.request(ladder: [
      ["after_seconds": 0, "group": "nobody", "channel": "slack"], ["after_seconds": 900, "group": "leads", "channel": "pagerduty"],
    ]))
    #expect(said.events(.raised).isEmpty)
    #expect(try desk.wait(0).events(.raised).map { $0["group"] } == ["leads"])
  }

  @Test func aPageIsAcknowledgedByNameAndTheNextOneAnew() throws {
    let desk = try desk()
    try desk.ask(DeskFixture.request())
    #expect(try desk.command(DeskFixture.ada, .acknowledge).body["code"] == "page.none")
    try desk.wait(900)
    #expect(try desk.command(DeskFixture.stranger, .acknowledge).status == 403)
    let answer = try desk.command(DeskFixture.lead, .acknowledge)
    #expect(answer.status == 200 && answer.body["acknowledged_by"] == "P-lead" && answer.body["owner"]?["name"] == "leads")
    #expect(desk.records.events(.acknowledged).map(\.person) == ["P-lead"])
    #expect(desk.task?.claim == nil, "it stays free")
    _ = try desk.command(DeskFixture.lead, .acknowledge)
    _ = try desk.command(DeskFixture.lead, .claim)
    #expect(desk.records.events(.acknowledged).count == 1, "once for each page and person")
    let page = try desk.command(DeskFixture.ada, .view).body["page"]
    #expect(page?["acknowledged"]?["person"] == "P-lead" && page?["tier"] == 2)
    _ = try desk.command(DeskFixture.lead, .release)
    try desk.wait(900)
    #expect(desk.task?.isPaged == true && desk.task?.acknowledged == nil)
    _ = try desk.decide(DeskFixture.ada)
    #expect(desk.task?.acknowledged == nil && desk.records.events(.resolved).count == 1)
  }

  @Test func whoIsOnCallIsTold() throws {
    let json = Duty(people: DeskFixture.people, schedules: try schedules(Self.turns + "\nshifts: {agents: office}")).json(at: Self.now)
    let rows = try #require(json.array)
    #expect(rows.map { $0["group"] } == ["agents", "duty-officers", "leads"])
    #expect(rows.map { $0["person"] } == [nil, "P-reserve", "P-both"] && rows.map { $0["on_shift"] } == [false, true, true])
    #expect(rows[0]["back_at"] == "2026-11-24T08:00:00.000000Z" && rows[1]["until"] == "2026-11-24T07:00:00.000000Z")
  }
}
