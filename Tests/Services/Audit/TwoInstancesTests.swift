import Lanes
import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

/// Two instances of audit on one database and one ledger folder.
private final class Pair {
  let broker = MemoryBroker(
    topics: Dictionary(uniqueKeysWithValues: Topic.all.map { ($0.name, $0.kind == .table ? 1 : 4) }), seed: 1)
  let ledger: TestLedger
  let clock = TestClock(Records.start)
  private let bus: MemoryBus
  private var nextID: Int64 = 1

  struct Instance {
    let engine: LaneEngine<AuditDecider>
    let mailbox: Mailbox<AuditDecider>
    let absorber: LedgerAbsorber
  }

  init() throws {
    ledger = try TestLedger()
    bus = broker.client()
  }

  func start(_ name: String, on store: SQLiteStore? = nil) throws -> Instance {
    var config = LaneConfig(instance: name, lanes: 4)
    config.takesAllOrNone = true
    config.leaseSeconds = 2
    config.renewSeconds = 0.4
    let mailbox = Mailbox<AuditDecider>(wake: {})
    let absorber = LedgerAbsorber(folder: ledger.folder, signer: ledger.signer.verifier) { Records.start.microseconds }
    let engine = LaneEngine(
      AuditDecider(), store: store ?? ledger.store, bus: broker.client(), clock: clock, config: config, seal: Records().seal,
      caller: NoCaller<Never>(), absorber: absorber, mailbox: mailbox, seed: 1)
    try engine.start(Tables.migrations)
    return Instance(engine: engine, mailbox: mailbox, absorber: absorber)
  }

  func send(_ messages: [Message]) throws { try broker.take(messages, by: bus, from: &nextID) }

  func run(_ instances: [Instance], seconds: Double) throws {
    for _ in 0..<Int(seconds * 10) {
      for instance in instances { try instance.engine.turn(wait: .zero) }
      broker.tick()
      clock.move(0.1)
    }
  }

  func alerts() throws -> [String] {
    var found: [String] = []
    for lane in 0..<Int32(4) {
      let source = TopicPartition(Topic.alerts.name, lane)
      let marks = try bus.watermarks(of: source)
      try bus.read(source, marks.low..<marks.high) { message in
        if let alert = try? AlertPublished(Fields(of: message.frame)) { found.append(alert.text) }
        return true
      }
    }
    return found
  }
}

@Suite("Two instances of audit") struct TwoInstancesTests {
  @Test func oneWritesAndTheOtherTakesOverAllLanesTogether() throws {
    let pair = try Pair()
    var records = Records()
    let first = try pair.start("audit-1"), second = try pair.start("audit-2")
    try pair.send((0..<40).flatMap { records.automaticCase($0) })
    try pair.run([first, second], seconds: 3)
    #expect(first.engine.ownedLanes == [0, 1, 2, 3] && second.engine.ownedLanes.isEmpty)
    #expect(second.engine.isStandby && !first.engine.isStandby)
    #expect(first.absorber.isWriting && !second.absorber.isWriting)
    #expect(try pair.ledger.extent()?.size == 200)

    // It hangs, and holds the folder; its leases end.
    try pair.send((40..<80).flatMap { records.automaticCase($0) })
    try pair.run([second], seconds: 2.6)
    #expect(second.engine.ownedLanes == [0, 1, 2, 3])
    // Back again, it sees that it lost them, and lets go of the folder.
    try pair.run([first, second], seconds: 4)
    #expect(first.engine.ownedLanes.isEmpty && !first.absorber.isWriting && second.absorber.isWriting)
    #expect(try pair.ledger.extent()?.size == 400)

    // An orderly stop hands over at once.
    try second.engine.stop(until: pair.clock.wall.adding(seconds: 1))
    try pair.run([first], seconds: 0.5)
    #expect(first.engine.ownedLanes == [0, 1, 2, 3])
    try pair.send((80..<90).flatMap { records.automaticCase($0) })
    try pair.run([first], seconds: 2)
    #expect(try pair.ledger.extent()?.size == 450)
    let streams = try pair.ledger.store.read { try StreamRow.all($0) }
    #expect(streams.allSatisfy { $0.gaps == 0 })
  }

  @Test func aCommandIsCarriedOutByTheOneThatWorksNothing() throws {
    let pair = try Pair()
    let first = try pair.start("audit-1"), second = try pair.start("audit-2")
    try pair.run([first, second], seconds: 1)
    let stream = AuditDecider.Stream(source: TopicPartition("decisions", 1), number: 4, head: 9)
    let ticket = second.mailbox.submit(id: "a") { _ in .behind(stream) }
    try pair.run([first, second], seconds: 2)
    #expect(try ticket.result?.get() == .said)
    #expect(try pair.alerts().count == 1)
  }

  /// The log tells what was said; the ledger must have every record all the same.
  @Test func anOlderDatabaseReadsItsInputAgainAndSaysNothingTwice() throws {
    let pair = try Pair()
    var records = Records()
    func alert(_ number: Int) -> Message {
      records.make(
        Service.policy.heads, 1, type: "countersign.alert.raised.v1", facts: [(.reasons, "record.foreign")],
        body: #"{"code":"record.foreign","lane":1,"text":"number \#(number)","instance":"policy-1"}"#)
    }
    let first = try pair.start("audit-1")
    try pair.send((0..<20).flatMap { records.automaticCase($0) } + [alert(1)])
    try pair.run([first], seconds: 2)
    let backup = try SQLiteStore(snapshot: pair.ledger.store.snapshot())
    try pair.send((20..<40).flatMap { records.automaticCase($0) } + [alert(2), alert(3)])
    try pair.run([first], seconds: 2)
    #expect(try pair.alerts() == ["number 1", "number 2", "number 3"])
    try first.engine.stop(until: pair.clock.wall.adding(seconds: 1))
    // Nothing was signed since: the ledger is cut back to what the old database holds.
    let restored = try pair.start("audit-2", on: backup)
    try pair.run([restored], seconds: 3)
    try pair.send([alert(4)])
    try pair.run([restored], seconds: 2)
    #expect(try pair.ledger.extent(backup)?.size == 204)
    #expect(try pair.alerts() == ["number 1", "number 2", "number 3", "number 4"])
    let streams = try backup.read { try StreamRow.all($0) }
    #expect(streams.allSatisfy { $0.gaps == 0 })
  }
}
