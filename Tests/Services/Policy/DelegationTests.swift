import Identity
import JSON
import Lanes
import Permits
import Storage
import Testing
import Wire

@testable import countersign_policy

/// Whose approval a delegate's is, as policy sees it by itself.
@Suite struct DelegationTests {
  private let fixture = ApprovalsTests()

  /// `P-omar` may take the place of security reviewers.
  private func decider(_ absences: [Absence]) throws -> PolicyDecider {
    let decider = try fixture.decider()
    fixture.live.replace(with: People(ApprovalsTests.people.map { person in
      guard person.id == "P-omar" else { return person }
      return Person(
        id: person.id, name: person.name, groups: person.groups, isDutyOfficer: false, claim: person.claim, standsIn: ["security-reviewers"])
    }))
    decider.absences.set(absences)
    return decider
  }

  private func away(_ person: String, to delegate: String, from: Double = -3_600, until: Double = 3_600) -> Absence {
    Absence(
      id: "\(person)\(from)", person: person, from: ApprovalsTests.now.adding(seconds: from), until: ApprovalsTests.now.adding(seconds: until),
      delegate: delegate, by: person)
  }

  private func code(_ absences: [Absence], _ person: String, _ groups: [String], after first: (String, [String])? = nil) throws -> String {
    let decider = try decider(absences)
    var state = fixture.open(decider)
    if let first {
      let (after, judged) = try fixture.count(decider, state, fixture.token(state, first.0, first.1, id: "first"))
      #expect(judged.result == .counted)
      state = after
    }
    let (_, judged) = try fixture.count(decider, state, fixture.token(state, person, groups))
    return judged.result == .refused ? judged.code : judged.result.rawValue
  }

  private let manager = ("P-ruth", ["line-managers"])

  @Test func aDelegateDecidesInTheGroupOfWhoeverIsAway() throws {
    #expect(try code([away("P-ines", to: "P-omar")], "P-omar", ["security-reviewers"], after: manager) == "complete")
  }

  @Test func notBeforeItBeginsNorAfterItEnds() throws {
    #expect(try code([away("P-ines", to: "P-omar", from: 1)], "P-omar", ["security-reviewers"], after: manager) == "decision.role")
    #expect(try code([away("P-ines", to: "P-omar", until: 0)], "P-omar", ["security-reviewers"], after: manager) == "decision.role")
    #expect(try code([], "P-omar", ["security-reviewers"], after: manager) == "decision.role")
  }

  /// The directory lets only P-omar take the place of security reviewers.
  @Test func theDirectorySaysWhoMayTakeAPlace() throws {
    #expect(try code([away("P-ines", to: "P-ruth")], "P-ruth", ["security-reviewers"]) == "decision.role")
  }

  @Test func aDelegateAndWhoeverIsAwayAreOnePerson() throws {
    let absences = [away("P-ruth", to: "P-ines", from: -60)]
    // She decided before she left; the other one does not make two.
    #expect(try code(absences, "P-ines", ["security-reviewers"], after: manager) == "decision.person")
    #expect(try code([], "P-ines", ["security-reviewers"], after: manager) == "complete")
  }

  @Test func whoeverStandsInForTheRequesterMayNotDecide() throws {
    #expect(try code([away("P-asks", to: "P-ines")], "P-ines", ["security-reviewers"]) == "decision.requester")
  }

  @Test func whoeverAskedMayNotDecideAsADelegate() throws {
    #expect(try code([away("P-ruth", to: "P-asks")], "P-asks", ["line-managers"]) == "decision.requester")
  }

  /// P-cleo would get what is asked for.
  @Test func aDelegateHasTheConflictsOfWhoeverIsAway() throws {
    #expect(try code([away("P-cleo", to: "P-omar")], "P-omar", ["line-managers"]) == "decision.conflict")
  }

  @Test func aDelegateOfAnEditorMayNotApprove() throws {
    let decider = try decider([away("P-ruth", to: "P-omar")])
    let state = fixture.open(decider, editors: ["\(Person.issuer) P-ruth"])
    let (_, judged) = try fixture.count(decider, state, fixture.token(state, "P-omar", ["line-managers"]))
    #expect(judged.code == "decision.editor")
  }

