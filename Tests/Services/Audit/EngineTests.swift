import Lanes
import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

/// Audit on the bus in memory, fed as the other services would.
private final class World {
  let broker: MemoryBroker
  let ledger: TestLedger
  let clock = TestClock(Records.start)
  private let bus: MemoryBus
  private(set) var engine: LaneEngine<AuditDecider>
  private(set) var mailbox: Mailbox<AuditDecider>
  private var nextID: Int64 = 1

  init() throws {
    broker = MemoryBroker(topics: Dictionary(uniqueKeysWithValues: Topic.all.map { ($0.name, $0.kind == .table ? 1 : 4) }), seed: 1)
    ledger = try TestLedger()
    bus = broker.client()
    (engine, mailbox) = Self.makeEngine(ledger, bus, clock)
    try engine.start(Tables.migrations)
  }

  private static func makeEngine(
    _ ledger: TestLedger, _ bus: MemoryBus, _ clock: TestClock
  ) -> (LaneEngine<AuditDecider>, Mailbox<AuditDecider>) {
    var config = LaneConfig(instance: "audit-1", lanes: 4)
    config.exclusive = true
    let mailbox = Mailbox<AuditDecider>(wake: {})
    let engine = LaneEngine(
      AuditDecider(), store: ledger.store, bus: bus, clock: clock, config: config, seal: Records().seal,
      caller: NoCaller<Never>(), absorber: ledger.absorber, mailbox: mailbox, seed: 1)
    return (engine, mailbox)
  }

  func send(_ messages: [Message]) throws {
    let producer = try bus.makeProducer()
    for message in messages {
      let outgoing = Outgoing(id: nextID, partition: message.source, frames: Array(message.frame.bytes), count: 1)
      nextID += 1
      _ = try producer.send(outgoing)
    }
    for _ in 0..<50 { broker.tick(); _ = producer.reports() }
    producer.close()
  }

  func run(turns: Int = 40) throws {
    for _ in 0..<turns {
      try engine.turn(wait: .zero)
      broker.tick()
      clock.move(0.3)
    }
  }

  func published(_ topic: Topic) throws -> [Frame] {
    var frames: [Frame] = []
    for lane in 0..<Int32(4) {
      let source = TopicPartition(topic.name, lane)
      let marks = try bus.watermarks(of: source)
      try bus.read(source, marks.low..<marks.high) { frames.append($0.frame); return true }
    }
    return frames
  }
}

@Suite struct EngineTests {
  @Test func everyRecordBehindTheDoorComesIntoTheLedgerOnce() throws {
    let world = try World()
    var records = Records()
    let messages = (0..<40).flatMap { records.automaticCase($0) }
    try world.send(messages)
    try world.send(Array(messages.suffix(7)))
    try world.run()
    #expect(try world.ledger.extent()?.size == 200)
    #expect(try world.ledger.caseRow(Records.caseID(39))?.outcome == "advisory")
  }

  @Test func aServicesOwnAlertIsPublished() throws {
    let world = try World()
    var records = Records()
    try world.send([
      records.make(
        Service.policy.heads, 1, type: "countersign.alert.raised.v1", facts: [(.reasons, "record.foreign")],
        body: #"{"code":"record.foreign","lane":1,"text":"a record without our seal","instance":"policy-1"}"#)
    ])
    try world.run()
    let alerts = try world.published(.alerts).map { try AlertPublished(Fields(of: $0)) }
    #expect(alerts.map(\.code) == ["record.foreign"])
    #expect(alerts.first?.service == "policy")
    #expect(try world.ledger.extent()?.size == 1)
  }

  @Test func aForeignRecordOnATopicThatOnlyAuditReadsIsAFindingOnce() throws {
    let world = try World()
    var writer = FrameWriter()
    writer.begin(key: "c".utf8, body: "{}".utf8)
    writer.header("ce_type", "countersign.decision.made.v1")
    writer.header("ce_subject", Records.caseID(7))
    writer.end()
    // `reviews` is read by audit alone, `decisions` by policy too, which tells of it by itself.
    for topic in [Topic.reviews, .decisions] {
      try world.send([Message(source: TopicPartition(topic.name, 2), offset: 0, timestamp: 0, frame: Frame(writer.bytes[...]))])
    }
    try world.run()
    let rows = try world.ledger.store.read { try $0.query("SELECT kind, place, case_id FROM security", []) }
    #expect(rows == [[.text("foreign"), .text("reviews/2/0"), .text(Records.caseID(7))]])
    #expect(try world.ledger.stream(.reviews, 2)?.foreign == 1)
  }

  @Test func aMissingEndOfAStreamIsAnAlertUntilItCame() throws {
    let world = try World()
    try world.run(turns: 3)
    let stream = AuditDecider.Stream(source: TopicPartition("decisions", 1), number: 4, head: 9)
    for id in ["a", "b"] { _ = world.mailbox.submit(id: id) { _ in .behind(stream) } }
    try world.run(turns: 5)
    _ = world.mailbox.submit(id: "c") { _ in .caughtUp(key: stream.key) }
    _ = world.mailbox.submit(id: "d") { _ in .caughtUp(key: stream.key) }
    try world.run(turns: 5)
    let alerts = try world.published(.alerts).map { try AlertPublished(Fields(of: $0)) }
    #expect(alerts.map(\.state) == [.standing, .resolved])
    #expect(alerts.allSatisfy { $0.key == "behind/decisions/1" && $0.service == "reviewer" && $0.code == "stream.behind" })
  }

  @Test func aPublishedCheckpointIsFoundAgain() throws {
    let world = try World()
    try world.run(turns: 3)
    let signer = world.ledger.signer
    let checkpoint = Checkpoint(origin: "test/audit", size: 12, root: .empty)
    let body = CheckpointPublished(size: 12, root: "\(TreeHash.empty)", note: try signer.sign(checkpoint))
    _ = world.mailbox.submit(id: "x") { _ in .checkpoint(body) }
    try world.run(turns: 5)
    let bus = world.broker.client()
    #expect(try publishedCheckpoint(bus, seal: Records().seal, verifiers: [signer.verifier]) == checkpoint)
    #expect(try publishedCheckpoint(bus, seal: Seal(key: [UInt8](repeating: 9, count: 32)), verifiers: [signer.verifier]) == nil)
  }

  @Test func aRecordThatCannotBeReadIsKeptAllTheSame() throws {
    let world = try World()
    var records = Records()
    try world.send([
      records.make(Service.intake.heads, type: "countersign.alert.raised.v1", body: "no json"),
      records.make(Service.intake.heads, type: "countersign.alert.raised.v1", body: nil),
    ])
    try world.run()
    // They, and audit's own dead letters of them.
    #expect(try world.ledger.extent()?.size == 4)
    #expect(try world.published(Service.audit.dead).count == 2)
  }
}
