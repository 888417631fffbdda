/// What the two engines call things in a schema.
struct Dialect: Sendable {
  let integer: String
  let real: String
  let text: String
  let blob: String
  /// Follows the closing parenthesis of a table that has a key and only short columns: its rows lie in the key's tree.
  let keyedSuffix: String
  let suffix: String

  static let sqlite = Dialect(
    integer: "INTEGER", real: "REAL", text: "TEXT", blob: "BLOB",
    keyedSuffix: " STRICT, WITHOUT ROWID", suffix: " STRICT")

  /// Text sorts by bytes, as in SQLite, so that keys have the same order in both.
  static let postgres = Dialect(
    integer: "bigint", real: "double precision", text: "text COLLATE \"C\"", blob: "bytea", keyedSuffix: "", suffix: "")

  func name(_ kind: Column.Kind) -> String {
    switch kind {
    case .integer: integer
    case .real: real
    case .text: text
    case .blob: blob
    }
  }
}

extension Table {
  var quoted: String { "\"\(name)\"" }
  var keyColumns: ArraySlice<Column> { columns.prefix(keyCount) }

  static func list(_ columns: some Sequence<Column>) -> String {
    columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
  }

  /// `CREATE TABLE` and its `CREATE INDEX`es.
  func creation(in dialect: Dialect) throws(StoreError) -> [String] {
    try checkShape()
    var parts = columns.map { "\"\($0.name)\" \(dialect.name($0.kind))\($0.nullable ? "" : " NOT NULL")" }
    if keyCount > 0 { parts.append("PRIMARY KEY (\(Self.list(keyColumns)))") }
    // SQLite keeps at most a quarter of a page of a row within a key's tree: long ones would all spill and fan it out.
    let isNarrow = keyCount > 0 && !columns.contains { $0.kind == .blob }
    let suffix = isNarrow ? dialect.keyedSuffix : dialect.suffix
    var statements = ["CREATE TABLE \(quoted) (\(parts.joined(separator: ", ")))\(suffix)"]
    for (number, index) in indexes.enumerated() {
      let names = index.columns.map { "\"\($0)\"" }.joined(separator: ", ")
      let condition = index.onlyWhereSet.map { " WHERE \"\($0)\" IS NOT NULL" } ?? ""
      let unique = index.unique ? "UNIQUE " : ""
      statements.append("CREATE \(unique)INDEX \"\(name)_index_\(number + 1)\" ON \(quoted) (\(names))\(condition)")
    }
    return statements
  }

  /// What follows `INSERT INTO … VALUES` to make it an upsert. Names the key, so that a hurt unique index is an error
  /// and never replaces another row.
  var conflictClause: String {
    let key = "ON CONFLICT (\(Self.list(keyColumns)))"
    let rest = columns.dropFirst(keyCount)
    if rest.isEmpty { return "\(key) DO NOTHING" }
    return "\(key) DO UPDATE SET " + rest.map { "\"\($0.name)\" = excluded.\"\($0.name)\"" }.joined(separator: ", ")
  }
}

extension Array where Element == Migration {
  /// In the order of their ids. - Throws: `refused` where an id occurs twice.
  func inOrder() throws(StoreError) -> [Migration] {
    let sorted = self.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
    for (a, b) in zip(sorted, sorted.dropFirst()) where a.id == b.id {
      throw StoreError(.refused, "two migrations with the id \(a.id)")
    }
    return sorted
  }
}
