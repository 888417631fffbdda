import Identity
import JSON
import Lanes
import Storage
import Testing
import Wire

@testable import countersign_reviewer

/// Who is away is offered nothing and owns nothing; their delegate has their turns and counts as one person with them.
@Suite struct AwayTests {
  private static let now = DeskFixture.now
  /// May take the place of leads.
  private static let ben = Person(
    id: "P-ben", name: "Name of P-ben", groups: ["agents"], isDutyOfficer: false, claim: "P-ben", standsIn: ["leads"])
  private static let people = People(DeskFixture.people.all.map { $0.id == "P-ben" ? ben : $0 })

  private func desk(_ absences: [Absence] = [], schedules yaml: String? = nil) throws -> DeskStep {
    let schedules = try yaml.map { yaml in
      let file = SchedulesFile(yaml, people: Self.people)
      try #require(file.mistakes.isEmpty, "\(file.mistakes)")
      return file.schedules
    }
    let decider = try DeskFixture.decider(people: Self.people, schedules: schedules ?? .none)
    decider.absences.set(absences)
    return try DeskStep(decider)
  }

  private func away(_ person: String, to delegate: String? = nil, from: Double = 0, until: Double = 100_000) -> Absence {
    Absence(
      id: "\(person)\(Int(from))", person: person, from: Self.now.adding(seconds: from), until: Self.now.adding(seconds: until),
      delegate: delegate, by: person)
  }

  /// As the gate lets people in.
  private func now(_ person: Person, _ desk: DeskStep) -> Person { desk.decider.duty.presence(at: desk.now).now(person) }

  // MARK: Saying so

  private func say(_ desk: DeskStep, _ body: JSON, by: Person) throws -> DeskAnswer {
    let absence = try Absence(body, by: by, now: desk.now, idempotency: "")
    let (answer, said) = try desk.act(.absence(absence.person, by: by, .say(absence)))
    for case .absence(let said) in said { desk.decider.absences.set(desk.decider.absences.now.filter { $0.id != said.absence.id } + [said.absence]) }
    return try #require(answer)
  }

  private func moment(_ seconds: Double) -> JSON { .string(Self.now.adding(seconds: seconds).description) }

  @Test func aPersonSaysSoAndEndsIt() throws {
    let desk = try desk()
    let answer = try say(desk, ["until": moment(3_600), "to": "P-ben", "words": "dentist"], by: DeskFixture.ada)
    #expect(answer.status == 201 && answer.body["state"] == "now" && answer.body["delegate_name"] == "Name of P-ben")
    #expect(try say(desk, ["until": moment(3_600), "to": "P-ben", "words": "dentist"], by: DeskFixture.ada).status == 200, "said again it is the same")
    let id = try #require(answer.body["absence"]?.string)
    let (ended, said) = try desk.act(.absence("P-ada", by: DeskFixture.ada, .end(id)))
    #expect(ended?.status == 200 && ended?.body["state"] == "over")
    guard case .absence(let record)? = said.first else { throw WireError("an absence was expected") }
    #expect(record.absence.until == desk.now && said.first?.subject == nil && said.first?.key == "away/P-ada")
  }

  struct Attempt: Sendable, CustomTestStringConvertible {
    let by: Person
    let body: JSON
    let code: String
    var testDescription: String { "\(by.id) \(code)" }
  }

  private static func at(_ seconds: Double) -> JSON { .string(now.adding(seconds: seconds).description) }

