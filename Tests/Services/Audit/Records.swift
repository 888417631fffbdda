import Foundation
import Ledger
import Messaging
import Storage
import Wire

@testable import countersign_audit

/// Makes sealed records as the lanes do, numbered per stream.
struct Records {
  let seal = Seal(key: [UInt8](repeating: 5, count: 32))
  private var numbers: [TopicPartition: Int64] = [:]
  private var offsets: [TopicPartition: Int64] = [:]

  mutating func make(
    _ topic: Topic, _ partition: Int32 = 0, type: String, subject: String? = nil, at: Instant = Records.start,
    facts: [(Fact, String)] = [], body: String? = "{}", skipping: Int64 = 0, epoch: Int64 = 1, cause: String = "mechanism"
  ) -> Message {
    let source = TopicPartition(topic.name, partition)
    let number = numbers[source, default: 0] + 1 + skipping
    numbers[source] = number
    let offset = offsets[source, default: 0]
    offsets[source] = offset + 1
    var writer = FrameWriter()
    writer.begin(key: (subject ?? "lane-\(partition)").utf8, body: body.map { Array($0.utf8) })
    writer.header(Header.source, "countersign/\(topic.writer?.rawValue ?? "")")
    writer.header(Header.type, type)
    writer.header(Header.time, at.description)
    if let subject { writer.header(Header.subject, subject) }
    writer.header(Header.sequence, "\(number)")
    writer.header(Header.epoch, "\(epoch)")
    writer.header(Header.order, "\(number)")
    writer.header(Header.cause, cause)
    for (fact, value) in facts { writer.header(fact.rawValue, value) }
    seal.close(&writer, topic: topic.name, partition: partition)
    return Message(source: source, offset: offset, timestamp: 0, frame: Frame(writer.bytes[...]))
  }

  static let start = Instant(microseconds: 1_795_000_000_000_000)

  static func caseID(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "019ab000-0000-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  /// One automatic case as five records.
  mutating func automaticCase(_ number: Int, body: String = "{}") -> [Message] {
    let id = Self.caseID(number)
    let lane = Int32(number % 4)
    let at = { (seconds: Double) in Self.start.adding(seconds: Double(number) / 1_000 + seconds) }
    return [
      make(.cases, lane, type: CaseAdmitted.type, subject: id, at: at(0), facts: [
        (.workflow, "ticket-summary"), (.payloadHash, "ab12"), (.origin, "support-desk"),
      ], body: body),
      make(.modelRequests, lane, type: ModelRequested.type, subject: id, at: at(0.1), facts: [(.workflow, "ticket-summary"), (.bundle, "b1")], body: body),
      make(.modelProposals, lane, type: ProposalMade.type, subject: id, at: at(0.2), facts: [
        (.model, "embedded-1"), (.prompt, "p1"), (.sources, "kb-1,kb-2"), (.confidence, "0.950"),
      ], body: body),
      make(.verdicts, lane, type: CaseJudged.type, subject: id, at: at(0.3), facts: [
        (.route, "auto"), (.risk, "low"), (.confidence, "0.950"), (.reasons, "confidence.sufficient"), (.actionHash, "none"),
      ], body: body),
      make(.outcomes, lane, type: CaseEnded.type, subject: id, at: at(0.4), facts: [
        (.outcome, "advisory"), (.workflow, "ticket-summary"), (.route, "auto"),
      ], body: body),
    ]
  }
}

extension MemoryBroker {
  /// Takes in what services have written. - Parameter id: of the next row; is raised.
  func take(_ messages: [Message], by bus: MemoryBus, from id: inout Int64) throws {
    let producer = try bus.makeProducer()
    for message in messages {
      _ = try producer.send(Outgoing(id: id, partition: message.source, frames: Array(message.frame.bytes), count: 1))
      id += 1
    }
    for _ in 0..<50 { tick(); _ = producer.reports() }
    producer.close()
  }
}

/// A ledger in a folder of its own, with its database in memory.
final class TestLedger {
  let folder: String
  let store: SQLiteStore
  let signer: NoteSigner
  var absorber: LedgerAbsorber
  var wall: Int64 = Records.start.microseconds

  init(segmentLimit: Int64 = LedgerWriter.segmentBytes) throws {
    folder = NSTemporaryDirectory() + "countersign-ledger-\(UUID().uuidString)"
    store = try SQLiteStore(path: ":memory:", readers: 0)
    signer = try NoteSigner(name: "test/audit", seed: [UInt8](repeating: 3, count: 32))
    absorber = LedgerAbsorber(folder: folder, signer: signer.verifier, segmentLimit: segmentLimit) { Records.start.microseconds }
    try store.migrate(Tables.migrations)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var paths: LedgerPaths { LedgerPaths(folder: folder) }

  /// A process that has just begun, on this folder and some database.
  func restart(segmentLimit: Int64 = LedgerWriter.segmentBytes) {
    absorber = LedgerAbsorber(folder: "/nowhere", signer: signer.verifier) { 0 }
    absorber = LedgerAbsorber(folder: folder, signer: signer.verifier, segmentLimit: segmentLimit) { Records.start.microseconds }
  }

  func absorb(_ messages: [Message]) throws { try absorb(messages, into: store) }

  func absorb(_ messages: [Message], into store: SQLiteStore) throws {
    let absorber = absorber
    try store.transaction { try absorber.absorb(messages, in: $0) }
  }

  func extent(_ store: SQLiteStore? = nil) throws -> Extent? { try (store ?? self.store).read { try Extent($0) } }

  func caseRow(_ id: String) throws -> CaseRow? {
    try store.read { try $0.load(Tables.cases, [[.text(id)]])[0].map { try CaseRow($0) } }
  }

  func stream(_ topic: Topic, _ partition: Int32 = 0) throws -> StreamRow? {
    try store.read { try StreamRow.all($0) }.first { $0.source == TopicPartition(topic.name, partition) }
  }

  func leaf(_ position: Int64) throws -> (Leaf, LedgerReader.Content?) {
    let paths = paths
    return try store.read { transaction in
      let extent = try Extent(transaction) ?? Extent(ledger: "")
      let reader = LedgerReader(paths)
      let bundle = try reader.bundle(position / 256, extent, transaction)
      let place = Int(position % 256)
      guard let leaf = Leaf(bundle.leaves[place]) else { throw StoreError(.damaged, "no leaf") }
      return (leaf, try reader.contents(bundle, [place])[place])
    }
  }

  /// All rows of the index, in order.
  func digest(_ store: SQLiteStore) throws -> [[Row]] {
    try store.read { transaction in
      try [Tables.bundles, Tables.entries, Tables.cases, Tables.labels, Tables.security, Tables.kpis, Tables.touched, Tables.views, Tables.owing, Tables.flaws, Tables.openCells].map { table in
        try transaction.query("SELECT * FROM \(table.name) ORDER BY \((1...table.keyCount).map(String.init).joined(separator: ", "))", [])
      }
    }
  }

  func sign() throws {
    let note = try store.read { transaction in
      let extent = try Extent(transaction) ?? Extent(ledger: "")
      return Checkpoint(origin: "test/audit", size: extent.tree.size, root: extent.tree.root)
    }
    try replaceFile(paths.checkpoint, Array(signer.sign(note).utf8))
  }
}
