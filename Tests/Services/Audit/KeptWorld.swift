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
  let checkpointer: Checkpointer
  let sweep: Sweep
  private let world: AuditWorld
  private var asked = 0
  var ledger: TestLedger { world.ledger }
  var clock: TestClock { world.clock }

  static let file = """
    minimum_days: 0
    notice_hours: 0
    classes: {quick: {days: 1}}
    others: quick
    """

  init(_ yaml: String = KeptWorld.file) throws {
    world = try AuditWorld(pace: 0.01)
    checkpointer = Checkpointer(paths: world.ledger.paths, keys: SigningKeys([world.ledger.signer]))
    sweep = Sweep(retention: RetentionFile(yaml), paths: world.ledger.paths)
  }

  func send(_ messages: [Message]) throws {
    try world.send(messages)
    try world.run()
  }

  /// Carries a command out. - Returns: its answer.
  func ask(_ event: AuditDecider.Event) async throws -> AuditDecider.Answer {
    asked += 1
    let ticket = world.mailbox.submit(id: "ask-\(asked)") { _ in event }
    try world.run()
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