  /// It is the moment of the approval that counts, not that of the permit.
  @Test func anApprovalHoldsAfterTheAbsenceIsOver() throws {
    let decider = try decider([away("P-ines", to: "P-omar", until: 10)])
    let (first, _) = try fixture.count(decider, fixture.open(decider), fixture.token(fixture.open(decider), "P-ruth", ["line-managers"], id: "first"))
    let (second, judged) = try fixture.count(decider, first, fixture.token(first, "P-omar", ["security-reviewers"]))
    #expect(judged.result == .complete)
    let state = try #require(second)
    let later = ApprovalsTests.now.adding(seconds: 60)
    let released = try decider.decide(
      .timer(ApprovalsTests.caseID, name: "release", due: later), View(states: [ApprovalsTests.caseID: .open(state)], wall: later), now: later)
    #expect(released.contains { if case .emit(.permit) = $0 { true } else { false } })
  }

  // MARK: What policy notes

  private func note(_ absence: Absence) throws -> (PolicyRecord, PolicyState?) {
    let decider = try decider([])
    let outputs = try decider.decide(.away(AbsenceSaid(absence)), View(states: [:], wall: ApprovalsTests.now), now: ApprovalsTests.now)
    let records = outputs.compactMap { if case .emit(let record) = $0 { record } else { nil } }
    let record = try #require(records.first)
    return (record, decider.evolve(nil, record))
  }

  @Test func whoMaySayItIsJudgedByPolicysOwnPeople() throws {
    let (said, state) = try note(away("P-ines", to: "P-omar"))
    guard case .away(let noted) = said else { throw WireError("an absence was expected") }
    #expect(noted.code.isEmpty && state?.away?.absences == [noted.absence])
    #expect(state?.timers.map(\.name) == ["forget"] && said.subject == nil)
    let forged = Absence(id: "x", person: "P-ines", from: ApprovalsTests.now, until: ApprovalsTests.now.adding(seconds: 60), delegate: "P-omar", by: "P-omar")
    let (refused, none) = try note(forged)
    guard case .away(let noted) = refused else { throw WireError("an absence was expected") }
    #expect(noted.code == "away.forbidden" && none == nil)
  }

  @Test func aStateIsReadBackAsItWasWritten() throws {
    let (_, state) = try note(away("P-ines", to: "P-omar"))
    var writer = JSONWriter()
    try #require(state).write(&writer)
    #expect(try PolicyState(JSON.parse(writer.finish(), limits: .stored)).away == state?.away)
  }

  @Test func saidAgainItEndsEarlierAndIsForgottenInTheEnd() throws {
    let decider = try decider([]), absence = away("P-ines", to: "P-omar")
    var state = decider.evolve(nil, .away(AbsenceNoted(absence, code: "")))
    state = decider.evolve(state, .away(AbsenceNoted(absence.ending(ApprovalsTests.now), code: "")))
    #expect(state?.away?.absences.map(\.until) == [ApprovalsTests.now])
    let timer = try #require(state?.timers.first)
    let key = Absence.key(of: "P-ines")
    let outputs = try decider.decide(
      .timer(key, name: timer.name, due: timer.due), View(states: [key: try #require(state)], wall: timer.due), now: timer.due)
    for case .emit(let record) in outputs {
      #expect(record.key == key)
      state = decider.evolve(state, record)
    }
    #expect(state == nil)
  }

  @Test func anInstanceLearnsWhatIsNotedFromTheDatabase() throws {
    let store = try SQLiteStore(path: ":memory:", readers: 0), absence = away("P-ines", to: "P-omar")
    try store.migrate(schema(of: PolicyState.self, Shelf.migrations))
    var writer = JSONWriter()
    PolicyState.away(try #require(AwayBook().after(AbsenceNoted(absence, code: "")))).write(&writer)
    let body = writer.finish()
    try store.transaction { transaction in
      _ = try transaction.execute(
        "INSERT INTO states (key, lane, body) VALUES (?, ?, ?)", [.text(Absence.key(of: "P-ines")), .integer(0), .blob(body)])
    }
    let known = KnownAbsences()
    try known.refresh(store)
    #expect(known.now == [absence])
  }
}
