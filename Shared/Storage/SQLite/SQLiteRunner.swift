import GRDBSQLite

/// The statements of one transaction on a SQLite connection: a loop over a prepared statement for each bulk call.
final class SQLiteRunner: StatementRunner {
  private let connection: SQLiteConnection
  private let isWriter: Bool

  init(_ connection: SQLiteConnection, isWriter: Bool) {
    self.connection = connection
    self.isWriter = isWriter
  }

  /// There is one writer, so every row is locked already.
  func lock(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] { try load(table, keys) }

  func load(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] {
    guard let statement = try connection.table(table).load else { return [] }
    var rows: [Row?] = []
    rows.reserveCapacity(keys.count)
    for key in keys { rows.append(try statement.first(key)) }
    return rows
  }

  func upsert(_ table: Table, _ rows: [Row]) throws(StoreError) {
    guard let statement = try connection.table(table).upsert else { return }
    for row in rows { try statement.run(row) }
  }

  func insert(_ table: Table, _ rows: [Row]) throws(StoreError) {
    let statement = try connection.table(table).insert
    for row in rows { try statement.run(row) }
  }

  func delete(_ table: Table, _ keys: [Row]) throws(StoreError) {
    guard let statement = try connection.table(table).delete else { return }
    for key in keys { try statement.run(key) }
  }

  func claim(_ keySet: String, _ entries: [KeyEntry]) throws(StoreError) -> [KeyEntry?] {
    try keySetInMemory(keySet).claim(entries, on: connection)
  }

  func find(_ keySet: String, _ keys: [[UInt8]]) throws(StoreError) -> [KeyEntry?] {
    // What is in memory belongs to the writer; a reader's snapshot may be older.
    isWriter
      ? try keySetInMemory(keySet).find(keys, on: connection)
      : try KeySetTables(keySet).findWithoutMemory(keys, on: connection)
  }

  func expire(_ keySet: String, before time: Int64) throws(StoreError) {
    try keySetInMemory(keySet).expire(before: time, on: connection)
  }

  private func keySetInMemory(_ name: String) throws(StoreError) -> KeySet {
    if let known = connection.keySets[name] { return known }
    let loaded = try KeySet(name, connection.keySetShape, on: connection)
    connection.keySets[name] = loaded
    return loaded
  }

  func query(_ text: StatementText, _ arguments: [Value]) throws(StoreError) -> [Row] {
    try prepared(text, arguments).all(arguments)
  }

  /// Nobody but this process has the file while it is open.
  func server() -> String { connection.name }

  func execute(_ text: StatementText, _ arguments: [Value]) throws(StoreError) -> Int {
    let before = connection.totalChanges
    try prepared(text, arguments).run(arguments)
    // The count of the last change stays as it was where a statement changes nothing.
    return connection.totalChanges == before ? 0 : Int(connection.lastChanges)
  }

  private func prepared(_ text: StatementText, _ arguments: [Value]) throws(StoreError) -> SQLiteStatement {
    let statement = try connection.statement(text.sql)
    guard statement.parameterCount == arguments.count else {
      throw StoreError(.refused, "\(arguments.count) arguments for another number of parameters: \(text.sql)")
    }
    guard isWriter || statement.isReadOnly else { throw StoreError(.refused, "writing inside of read") }
    return statement
  }
}
