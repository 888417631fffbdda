/// Opens the store that a configuration names: `sqlite:PATH`, `postgres://…` or `postgresql://…`.
///
/// - Throws: `refused` for any other text (which is not quoted, for it may hold a password), else as the engine's
/// `init`.
public func openStore(_ database: String) throws(StoreError) -> any Store {
  if database.hasPrefix("sqlite:") {
    let path = String(database.dropFirst("sqlite:".count))
    guard !path.isEmpty, !path.utf8.contains(0) else { throw StoreError(.refused, "sqlite: without a path") }
    return try SQLiteStore(path: path)
  }
  if database.hasPrefix("postgres://") || database.hasPrefix("postgresql://") {
    return try PostgresStore(url: database)
  }
  throw StoreError(.refused, "a database is sqlite:PATH or postgres://…")
}
