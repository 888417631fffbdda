import Foundation
import Ledger
import Messaging
import Storage
import Synchronization
import Testing
import Wire

@testable import countersign
@testable import countersign_audit

/// How many writes a process has left.
private final class Life: Sendable {
  private let writes: Mutex<Int>
  init(writes: Int) { self.writes = Mutex(writes) }

  /// Each question is a write.
  var isOver: Bool {
    writes.withLock { left in
      left -= 1
      return left < 0
    }
  }
}

/// Contents go by their class, and the ledger, its index and its figures stay what they were; holds keep them.
@Suite struct KeepingTests {
  private static let manySources = (0..<200).map { "source-\(String($0, radix: 16))-0123" }.joined(separator: ",")

  /// Cases of all kinds, with contents.
  private func cases(_ seed: UInt64, _ count: Int = 8) -> [Message] {
    var generator = SplitMix64(seed: seed)
    var records = Records()
    var messages: [Message] = []
    for number in 0..<count {
      var course = Records.Course()
      course.isReviewed = Bool.random(using: &generator)
      course.isObserved = Bool.random(using: &generator)
      course.isEdited = Bool.random(using: &generator)
      course.end = [.executed, .executed, .rejected, .withdrawn, .open].randomElement(using: &generator) ?? .executed
      course.share = Bool.random(using: &generator) ? "0.25" : nil
      course.isWrong = [true, false, nil].randomElement(using: &generator) ?? nil
      course.judges = Int.random(in: 2...3, using: &generator)
      course.defect = Bool.random(using: &generator) ? "complaint" : nil
      course.tier = Int.random(in: 1...2, using: &generator)
      messages += records.history(number, course)
      messages.append(
        records.make(
          .effects, Int32(number % 4), type: EffectReported.type, subject: Records.caseID(number),
          facts: [(.effect, "e"), (.permit, "p"), (.reasons, "refused"), (.origin, "test")], body: #"{"status":"refused","reason":"secret words"}"#))
      messages.append(
        records.make(
          .reviewsRequested, Int32(number % 4), type: DecisionJudged.type, subject: Records.caseID(number),
          facts: [(.decision, "refused"), (.reviewer, "demo eve"), (.reasons, "signature")], body: #"{"result":"refused","reason":"secret words"}"#))
      // Its headers do not fit into a leaf.
      messages.append(
        records.make(
          .modelProposals, Int32(number % 4), type: ProposalMade.type, subject: Records.caseID(number),
          facts: [(.workflow, "reply-draft"), (.payloadHash, "ab"), (.model, "m/1"), (.prompt, "p1"), (.sources, Self.manySources), (.confidence, "0.700")],
          body: #"{"text":"secret words"}"#))
    }
    return messages
  }

  @Test(arguments: 0..<12 as Range<UInt64>) func contentsGoAndTheIndexMadeAnewIsTheSame(seed: UInt64) async throws {
    let world = try KeptWorld()
    try world.send(cases(seed))
    #expect(try world.look().found.isEmpty)
    let tables = [Tables.cases, Tables.labels, Tables.kpis, Tables.budgets, Tables.touched, Tables.views, Tables.owing, Tables.flaws]
    let before = try tables.map { try world.rows($0) }
    world.clock.move(2 * 86_400)
    let answers = try await world.begin()
    #expect(!answers.isEmpty && answers.allSatisfy { $0 == .erasure(.erasing) })
    // Said, and nothing gone yet: an index made anew at this moment is the same, too.
    #expect(try world.differences() == [])
    var found = try await world.verify()
    #expect((found.flaws, found.erased) == ([], 0))
    try await world.finish()
    #expect(try world.going.isEmpty)
    found = try await world.verify()
    #expect(found.flaws == [])
    #expect(found.erased > 10 && found.erasedBy.count == answers.count && found.kept == 0)
    #expect(found.erasedBy.values.reduce(0, +) == found.erased)
    #expect(try world.differences() == [])
    #expect(try tables.map { try world.rows($0) } == before)
    // What the words said is gone from the index, too; that there was something to look at is not.
    let details = try world.ledger.store.read { transaction in
      try transaction.query(
        "SELECT s.detail FROM security s JOIN cases c ON c.case_id = s.case_id WHERE c.ended IS NOT NULL", []
      ).map { try $0[0].text() }
    }
    #expect(!details.isEmpty && details.allSatisfy(\.isEmpty))
    // The story still has the headers of a record that went whole.
    let hops = try world.ledger.store.read { transaction in
      let ended = try transaction.query("SELECT case_id FROM cases WHERE ended IS NOT NULL ORDER BY case_id LIMIT 1", [])[0][0].text()
      let extent = try #require(try Extent(transaction))
      return try LedgerReader(world.ledger.paths).hops(Entries.positions(of: ended, limit: 1_000, transaction), extent, transaction)
    }
    let whole = hops.filter { $0.leaf.kind == .whole }
    #expect(!whole.isEmpty && whole.allSatisfy { $0.content == nil && $0.header(Header.type) == ProposalMade.type })
    // A second look finds nothing.
    #expect(try world.look().found.isEmpty)
  }

  @Test(arguments: 0..<25 as Range<UInt64>) func aProcessThatEndsBeforeAnyWriteLeavesALedgerThatVerifies(seed: UInt64) async throws {
    struct Killed: Error {}
    let world = try KeptWorld()
    try world.send(cases(seed, 3))
    world.clock.move(2 * 86_400)
    _ = try await world.begin()
    let wanted = try world.going.count
    var generator = SplitMix64(seed: seed)
    var kills = 0
    for _ in 0..<4 {
      let life = Life(writes: Int.random(in: 0..<30, using: &generator))
      do { try await world.finish { if life.isOver { throw Killed() } } } catch is Killed { kills += 1 }
      _ = try world.checkpointer.sign(world.ledger.store, at: world.clock.story)
      let found = try await world.verify()
      #expect(found.flaws == [], "seed \(seed) after \(kills) kills")
    }
    try await world.finish()
    let found = try await world.verify()
    #expect(found.flaws == [] && found.kept == 0 && found.erasedBy.count == wanted)
    #expect(try world.differences() == [])
  }

  @Test func whatComesLaterGoesLater() async throws {
    let world = try KeptWorld()
    var records = Records()
    try world.send(records.automaticCase(1, body: #"{"a":"words"}"#))
    world.clock.move(2 * 86_400)
    _ = try await world.begin()
    try await world.finish()
    try world.send([
      records.make(
        .cases, 1, type: CaseDefect.type, subject: Records.caseID(1), at: Records.start.adding(seconds: 90_000), body: #"{"kind":"reversal","words":"late"}"#)
    ])
    #expect(try world.ledger.caseRow(Records.caseID(1))?.measures.defects != 0)
    let second = try world.look().found
    #expect(second.map(\.erasing.positions.count) == [1])
    _ = try await world.begin()
    try await world.finish()
    #expect(try await world.verify().erased == 6)
    #expect(try world.ledger.caseRow(Records.caseID(1))?.measures.defects != 0)
    #expect(try world.differences() == [])
  }

  @Test func aHoldBeatsRetentionWheneverItComes() async throws {
    let world = try KeptWorld()
    var records = Records()
    try world.send((1...3).flatMap { records.automaticCase($0) })
    world.clock.move(2 * 86_400)
    // Before the look.
    #expect(try await world.hold(.placed, "H-1", .case, Records.caseID(1)) == .hold(.placed(isLate: false)))
    var page = try world.look()
    #expect((page.held, page.found.map(\.erasing.caseID)) == (1, [Records.caseID(2), Records.caseID(3)]))
    // Between the look and what follows from it.
    let found = try #require(page.found.first { $0.erasing.caseID == Records.caseID(2) })
    #expect(try await world.hold(.placed, "H-2", .case, Records.caseID(2)) == .hold(.placed(isLate: false)))
    #expect(try await world.ask(.erase(found.erasing, unless: found.holds)) == .erasure(.held))
    // Between the word and the deed: the hold keeps what is there, and says that it is late.
    _ = try await world.begin()
    #expect(try await world.hold(.placed, "H-3", .case, Records.caseID(3)) == .hold(.placed(isLate: true)))
    try await world.finish()
    #expect(try await world.verify().erased == 0)
    #expect(try world.going.map(\.caseID) == [Records.caseID(3)])
    // Two end it, and it goes.
    #expect(try await world.hold(.releaseAsked, "H-3", .case, Records.caseID(3), by: "ana") != .hold(.released))
    try await world.finish()
    #expect(try await world.verify().erased == 0)
    #expect(try await world.hold(.releaseAsked, "H-3", .case, Records.caseID(3), by: "bob") == .hold(.released))
    try await world.finish()
    #expect(try await world.verify().erased == 5)
    page = try world.look()
    #expect((page.held, page.found.count) == (2, 0))
    #expect(try world.rows(Tables.holds).count == 5)
    #expect(try world.differences() == [])
  }

  @Test func holdsOnAPersonAndOnAWorkflowCoverTheirCases() async throws {
    let world = try KeptWorld()
    var records = Records()
    var other = Records.Course()
    other.workflow = "invoice"
    other.isReviewed = false
    try world.send(records.history(1, Records.Course()) + records.history(2, other))
    world.clock.move(2 * 86_400)
    #expect(try world.look().found.count == 2)
    _ = try await world.hold(.placed, "H-1", .person, "demo ana")
    #expect(try world.look().found.map(\.erasing.caseID) == [Records.caseID(2)])
    _ = try await world.hold(.placed, "H-2", .workflow, "invoice")
    #expect(try world.look().found.isEmpty)
    let covering = try world.ledger.store.read { transaction in
      try [1, 2].map { try Sweep.isHeld(CaseRow(transaction.load(Tables.cases, [[.text(Records.caseID($0))]])[0]!), Sweep.heldPeople(transaction), transaction) }
    }
    #expect(covering == [true, true])
  }

  @Test func oneHumanIsNotTwo() async throws {
    let world = try KeptWorld()
    let id = Records.caseID(1)
    _ = try await world.hold(.placed, "H-1", .case, id)
    _ = try await world.hold(.placed, "H-2", .case, id, by: "bob")
    guard case .hold(.another) = try await world.hold(.releaseAsked, "H-1", .case, id, by: "ana") else {
      Issue.record("the first word waits")
      return
    }
    #expect(try await world.hold(.releaseAsked, "H-1", .case, id, by: "ana") == .hold(.samePerson))
    #expect(try await world.hold(.releaseAsked, "H-1", .case, id, by: "ana-2", human: "ana") == .hold(.samePerson))
    #expect(try await world.hold(.releaseAsked, "H-9", .case, id, by: "bob") == .hold(.unknown))
    // A word is good for a day; then somebody has to be the first anew.
    world.clock.move(86_401)
    guard case .hold(.another) = try await world.hold(.releaseAsked, "H-1", .case, id, by: "bob") else {
      Issue.record("the first word waits")
      return
    }
    #expect(try await world.hold(.releaseAsked, "H-1", .case, id, by: "ana") == .hold(.released))
    // The other hold on the same case stands.
    #expect(try world.ledger.store.read { try KeepingRoutes.standing($0) }.map(\.placed.hold) == ["H-2"])
  }

  @Test func whatIsNotWhatItWasStaysAndIsFound() async throws {
    let world = try KeptWorld()
    var records = Records()
    try world.send(records.automaticCase(1, body: #"{"words":"as they were"}"#))
    let path = world.ledger.paths.contents(1)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[25] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    world.clock.move(2 * 86_400)
    #expect(try world.look().found.map(\.erasing.positions) == [[1, 2, 3, 4]])
    _ = try await world.begin()
    try await world.finish()
    let found = try await world.verify()
    #expect(found.flaws.map(\.position) == [0] && found.erased == 4)
  }

  @Test func contentsThatGoWithoutARecordAreFound() async throws {
    let world = try KeptWorld()
    var records = Records()
    try world.send((1...4).flatMap { records.automaticCase($0, body: #"{"words":"evidence"}"#) })
    _ = try world.checkpointer.sign(world.ledger.store, at: world.clock.story)
    let (paths, extent) = (world.ledger.paths, try #require(try world.ledger.extent()))
    let gone = try world.ledger.store.read { try Eraser(paths).erase([7], extent, $0) }
    #expect(gone.contents == 1 && gone.bytes == 20)
    let found = try await world.verify()
    #expect(found.flaws.map(\.position) == [7])
    #expect(found.flaws.first?.text.contains("no record") == true)
  }

  @Test func contentsThatChangeAfterTheyWereGoneAreFound() async throws {
    let world = try KeptWorld()
    var records = Records()
    try world.send(records.automaticCase(1, body: #"{"words":"as they were"}"#))
    world.clock.move(2 * 86_400)
    _ = try await world.begin()
    try await world.finish()
    let path = world.ledger.paths.contents(1)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[25] = 7
    try bytes.write(to: URL(fileURLWithPath: path))
    #expect(try await world.verify().flaws.map(\.position) == [0])
  }
}
