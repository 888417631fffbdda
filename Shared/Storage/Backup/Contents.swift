/// All that a database holds, table by table, for those who compare two of them. One snapshot.
public struct Contents {
  /// A table as it stands in the database.
  public struct Shape: Sendable {
    public let name: String
    public let columns: [String]
    /// The columns of its primary key, in their order.
    public let keys: [String]
  }

  public let transaction: any StoreTransaction
  private let isPostgres: Bool

  /// Runs `body` on one snapshot of `store`.
  public static func read<Result>(_ store: any Store, _ body: (Contents) throws -> Result) throws -> Result {
    try store.read { try body(Contents(transaction: $0, isPostgres: store is PostgresStore)) }
  }

  /// The tables in the order of their names, without those of the engine and of key sets.
  public func tables() throws -> [Shape] {
    let sql = isPostgres
      ? """
        SELECT CAST(c.relname AS text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = 'public' AND c.relkind = 'r'
        """
      : "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    let names = try transaction.query(sql, []).compactMap { $0[0].asText }
    return try names.filter { !$0.contains("__") && isPlainName($0) }.sorted().map(shape)
  }

  private func shape(of name: String) throws -> Shape {
    let columns = isPostgres
      ? """
        SELECT CAST(a.attname AS text), CAST(coalesce(array_position(CAST(i.indkey AS smallint[]), a.attnum) + 1, 0) AS bigint) \
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
        LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary \
        WHERE n.nspname = 'public' AND c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
        """
      : "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid"
    var names: [String] = []
    var keys: [(Int64, String)] = []
    for row in try transaction.query(columns, [.text(name)]) {
      guard let column = row[0].asText, case .integer(let place) = row[1] else { continue }
      names.append(column)
      if place > 0 { keys.append((place, column)) }
    }
    return Shape(name: name, columns: names, keys: keys.sorted { $0.0 < $1.0 }.map(\.1))
  }

  /// Gives each row of a table to `body`, in the order of its key. Holds some thousand of them at a time.
  ///
  /// - Throws: `refused` where the table has no key, and what `body` throws.
  public func forEachRow(of table: Shape, _ body: (Row) throws -> Void) throws {
    guard !table.keys.isEmpty else { throw StoreError(.refused, "table \(table.name) has no key") }
    let keys = table.keys.map { "\"\($0)\"" }.joined(separator: ", ")
    let columns = table.columns.map { "\"\($0)\"" }.joined(separator: ", ")
    let places = table.keys.compactMap { table.columns.firstIndex(of: $0) }
    let marks = table.keys.map { _ in "?" }.joined(separator: ", ")
    var last: [Value] = []
    while true {
      let after = last.isEmpty ? "" : " WHERE (\(keys)) > (\(marks))"
      let rows = try transaction.query(
        "SELECT \(columns) FROM \"\(table.name)\"\(after) ORDER BY \(keys) LIMIT \(Self.page)", last)
      for row in rows { try body(row) }
      guard rows.count == Self.page, let end = rows.last else { return }
      last = places.map { end[$0] }
    }
  }

  private static let page = 2_000

  /// Gives each entry of a key set to `body`, in no order that means anything.
  public func forEachKey(of keySet: String, _ body: (KeyEntry) -> Void) throws {
    guard isPlainName(keySet) else { throw StoreError(.refused, "key set \"\(keySet)\": not a name of a-z, 0-9, _") }
    var last: [Value] = []
    while true {
      let after = last.isEmpty ? "" : isPostgres ? " WHERE key > ?" : " WHERE first > ?"
      let sql = isPostgres
        ? "SELECT key, value, at FROM \"\(keySet)__keys\"\(after) ORDER BY key LIMIT \(Self.page)"
        : "SELECT first, body FROM \"\(keySet)__blocks\"\(after) ORDER BY first LIMIT \(Self.page)"
      let rows = try transaction.query(sql, last)
      for row in rows {
        switch (row.first, row.last) {
        case (.blob(let key), .integer(let at)):
          if case .blob(let value) = row[1] { body(KeyEntry(key: key, value: value, at: at)) }
        case (.integer(let first), .blob(let block)):
          try KeyBlock.forEach(block, or: StoreError(.damaged, "block \(first) of key set \(keySet) is wrong")) { body($1) }
        default: throw StoreError(.damaged, "key set \(keySet) holds what it should not")
        }
      }
      guard rows.count == Self.page, let end = rows.last?.first else { return }
      last = [end]
    }
  }
}

extension Value {
  fileprivate var asText: String? { if case .text(let text) = self { text } else { nil } }
}
