import Lanes
import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

@Suite struct EngineTests {
  @Test func everyRecordBehindTheDoorComesIntoTheLedgerOnce() throws {
    let world = try AuditWorld()
    var records = Records()
    let messages = (0..<40).flatMap { records.automaticCase($0) }
    try world.send(messages)
    try world.send(Array(messages.suffix(7)))
    try world.run()
    #expect(try world.ledger.extent()?.size == 200)
    #expect(try world.ledger.caseRow(Records.caseID(39))?.outcome == "advisory")
  }

  @Test func aServicesOwnAlertIsPublished() throws {
    let world = try AuditWorld()
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
    let world = try AuditWorld()
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
    let world = try AuditWorld()
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
    let world = try AuditWorld()
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
    let world = try AuditWorld()
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
