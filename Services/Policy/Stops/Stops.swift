import Crypto
import FoundationEssentials
import Host
import JSON
import Lanes
import Permits
import Storage
import Synchronization
import Wire
import Workflows

/// The switches of this installation: one row in policy's database, under a keyed mark, shared by all instances; each reads
/// it twice a second. A row that was changed past us, or is gone, stops everything.
final class Stops: Sendable {
  static let table = Table(
    "switches", keyCount: 1, [Column("id", .integer), Column("version", .integer), Column("body", .text), Column("mark", .text)])
  static let migration = Migration("policy-2", [.create(table)])
  static let readSeconds = 0.5

  private let current: Mutex<Switches>
  private let key: SymmetricKey

  /// - Parameter secret: of this service, so that a row's mark cannot be made without it.
  init(secret: [UInt8] = []) {
    current = Mutex(Switches())
    key = SymmetricKey(data: sha256(Array("countersign switches".utf8) + secret))
  }

  var now: Switches { current.withLock { $0 } }

  /// Makes the row where a database has had none yet, reads it, and takes up the keys that policy holds.
  ///
  /// - Parameter genesis: what a new row begins with having to tell the ledger.
  func open(_ store: any Store, keys: [VerificationKey] = [], genesis: Genesis? = nil) throws {
    let isNew = try store.read { try $0.query("SELECT value FROM meta WHERE name = ?", [.text("switches")]) }.isEmpty
    if isNew {
      do {
        try store.transaction { transaction in
          try transaction.insert(Self.table, [row(Switches().founded(by: genesis))])
          _ = try transaction.execute("INSERT INTO meta (name, value) VALUES (?, ?)", [.text("switches"), .text("made")])
        }
      } catch let error as StoreError where error.kind == .refused {}  // Another instance was faster.
    }
    refresh(store)
    // A row that was changed past us stops everything, and is not written until it is put back.
    do { try change(store) { $0.holding(keys, at: .now) } } catch let error as StoreError where error.kind == .damaged {}
  }

  /// Reads the row anew. A database that does not answer commits nothing either, so what was known stays.
  func refresh(_ store: any Store) {
    let before = now.version
    guard let rows = try? store.read({ try $0.query("SELECT version, body, mark FROM switches WHERE id = 1", []) }) else {
      return
    }
    let read = rows.first.flatMap(switches)
    current.withLock { known in
      // An older row under a good mark was put back by somebody.
      guard let read, read.version >= before else {
        known = Self.damaged(known)
        return
      }
      // A change of our own may have come in between.
      if read.version >= known.version { known = read }
    }
  }

  /// Changes the row. - Parameter change: nil leaves it as it is. Called anew when another instance was faster.
  /// - Returns: the switches afterwards.
  /// - Throws: `StoreError`, `damaged` where the row was changed past us.
  @discardableResult
  func change(_ store: any Store, _ change: (Switches) -> Switches?) throws -> Switches {
    for _ in 0..<10 {
      do { return try changeOnce(store, change) } catch let error as StoreError where error.kind == .conflict { continue }
    }
    return try changeOnce(store, change)
  }

  private func changeOnce(_ store: any Store, _ change: (Switches) -> Switches?) throws -> Switches {
    let after = try store.transaction { transaction -> Switches in
      guard let stored = try transaction.lock(Self.table, [[.integer(1)]]).first ?? nil,
        let known = switches(Array(stored.dropFirst()))
      else { throw StoreError(.damaged, Switches.damage) }
      guard let next = change(known) else { return known }
      try transaction.upsert(Self.table, [row(next)])
      return next
    }
    current.withLock { if after.version >= $0.version { $0 = after } }
    return after
  }

  /// Everything stops. The version stays, so that the right row, put back, is taken again.
  private static func damaged(_ known: Switches) -> Switches {
    var next = known
    guard !next.isDamaged else { return next }
    next.stops = [Stop(workflow: Stop.everything, reason: Switches.damage, by: Stop.guardian, at: .now)]
    return next
  }

  private func row(_ switches: Switches) -> Row {
    let text = switches.json.text
    return [.integer(1), .integer(switches.version), .text(text), .text(mark(text))]
  }

  private func switches(_ row: Row) -> Switches? {
    guard row.count == 3, case .text(let text) = row[1], case .text(let written) = row[2],
      written.utf8.elementsEqual(mark(text).utf8), let json = try? JSON.parse(Array(text.utf8), limits: .stored),
      let switches = try? Switches(json), row[0] == .integer(switches.version)
    else { return nil }
    return switches
  }

  private func mark(_ text: String) -> String {
    hex(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)))
  }
}
