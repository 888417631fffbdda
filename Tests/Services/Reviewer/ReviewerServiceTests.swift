import Identity
import JSON
import Permits
import Storage
import Testing
import Wire

@testable import countersign_reviewer

/// The service on the mechanism: what it says is what it knows, and it comes back from an old backup.
@Suite struct ReviewerServiceTests {
  private func decision(_ rig: DeskRig, _ person: Person, _ caseID: String = DeskFixture.caseID) throws -> DeskAnswer {
    let task = try #require(try rig.states()[caseID])
    let body: JSON = ["version": .integer(task.version), "view": .string(task.view), "verb": "approve"]
    let submission = try Submission(body, caseID: caseID, person: person, strength: "token", idempotency: "k")
    return try rig.command(person, .decide(submission), caseID: caseID)
  }

  @Test func aTaskFromItsOpeningToItsEnd() throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request())
    #expect(try rig.command(DeskFixture.ada, .claim).status == 200)
    #expect(try decision(rig, DeskFixture.ada).status == 202)
    try rig.checkFold()
    try rig.say(ReviewClosed(reason: "released"))
    try rig.checkFold()
    #expect(try rig.states().isEmpty)
    let kinds = try rig.said(.reviews).compactMap { if case .task(_, let event) = $0.record { event.kind } else { nil } }
    #expect(kinds == [.opened, .claimed, .decided, .closed])
    #expect(try rig.said(.decisions).count == 1)
    #expect(try rig.said(.openReviews).count == 4)
  }

  @Test func timersFireThroughTheMechanism() throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request())
    rig.clock.move(3_000)
    try rig.run()
    try rig.checkFold()
    #expect(try rig.states()[DeskFixture.caseID]?.tier == 3)
    #expect(try rig.said(.escalations).count == 1)
  }

  @Test func anOldBackupComesBackToTheSameTasksAndPagesNobodyAgain() throws {
    let rig = try DeskRig()
    let empty = try rig.store.snapshot()
    try rig.say(DeskFixture.request(quorum: DeskFixture.two))
    _ = try rig.command(DeskFixture.ada, .claim)
    _ = try decision(rig, DeskFixture.ada)
    rig.clock.move(900)
    try rig.run()
    let before = try rig.states()
    let pages = try rig.said(.escalations).count
    try rig.restart(on: empty)
    #expect(try rig.states() == before)
    #expect(try rig.said(.escalations).count == pages && rig.said(.decisions).count == 1)
    try rig.checkFold()
    #expect(try decision(rig, DeskFixture.lead).body["complete"] == true)
  }

  /// Steps end with a record of the table `reviews.open`, which recovery does not read: they must count as done all the same.
  @Test func aTaskThatHasEndedIsNotOpenedAgainByAnOldBackup() throws {
    let rig = try DeskRig()
    let empty = try rig.store.snapshot()
    try rig.say(DeskFixture.request())
    rig.clock.move(900)
    try rig.run()
    try rig.say(ReviewClosed(reason: "released"))
    let said = try [Topic.reviews, .escalations].map { try rig.said($0).count }
    try rig.restart(on: empty)
    #expect(try rig.states().isEmpty)
    let again = try [Topic.reviews, .escalations].map { try rig.said($0).count }
    #expect(again == said)
  }

  @Test func aCaseFileThatCannotBeReadGoesToTheDutyOfficer() throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request(), bytes: Array("{\"workflow\":7}".utf8))
    try rig.checkFold()
    let task = try #require(try rig.states()[DeskFixture.caseID])
    #expect(task.asked == ["duty-officers"] && task.opened == rig.clock.wall, "it begins when it is found")
    #expect(try rig.said(.escalations).count == 1)
    try rig.say(DeskFixture.request())
    #expect(try rig.states()[DeskFixture.caseID]?.workflow == "pay")
  }

  @Test func listsShowWhatSomebodyMayDecideTheNextDeadlineFirst() throws {
    let rig = try DeskRig()
    let cases = (0..<5).map { "01a20c93-e606-71e1-ac02-b6790b57db4\($0)" }
    for (index, id) in cases.enumerated() {
      let request = index == 4
        ? DeskFixture.request(requester: "P-ada") : DeskFixture.request(quorum: index == 0 ? DeskFixture.two : DeskFixture.one)
      try rig.say(request, caseID: id)
      rig.clock.move(1)
    }
    let list = TaskList(store: rig.store)
    #expect(try list.page(for: DeskFixture.ada).rows.map(\.key) == Array(cases.prefix(4)))
    #expect(try list.page(for: DeskFixture.lead).rows.map(\.key) == [cases[0]])
    #expect(try list.page(for: DeskFixture.duty).rows.count == 5)
    #expect(try list.page(for: DeskFixture.stranger).rows.isEmpty)
    var after: String?
    var walked: [String] = []
    repeat {
      let page = try list.page(for: DeskFixture.duty, after: after, limit: 2)
      walked += page.rows.map(\.key)
      after = page.next
    } while after != nil
    #expect(walked == cases)
    _ = try rig.command(DeskFixture.ben, .claim, caseID: cases[1])
    let counts = try list.counts(for: DeskFixture.ada)
    #expect(counts.map(\.open) == [4] && counts.map(\.unclaimed) == [3] && counts.first?.oldest == DeskFixture.now)
    #expect(throws: (any Error).self) { try list.page(for: DeskFixture.duty, after: "nonsense") }
    _ = try decision(rig, DeskFixture.ada, cases[2])
    #expect(try list.page(for: DeskFixture.ada, .waiting).rows.map(\.key) == [cases[2]])
    #expect(try list.page(for: DeskFixture.ada, filter: TaskFilter(queue: "payments")).rows.count == 3)
    #expect(try list.page(for: DeskFixture.ada, filter: TaskFilter(queue: "other")).rows.isEmpty)
  }

  @Test func withinAMinuteTheGreaterImpactComesFirstAndWhatIsPutAsideIsOfferedToNobody() throws {
    let rig = try DeskRig()
    let cases = (0..<4).map { "01a20c93-e606-71e1-ac02-b6790b57db4\($0)" }
    for (id, risk) in zip(cases, ["low", "medium", "critical", "high"]) { try rig.say(DeskFixture.request(risk: risk), caseID: id) }
    let list = TaskList(store: rig.store)
    let order = [cases[2], cases[3], cases[1], cases[0]]
    #expect(try list.page(for: DeskFixture.ada).rows.map(\.key) == order)

    func note(_ code: String, to: String = "") throws -> Note {
      try Note(["code": .string(code), "words": "because", "to": .string(to)], caseID: "c", person: "P-ada", idempotency: code)
    }
    _ = try rig.command(DeskFixture.ada, .hold(note("interrupted")), caseID: cases[2])
    _ = try rig.command(DeskFixture.ada, .skip(note("no_time")), caseID: cases[3])
    _ = try rig.command(DeskFixture.ben, .claim, caseID: cases[1])
    _ = try rig.command(DeskFixture.ada, .help(note("", to: "P-stranger")), caseID: cases[0])
    #expect(try list.page(for: DeskFixture.ada).rows.map(\.key) == [cases[2], cases[1], cases[0]])
    #expect(try list.page(for: DeskFixture.ada, .free).rows.map(\.key) == [cases[2], cases[0]])
    #expect(try list.page(for: DeskFixture.ada, .skipped).rows.map(\.key) == [cases[3]])
    #expect(try list.page(for: DeskFixture.ben, .free).rows.map(\.key) == [cases[3], cases[1], cases[0]])
    #expect(try list.page(for: DeskFixture.ben).rows.first?.held == "P-ada")
    #expect(try list.page(for: DeskFixture.stranger, .help).rows.map(\.key) == [cases[0]])
    #expect(try list.page(for: DeskFixture.stranger).rows.isEmpty)
    try rig.checkFold()
  }
}
