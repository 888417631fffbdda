import Glibc

/// Puts a backup (`Store.backup`) in the place of a database, which nobody may use meanwhile. What stood there is kept.
///
/// - Parameters:
///   - database: as for `openStore`.
///   - directory: what `backup` has made.
///   - aside: a part of the name under which the old database is kept: letters, digits, `_`.
/// - Returns: where the old database is now; nil where there was none.
/// - Throws: `unavailable` while the database is in use, `refused` where the backup is of the other engine or none.
public func restoreStore(_ database: String, from directory: String, aside: String) throws(StoreError) -> String? {
  guard isPlainName(aside) else { throw StoreError(.refused, "\"\(aside)\": not a name of a-z, 0-9, _") }
  if database.hasPrefix("sqlite:") {
    return try restoreSQLite(String(database.dropFirst("sqlite:".count)), directory + "/database.sqlite", aside)
  }
  guard access(directory + "/database.dump", R_OK) == 0 else {
    throw StoreError(.refused, "\(directory) holds no backup of a PostgreSQL database (database.dump)")
  }
  return try restorePostgres(database, directory + "/database.dump", aside)
}

private func restoreSQLite(_ path: String, _ backup: String, _ aside: String) throws(StoreError) -> String? {
  guard access(backup, R_OK) == 0 else { throw StoreError(.refused, "\(backup): \(systemError())") }
  let lock = try FileLock(path: path)
  defer { lock.release() }
  let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  try copyFile(backup, to: path + ".restoring")
  let kept = "\(path).\(aside)"
  let isThere = access(path, F_OK) == 0
  for suffix in ["", "-wal", "-shm"] where access(path + suffix, F_OK) == 0 { try move(path + suffix, kept + suffix) }
  try move(path + ".restoring", path)
  try sync([folder.isEmpty ? "/" : folder])
  return isThere ? kept : nil
}

private func move(_ from: String, _ to: String) throws(StoreError) {
  guard rename(from, to) == 0 else { throw StoreError(.unavailable, "\(from): \(systemError())") }
}

/// Copies at most `limit` bytes of a file, durably. - Throws: `damaged` where it has fewer.
public func copyFile(_ from: String, to: String, limit: Int64? = nil) throws(StoreError) {
  let source = open(from, O_RDONLY | O_CLOEXEC)
  guard source >= 0 else { throw StoreError(.unavailable, "\(from): \(systemError())") }
  defer { Glibc.close(source) }
  let target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  guard target >= 0 else { throw StoreError(.unavailable, "\(to): \(systemError())") }
  defer { Glibc.close(target) }
  var left = limit ?? Int64.max
  while left > 0 {
    let count = sendfile(target, source, nil, Int(min(left, 1 << 24)))
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else {
      let code = errno
      throw StoreError(code == ENOSPC ? .full : .unavailable, "\(to): \(systemError(code))")
    }
    if count == 0 { break }
    left -= Int64(count)
  }
  guard limit == nil || left == 0 else { throw StoreError(.damaged, "\(from): \(left) bytes are missing at its end") }
  guard fsync(target) == 0 else { throw StoreError(.unavailable, "\(to): \(systemError())") }
}

/// The old tables stay in a schema of their own, in the same database.
private func restorePostgres(_ url: String, _ dump: String, _ aside: String) throws(StoreError) -> String? {
  let store = try PostgresStore(url: url, connections: 1)
  defer { store.close() }
  do {
    let had = try store.transaction { transaction in
      let others = try transaction.query(
        """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
        AND application_name = 'countersign'
        """, [])
      guard others == [[.integer(0)]] else {
        throw StoreError(.unavailable, "a service of ours is connected to the database")
      }
      let tables = try transaction.query(
        """
        SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = 'public' AND c.relkind = 'r'
        """, [])
      try transaction.execute("ALTER SCHEMA public RENAME TO \"\(aside)\"", [])
      try transaction.execute("CREATE SCHEMA public", [])
      return tables != [[.integer(0)]]
    }
    do throws(StoreError) {
      try loadPostgres(url, from: dump)
    } catch {
      try store.transaction { transaction in
        try transaction.execute("DROP SCHEMA public CASCADE", [])
        try transaction.execute("ALTER SCHEMA \"\(aside)\" RENAME TO public", [])
      }
      throw error
    }
    if had { return "schema \(aside) of the same database" }
    try store.transaction { _ = try $0.execute("DROP SCHEMA \"\(aside)\" CASCADE", []) }
    return nil
  } catch {
    throw error as? StoreError ?? StoreError(.unavailable, "\(error)")
  }
}
