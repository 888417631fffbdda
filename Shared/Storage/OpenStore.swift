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
  throw unknownDatabase
}

/// Opens a database beside the service that uses it, to read it and to back it up. Nothing can be changed by it.
///
/// - Throws: `unavailable` where there is none, else as `openStore`.
public func openStoreForReading(_ database: String) throws(StoreError) -> any Store {
  if database.hasPrefix("sqlite:") { return try SQLiteStore(reading: String(database.dropFirst("sqlite:".count))) }
  guard database.hasPrefix("postgres://") || database.hasPrefix("postgresql://") else { throw unknownDatabase }
  return try PostgresStore(url: database, connections: 1)
}

private var unknownDatabase: StoreError {
  StoreError(.refused, "a database is sqlite:PATH or postgres://…")
}