  @Test(arguments: [
    Attempt(by: DeskFixture.ada, body: ["person": "P-stranger", "until": at(60)], code: "away.forbidden"),
    Attempt(by: DeskFixture.ada, body: ["person": "P-nobody", "until": at(60)], code: "person.unknown"),
    Attempt(by: DeskFixture.ada, body: ["until": at(0)], code: "away.time"),
    Attempt(by: DeskFixture.ada, body: ["from": at(90), "until": at(60)], code: "away.time"),
    Attempt(by: DeskFixture.ada, body: ["until": at(401 * 86_400)], code: "away.long"),
    Attempt(by: DeskFixture.ada, body: ["until": at(60), "to": "P-ada"], code: "person.cannot"),
    Attempt(by: DeskFixture.ada, body: ["until": at(60), "to": "P-nobody"], code: "person.cannot"),
    // The same human being under another account.
    Attempt(by: DeskFixture.ada, body: ["until": at(60), "to": "P-ada-2"], code: "person.cannot"),
    // P-both is away in that time; on the day after he is not.
    Attempt(by: DeskFixture.ada, body: ["until": at(60), "to": "P-both"], code: "person.away"),
    Attempt(by: DeskFixture.both, body: ["from": at(10), "until": at(60)], code: "away.overlaps"),
  ])
  func whatMayNotBeSaid(_ attempt: Attempt) throws {
    let desk = try desk([away("P-both", to: "P-ben", until: 3_600)])
    #expect(try say(desk, attempt.body, by: attempt.by).body["code"] == .string(attempt.code))
    #expect(desk.records.isEmpty)
  }

  @Test func aLeadSaysSoForThoseOfTheGroupAndAnOfficerForEverybody() throws {
    let desk = try desk()
    #expect(try say(desk, ["person": "P-ada", "until": moment(60)], by: DeskFixture.lead).status == 201)
    #expect(try say(desk, ["person": "P-stranger", "until": moment(60)], by: DeskFixture.duty).status == 201)
    let finance = DeskFixture.person("P-fin", "finance-leads")
    #expect(try say(desk, ["person": "P-ben", "until": moment(60)], by: finance).body["code"] == "away.forbidden")
  }

  @Test func nothingIsSaidOfThePast() throws {
    let desk = try desk()
    let answer = try say(desk, ["from": moment(-3_600), "until": moment(60)], by: DeskFixture.ada)
    #expect(answer.body["from"] == moment(0))
  }

  @Test func twoOfOnePersonMayFollowEachOther() throws {
    let desk = try desk()
    #expect(try say(desk, ["until": moment(60)], by: DeskFixture.ada).status == 201)
    #expect(try say(desk, ["from": moment(60), "until": moment(90)], by: DeskFixture.ada).status == 201)
  }

  // MARK: What it means

  private static let turns = """
    on_call:
      duty-officers: {zone: Europe/Berlin, every: day, start: 2026-11-23, hand_over: "08:00", people: [P-reserve, P-duty]}
      leads: {zone: Europe/Berlin, every: week, start: 2026-11-23, hand_over: "08:00", people: [P-lead, P-both]}
    """

  /// Of the group his delegate may be in: P-ben stands in for leads. P-reserve's turn goes to the next officer.
  @Test func turnsGoToTheDelegateWhoMayElseToTheNextInTurn() throws {
    let desk = try desk([away("P-lead", to: "P-ben"), away("P-reserve", to: "P-ada")], schedules: Self.turns)
    try desk.ask(DeskFixture.request())
    #expect(try desk.wait(900).events(.raised).first?["on_call"] == "P-ben")
    #expect(try desk.wait(900).events(.advanced).first?["owner"] == "P-duty")
    let json = desk.decider.duty.json(at: desk.now).array
    #expect(json?.map { $0["person"] } == ["P-duty", "P-ben"] && json?.map { $0["instead_of"] } == ["P-reserve", "P-lead"])
  }

  @Test func aTurnGoesBackWhenTheAbsenceIsOver() throws {
    let desk = try desk([away("P-reserve", until: 1_000)], schedules: Self.turns)
    try desk.ask(DeskFixture.request())
    #expect(desk.decider.duty.officer(.object(JSONObject()), at: Self.now.adding(seconds: 999)) == "P-duty")
    #expect(try desk.wait(1_800).events(.advanced).last?["owner"] == "P-reserve")
  }

