import Lanes
import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign
@testable import countersign_audit

/// Audit on the bus in memory, with contents that go and people who hold them.
final class KeptWorld {
  let ledger: TestLedger
  let clock = TestClock(Records.start)
  let checkpointer: Checkpointer
  let sweep: Sweep
  private let broker: MemoryBroker
  private let bus: MemoryBus
  private let engine: LaneEngine<AuditDecider>
  private let mailbox: Mailbox<AuditDecider>
  private var nextID: Int64 = 1

  static let file = """
    minimum_days: 0
    notice_hours: 0
    classes: {quick: {days: 1}}
    others: quick
    """

  init(_ yaml: String = KeptWorld.file) throws {
    broker = MemoryBroker(topics: Dictionary(uniqueKeysWithValues: Topic.all.map { ($0.name, $0.kind == .table ? 1 : 4) }), seed: 1)
    ledger = try TestLedger()
    bus = broker.client()
    checkpointer = Checkpointer(paths: ledger.paths, keys: SigningKeys([ledger.signer]))
    sweep = Sweep(retention: RetentionFile(yaml), paths: ledger.paths)
    var config = LaneConfig(instance: "audit-1", lanes: 4)
    config.exclusive = true
    mailbox = Mailbox<AuditDecider>(wake: {})
    engine = LaneEngine(
      AuditDecider(), store: ledger.store, bus: bus, clock: clock, config: config, seal: Records().seal, caller: NoCaller<Never>(),
      absorber: ledger.absorber, mailbox: mailbox, seed: 1)
    try engine.start(Tables.migrations)
  }

  func send(_ messages: [Message]) throws {
    let producer = try bus.makeProducer()
    for message in messages {
      _ = try producer.send(Outgoing(id: nextID, partition: message.source, frames: Array(message.frame.bytes), count: 1))
      nextID += 1
    }
    for _ in 0..<50 { broker.tick(); _ = producer.reports() }
    producer.close()
    try run()
  }

  func run(turns: Int = 40) throws {
    for _ in 0..<turns {
      try engine.turn(wait: .zero)
      broker.tick()
      clock.move(0.01)
    }
  }

  /// Carries a command out. - Returns: its answer.
  func ask(_ event: AuditDecider.Event) async throws -> AuditDecider.Answer {
    nextID += 1
    let ticket = mailbox.submit(id: "ask-\(nextID)") { _ in event }
    try run()
    return try await ticket.value()
  }

  func hold(_ act: HoldChanged.Act = .placed, _ id: String = "H-1", _ scope: HoldScope = .case, _ value: String, by person: String = "ana", human: String? = nil) async throws
    -> AuditDecider.Answer
  {
    try await ask(
      .hold(
        HoldChanged(hold: id, act: act, scope: scope, value: value, person: "demo \(person)", human: human ?? person, reason: "matter 7", at: clock.story)))
  }

  /// What one look at all cases finds.
  func look() throws -> Sweep.Page {
    let (sweep, story) = (sweep, clock.story.microseconds)
    return try ledger.store.read { try sweep.look(after: "", at: story, $0) }
  }

  /// Looks, has the ledger say what goes, and signs it.
  func begin() async throws -> [AuditDecider.Answer] {
    var answers: [AuditDecider.Answer] = []
    for found in try look().found { answers.append(try await ask(.erase(found.erasing, unless: found.holds))) }
    _ = try checkpointer.sign(ledger.store, at: clock.story)
    return answers
  }

  var going: [(at: Int64, caseID: String, position: Int64)] {
    get throws {
      let story = clock.story.microseconds
      return try ledger.store.read { try Erasures.going(until: story, after: (.min, ""), limit: 1_000, $0) }
    }
  }

  /// Destroys all that goes. - Parameter beforeWrite: ends it where it throws.
  func finish(_ beforeWrite: @escaping @Sendable () throws -> Void = {}) async throws {
    let sweeper = Sweeper(sweep.retention, ledger.paths, checkpointer, everySeconds: 1, beforeWrite: beforeWrite)
    for one in try going {
      guard let gone = try ledger.store.read({ try sweeper.destroy(one.caseID, one.position, $0) }) else { continue }
      _ = try await ask(
        .erased(
          ContentErased(
            caseID: one.caseID, erasing: one.position, since: Instant(microseconds: one.at), contents: gone.contents, bytes: gone.bytes, at: clock.story)))
    }
    _ = try checkpointer.sign(ledger.store, at: clock.story)
  }

  /// What whoever has the key finds.
  func verify() async throws -> Inspection.Result {
    var inspection = Inspection(trust: LedgerTrust(logs: [ledger.signer.verifier]))
    return try await inspection.look(at: try FolderSource(folder: ledger.folder))
  }

  /// Rows that the ledger's records would make other ones of.
  func differences() throws -> [IndexFold.Difference] {
    try IndexFold(paths: ledger.paths).compare(ledger.store, beside: try SQLiteStore(path: ":memory:", readers: 0)).differences
  }

  func rows(_ table: Table) throws -> [Row] {
    try ledger.store.read { try $0.query("SELECT * FROM \(table.name) ORDER BY 1, 2", []) }
  }
}
