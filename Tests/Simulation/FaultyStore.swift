import Storage
import Wire

/// A service's database as one process sees it: it fails, and the process dies, as the world pleases.
final class FaultyStore: Store, @unchecked Sendable {
  private let life: Life

  init(_ life: Life) { self.life = life }

  func migrate(_ migrations: [Migration]) throws(StoreError) {
    do { try life.boundary() } catch { throw StoreError(.unavailable, "dead") }
    try life.store.migrate(migrations)
  }

  func transaction<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    try life.boundary()
    let fault = life.world.drawStoreFault()
    switch fault {
    case .conflict?: throw StoreError(.conflict, "simulated")
    case .unavailable?: throw StoreError(.unavailable, "simulated")
    case .refusedData?: throw StoreError(.refused, "simulated")
    default: break
    }
    life.isInTransaction = true
    defer { life.isInTransaction = false }
    var changes = Changes()
    let result = try life.store.transaction { transaction in
      let faulty = FaultyTransaction(transaction)
      let result = try body(faulty)
      if life.world.trap.isSprung { throw life.die(.trap) }
      if fault == .crashBeforeCommit { throw life.die(.crashBeforeCommit) }
      if fault == .commitLostAndUndone { throw StoreError(.commitUnknown, "simulated") }
      changes = faulty.changes
      return result
    }
    life.world.committed(changes, by: life)
    if fault == .crashAfterCommit { throw life.die(.crashAfterCommit) }
    if fault == .commitLostAndDone { throw StoreError(.commitUnknown, "simulated") }
    return result
  }

  func read<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    try life.boundary()
    if life.world.drawReadFault() { throw StoreError(.unavailable, "simulated") }
    life.isInTransaction = true
    defer { life.isInTransaction = false }
    return try life.store.read(body)
  }

  func space() throws(StoreError) -> (used: Int64, free: Int64) { try life.store.space() }
  func backup(to directory: String) throws(StoreError) { try life.store.backup(to: directory) }
  func close() {}
}

/// What a transaction has changed of that which the world watches.
struct Changes {
  var outbox: [Row] = []
  var positions: [Row] = []
  var lanes: [Row] = []
  var handled: [Row] = []
}

final class FaultyTransaction: StoreTransaction {
  private let inner: any StoreTransaction
  private(set) var changes = Changes()

  init(_ inner: any StoreTransaction) { self.inner = inner }

  func lock(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] { try inner.lock(table, keys) }
  func load(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] { try inner.load(table, keys) }

  func upsert(_ table: Table, _ rows: [Row]) throws(StoreError) {
    switch table.name {
    case "positions": changes.positions += rows
    case "lanes": changes.lanes += rows
    case "states":
      // As a database does that cannot take some data.
      for row in rows { if case .blob(let body) = row[4], contains(body, "unsaveable") { throw StoreError(.refused, "simulated") } }
    default: break
    }
    try inner.upsert(table, rows)
  }

  private func contains(_ body: [UInt8], _ text: String) -> Bool {
    String(decoding: body, as: UTF8.self).utf8.count >= text.utf8.count && String(decoding: body, as: UTF8.self).contains(text)
  }

  func insert(_ table: Table, _ rows: [Row]) throws(StoreError) {
    if table.name == "outbox" { changes.outbox += rows }
    if table.name == Handled.table.name { changes.handled += rows }
    try inner.insert(table, rows)
  }

  func delete(_ table: Table, _ keys: [Row]) throws(StoreError) { try inner.delete(table, keys) }
  func claim(_ set: String, _ entries: [KeyEntry]) throws(StoreError) -> [KeyEntry?] { try inner.claim(set, entries) }
  func find(_ set: String, _ keys: [[UInt8]]) throws(StoreError) -> [KeyEntry?] { try inner.find(set, keys) }
  func expire(_ set: String, before time: Int64) throws(StoreError) { try inner.expire(set, before: time) }
  func query(_ sql: String, _ arguments: [Value]) throws(StoreError) -> [Row] { try inner.query(sql, arguments) }
  func server() throws(StoreError) -> String { try inner.server() }
  func execute(_ sql: String, _ arguments: [Value]) throws(StoreError) -> Int { try inner.execute(sql, arguments) }
}