  @Test func whoeverOwnsItByNameAndLeavesOwnsItNoMore() throws {
    let desk = try desk()
    try desk.ask(DeskFixture.request())
    try desk.wait(1_800)
    #expect(desk.task?.owner == "P-duty")
    desk.decider.absences.set([away("P-duty", to: "P-ada", from: 1_900)])
    func owner(_ seconds: Double) throws -> Owner { desk.decider.duty.owner(of: try #require(desk.task), at: Self.now.adding(seconds: seconds)) }
    #expect(try owner(1_899) == Owner(kind: .duty, name: "P-duty") && owner(1_901) == Owner(kind: .duty, name: "P-reserve"))
    desk.decider.absences.set([away("P-duty", from: 1_900), away("P-reserve", from: 1_900)])
    #expect(try owner(1_901) == Owner(kind: .accountable, name: "pay-lead"), "there is always somebody")
  }

  @Test func aGroupOfWhichEverybodyIsAwayIsPassed() throws {
    let desk = try desk([away("P-lead"), away("P-both"), away("P-ada-2")])
    try desk.ask(DeskFixture.request())
    #expect(try desk.wait(900).events(.advanced).map { $0["group"] } == ["leads", "duty-officers"])
  }

  @Test func nothingIsHandedToSomebodyWhoIsAway() throws {
    let desk = try desk([away("P-ben", to: "P-both")])
    try desk.ask(DeskFixture.request())
    _ = try desk.command(DeskFixture.ada, .claim)
    let note = try Note(["to": "P-ben", "words": "please"], caseID: DeskFixture.caseID, person: "P-ada", idempotency: "1")
    let answer = try desk.command(DeskFixture.ada, .handOver(note))
    #expect(answer.body["code"] == "person.away" && answer.body["delegate"] == "P-both")
    #expect(try desk.command(DeskFixture.ada, .help(note)).body["code"] == "person.away")
    #expect(try desk.command(DeskFixture.ada, .view).body["others"]?.array?.contains("P-ben") == false)
  }

  // MARK: Four eyes

  @Test func aDelegateTakesThePlaceAndDecidesAsHimself() throws {
    let desk = try desk([away("P-lead", to: "P-ben")])
    try desk.ask(DeskFixture.request(quorum: ["group": "leads", "count": 1], ladder: [["after_seconds": 0, "group": "leads", "channel": "none"]]))
    #expect(try desk.command(Self.ben, .claim).status == 403, "without the place")
    #expect(try desk.decide(now(Self.ben, desk)).body["complete"] == true)
    let decided = try #require(desk.records.events(.decided).first)
    #expect(decided.person == "P-ben" && decided["for"] == ["P-lead"] && decided["groups"] == ["agents", "leads"])
  }

  @Test func theDelegateOfWhoeverAskedTakesNoPart() throws {
    let desk = try desk([away("P-both", to: "P-ben")])
    try desk.ask(DeskFixture.request(requester: "P-both"))
    #expect(try desk.decide(now(Self.ben, desk)).body["code"] == "four_eyes.requester")
    desk.now = Self.now.adding(seconds: 100_000)
    #expect(try desk.command(now(Self.ben, desk), .view).status == 200)
  }

  @Test func whoeverAskedDecidesNothingAsADelegate() throws {
    let desk = try desk([away("P-lead", to: "P-ben")])
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two, requester: "P-ben"))
    #expect(try desk.decide(now(Self.ben, desk)).body["code"] == "four_eyes.requester")
  }

  @Test func theTwoAreNoTwoApprovers() throws {
    let desk = try desk()
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    #expect(try desk.decide(DeskFixture.both).body["complete"] == false)
    // He leaves, and his delegate would be the second one.
    desk.decider.absences.set([away("P-both", to: "P-ben")])
    #expect(try desk.decide(now(Self.ben, desk)).body["code"] == "four_eyes.same")
    #expect(try desk.decide(DeskFixture.ada).body["complete"] == true)
  }

  @Test func aDelegateOfTwoDoesNotFillThePlaceBesideEither() throws {
    let desk = try desk([away("P-lead", to: "P-ben"), away("P-both", to: "P-ben")])
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    _ = try desk.decide(now(Self.ben, desk))
    // He is away and decides all the same: as far as can be seen it is one human being.
    #expect(try desk.decide(DeskFixture.both).body["code"] == "four_eyes.same")
  }

