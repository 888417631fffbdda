import GRDB
import GRDBSQLite

/// One connection with its prepared statements. GRDB opens and closes it; in between, its rows go by the C API, which
/// costs a fifth. Used by one thread at a time (see `ConnectionPool`).
final class SQLiteConnection {
  let queue: DatabaseQueue
  /// No other connection has it.
  let name = "\(UInt64.random(in: .min ... .max))"
  private let handle: OpaquePointer
  private var statements: [String: SQLiteStatement] = [:]
  private var tables: [String: SQLiteTable] = [:]
  var keySets: [String: KeySet] = [:]
  let keySetShape: KeySetShape

  init(_ queue: DatabaseQueue, _ keySetShape: KeySetShape) throws(StoreError) {
    self.queue = queue
    self.keySetShape = keySetShape
    guard let handle = queue.inDatabase({ $0.sqliteConnection }) else {
      throw StoreError(.unavailable, "the database did not open")
    }
    self.handle = handle
    // GRDB's observers are not used, and they would not understand transactions that GRDB did not begin.
    _ = sqlite3_commit_hook(handle, nil, nil)
    _ = sqlite3_rollback_hook(handle, nil, nil)
  }

  /// The statement, kept for the next time.
  func statement(_ sql: String) throws(StoreError) -> SQLiteStatement {
    if let statement = statements[sql] { return statement }
    if statements.count >= 200 { statements.removeAll() }
    let statement = try SQLiteStatement(handle, sql)
    statements[sql] = statement
    return statement
  }

  func table(_ table: Table) throws(StoreError) -> SQLiteTable {
    if let known = tables[table.name], known.describes(table) { return known }
    let made = try SQLiteTable(table, on: self)
    tables[table.name] = made
    return made
  }

  /// A statement that is run once.
  func runOnce(_ sql: String) throws(StoreError) {
    try SQLiteStatement(handle, sql).run([])
  }

  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }
  var totalChanges: Int64 { sqlite3_total_changes64(handle) }
  var lastChanges: Int64 { sqlite3_changes64(handle) }

  func begin(writable: Bool) throws(StoreError) {
    try statement(writable ? "BEGIN IMMEDIATE" : "BEGIN").run([])
  }

  func commit() throws(StoreError) {
    do throws(StoreError) {
      try statement("COMMIT").run([])
    } catch {
      // An I/O error: the commit mark may have reached the file although its sync failed.
      let unknown = error.kind == .unavailable
      forgetKeys(all: unknown)
      rollback()
      throw unknown ? StoreError(.commitUnknown, error.description) : error
    }
    for keySet in keySets.values { keySet.committed() }
  }

  /// Also right where SQLite has rolled back by itself (as it does when the disk is full).
  func rollback() {
    if isInTransaction { try? statement("ROLLBACK").run([]) }
    forgetKeys(all: false)
  }

  /// What is held in memory about key sets goes back to what the last commit left, or to nothing.
  private func forgetKeys(all: Bool) {
    if all { keySets.removeAll() }
    for (name, keySet) in keySets where !keySet.rolledBack() { keySets[name] = nil }
  }

  func close() {
    statements.removeAll()
    tables.removeAll()
    keySets.removeAll()
    try? queue.close()
  }

  /// The bytes of the database as a file would hold them.
  func serialized() throws(StoreError) -> [UInt8] {
    var size: sqlite3_int64 = 0
    guard let bytes = sqlite3_serialize(handle, "main", &size, 0) else {
      throw StoreError(.unavailable, "no memory for a snapshot")
    }
    defer { sqlite3_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(size)))
  }

  func deserialize(_ snapshot: [UInt8]) throws(StoreError) {
    guard let copy = sqlite3_malloc64(UInt64(max(snapshot.count, 1))) else {
      throw StoreError(.unavailable, "no memory for a snapshot")
    }
    snapshot.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { copy.copyMemory(from: start, byteCount: bytes.count) }
    }
    if snapshot.count > 20 {
      // A database in memory cannot be read in WAL mode (file format, offsets 18 and 19).
      for offset in 18...19 where snapshot[offset] == 2 { copy.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self) }
    }
    let size = Int64(snapshot.count)
    // SQLite frees the copy, also when it fails.
    let flags = UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE)
    let code = sqlite3_deserialize(handle, "main", copy.assumingMemoryBound(to: UInt8.self), size, size, flags)
    guard code == SQLITE_OK else { throw StoreError(sqlite: code, String(cString: sqlite3_errmsg(handle))) }
  }
}

/// The statements of one table.
final class SQLiteTable {
  let upsert: SQLiteStatement?
  let insert: SQLiteStatement
  let load: SQLiteStatement?
  let delete: SQLiteStatement?
  private let columns: [Column]
  private let keyCount: Int

  init(_ table: Table, on connection: SQLiteConnection) throws(StoreError) {
    try table.checkShape()
    columns = table.columns
    keyCount = table.keyCount
    let marks = table.columns.map { _ in "?" }.joined(separator: ", ")
    let into = "INTO \(table.quoted) (\(Table.list(table.columns))) VALUES (\(marks))"
    insert = try connection.statement("INSERT \(into)")
    guard keyCount > 0 else {
      (upsert, load, delete) = (nil, nil, nil)
      return
    }
    let condition = table.keyColumns.map { "\"\($0.name)\" = ?" }.joined(separator: " AND ")
    upsert = try connection.statement("INSERT \(into) \(table.conflictClause)")
    load = try connection.statement("SELECT \(Table.list(table.columns)) FROM \(table.quoted) WHERE \(condition)")
    delete = try connection.statement("DELETE FROM \(table.quoted) WHERE \(condition)")
  }

  func describes(_ table: Table) -> Bool {
    keyCount == table.keyCount && columns.count == table.columns.count
      && zip(columns, table.columns).allSatisfy { $0.name == $1.name }
  }
}
