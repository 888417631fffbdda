import CPostgres

/// The statements of one transaction on a PostgreSQL connection: one round trip for each bulk call, its columns as
/// arrays.
final class PostgresRunner: StatementRunner {
  private let connection: PostgresConnection

  init(_ connection: PostgresConnection) { self.connection = connection }

  func lock(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] {
    let order = (0..<table.keyCount).map { "t.\"\(table.columns[$0].name)\"" }.joined(separator: ", ")
    return try load(table, keys, " ORDER BY \(order) FOR UPDATE OF t")
  }

  func load(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] { try load(table, keys, "") }

  private func load(_ table: Table, _ keys: [Row], _ ending: String) throws(StoreError) -> [Row?] {
    try table.checkShape()
    let columns = table.columns.map { "t.\"\($0.name)\"" }.joined(separator: ", ")
    let sql = """
      SELECT k.number, \(columns) FROM \(table.unnestedKeys) WITH ORDINALITY AS k(\(table.keyNames), number) \
      JOIN \(table.quoted) t ON \(table.keysMatch)\(ending)
      """
    let result = try connection.run(sql, parameters(keys, table.keyColumns))
    var rows: [Row?] = Array(repeating: nil, count: keys.count)
    for at in 0..<result.rowCount {
      guard case .integer(let number) = try result.value(at, 0), (1...keys.count).contains(Int(number))
      else { continue }
      var row = Row()
      row.reserveCapacity(table.columns.count)
      for column in 1..<result.columnCount { row.append(try result.value(at, column)) }
      rows[Int(number) - 1] = row
    }
    return rows
  }

  func upsert(_ table: Table, _ rows: [Row]) throws(StoreError) {
    try insert(table, rows, " " + table.conflictClause)
  }

  func insert(_ table: Table, _ rows: [Row]) throws(StoreError) { try insert(table, rows, "") }

  private func insert(_ table: Table, _ rows: [Row], _ ending: String) throws(StoreError) {
    try table.checkShape()
    let arrays = Table.unnest(table.columns)
    let sql = "INSERT INTO \(table.quoted) (\(Table.list(table.columns))) SELECT * FROM \(arrays)\(ending)"
    _ = try connection.run(sql, parameters(rows, table.columns[...]))
  }

  func delete(_ table: Table, _ keys: [Row]) throws(StoreError) {
    try table.checkShape()
    let sql = """
      DELETE FROM \(table.quoted) t USING \(table.unnestedKeys) AS k(\(table.keyNames)) WHERE \(table.keysMatch)
      """
    _ = try connection.run(sql, parameters(keys, table.keyColumns))
  }

  func query(_ statement: StatementText, _ arguments: [Value]) throws(StoreError) -> [Row] {
    let result = try connection.run(statement.numbered, parameters(arguments))
    var rows: [Row] = []
    for at in 0..<result.rowCount {
      var row = Row()
      for column in 0..<result.columnCount { row.append(try result.value(at, column)) }
      rows.append(row)
    }
    return rows
  }

  func server() throws(StoreError) -> String {
    let result = try connection.run("SELECT extract(epoch FROM pg_postmaster_start_time())::text", parameters([]))
    return try result.value(0, 0).text()
  }

  func execute(_ statement: StatementText, _ arguments: [Value]) throws(StoreError) -> Int {
    try connection.run(statement.numbered, parameters(arguments)).changes
  }

  func claim(_ keySet: String, _ entries: [KeyEntry]) throws(StoreError) -> [KeyEntry?] {
    try PostgresKeySet(checking: keySet).claim(entries, on: connection)
  }

  func find(_ keySet: String, _ keys: [[UInt8]]) throws(StoreError) -> [KeyEntry?] {
    let held = try PostgresKeySet(checking: keySet).find(keys, on: connection)
    return keys.map { held[Key($0)] }
  }

  func expire(_ keySet: String, before time: Int64) throws(StoreError) {
    try PostgresKeySet(checking: keySet).expire(before: time, on: connection)
  }

  private func parameters(_ rows: [Row], _ columns: ArraySlice<Column>) throws(StoreError) -> PostgresParameters {
    var parameters = PostgresParameters()
    for (at, column) in columns.enumerated() { try parameters.append(rows, at: at, column.kind) }
    return parameters
  }

  private func parameters(_ arguments: [Value]) throws(StoreError) -> PostgresParameters {
    var parameters = PostgresParameters()
    for argument in arguments { try parameters.append(argument) }
    return parameters
  }
}

extension Table {
  static func unnest(_ columns: some Sequence<Column>) -> String {
    let arrays = columns.enumerated().map { "$\($0.offset + 1)::\(PostgresType.arrayName($0.element.kind))" }
    return "unnest(\(arrays.joined(separator: ", ")))"
  }

  fileprivate var unnestedKeys: String { Self.unnest(keyColumns) }
  fileprivate var keyNames: String { (1...max(keyCount, 1)).map { "k\($0)" }.joined(separator: ", ") }
  fileprivate var keysMatch: String {
    keyColumns.enumerated().map { "t.\"\($0.element.name)\" = k.k\($0.offset + 1)" }.joined(separator: " AND ")
  }
}