  // MARK: Lists

  @Test func nothingIsOfferedToWhoeverIsAway() throws {
    let rig = try DeskRig(people: Self.people)
    try rig.say(DeskFixture.request())
    func rows(_ person: Person, _ kind: TaskList.Kind) throws -> Int {
      try TaskList(store: rig.store, presence: rig.decider.duty.presence(at: rig.clock.story)).page(for: person, kind).rows.count
    }
    let words = try Note(["to": "P-ada", "words": "look", "code": "interrupted"], caseID: DeskFixture.caseID, person: "P-both", idempotency: "1")
    _ = try rig.command(DeskFixture.both, .help(words))
    _ = try rig.command(DeskFixture.both, .hold(words))
    #expect(try rows(DeskFixture.ada, .open) == 1 && rows(Self.ben, .free) == 0 && rows(Self.ben, .help) == 0)
    rig.decider.absences.set([away("P-both", to: "P-ben"), away("P-ada", to: "P-ben")])
    #expect(try rows(DeskFixture.ada, .open) == 0 && rows(DeskFixture.ada, .free) == 0)
    #expect(try rows(Self.ben, .free) == 1, "what the other had laid aside")
    #expect(try rows(Self.ben, .help) == 1, "what was asked of the other")
  }

  /// By the one rule for whose a task is.
  @Test func aQueueOfWhoseGroupEverybodyIsAwayIsTheOfficers() throws {
    let rig = try DeskRig(people: Self.people)
    try rig.say(DeskFixture.request())
    func owners(_ absences: [Absence]) throws -> QueueHealth.Owners? {
      let duty = Duty(people: Self.people, schedules: .none, absences: absences)
      return try HealthReport(memory: CaseMemory(store: rig.store), duty: duty, now: rig.clock.story).queues(for: DeskFixture.duty).first?.owners
    }
    #expect(try owners([away("P-ada"), away("P-ben")]) == QueueHealth.Owners(group: 1), "one is left")
    #expect(try owners([away("P-ada"), away("P-ben"), away("P-both")]) == QueueHealth.Owners(duty: 1))
    #expect(try owners([away("P-ada"), away("P-ben"), away("P-both"), away("P-duty"), away("P-reserve")]) == QueueHealth.Owners(accountable: 1))
  }

  /// Ended, the same may be said again: it is another one.
  @Test func theSameWordsLaterAreAnotherAbsence() throws {
    let body: JSON = ["until": Self.at(3_600)]
    let first = try Absence(body, by: DeskFixture.ada, now: Self.now, idempotency: "")
    #expect(try Absence(body, by: DeskFixture.ada, now: Self.now.adding(seconds: 1), idempotency: "").id != first.id)
    let sent = try [0.0, 1].map { try Absence(body, by: DeskFixture.ada, now: Self.now.adding(seconds: $0), idempotency: "k").id }
    #expect(sent[0] == sent[1], "sent again under one key it is the same")
  }

  @Test func whatIsSaidStandsInTheDatabaseAndComesBackAfterARestore() async throws {
    let rig = try DeskRig(people: Self.people)
    let before = try rig.store.snapshot()
    let absence = away("P-ada", to: "P-ben", until: 3_600)
    let ticket = rig.door.submit(id: "a1") { _ in .absence("P-ada", by: DeskFixture.ada, .say(absence)) }
    try rig.run()
    #expect(try #require(try ticket.result?.get()).status == 201)
    #expect(try AbsenceShelf(store: rig.store).all() == [absence])
    #expect(try rig.said(.decisions).contains { if case .absence(let said) = $0.record { said.absence == absence } else { false } })
    try rig.restart(on: before)
    #expect(try AbsenceShelf(store: rig.store).all() == [absence], "from its own records")
    try await rig.decider.absences.refresh(rig.store)
    #expect(rig.decider.absences.now == [absence])
    try AbsenceShelf(store: rig.store).forget(before: absence.until.adding(seconds: Absence.keptSeconds + 1))
    #expect(try AbsenceShelf(store: rig.store).all().isEmpty)
  }
}
