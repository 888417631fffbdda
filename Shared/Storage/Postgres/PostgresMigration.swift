extension PostgresConnection {
  /// Runs the migrations that have not run, while other instances wait.
  ///
  /// - Parameter migrations: sorted, without duplicates.
  func migrate(_ migrations: [Migration]) throws(StoreError) {
    if isLost { try connect() }
    try run("SET lock_timeout = 0")
    try run("SELECT pg_advisory_lock(\(Self.lockNumber))")
    // Both go with the session where the connection is lost.
    defer { try? run("SELECT pg_advisory_unlock(\(Self.lockNumber)); SET lock_timeout = '30s'") }
    try run("CREATE TABLE IF NOT EXISTS store_migrations (id text COLLATE \"C\" PRIMARY KEY)")
    let applied = try appliedMigrations()
    let later = Set(applied).subtracting(migrations.map(\.id)).sorted()
    guard later.isEmpty else {
      throw StoreError(.damaged, "the database is of a later version: it has \(later.joined(separator: ", "))")
    }
    for migration in migrations where !applied.contains(migration.id) {
      try begin(writable: true)
      do throws(StoreError) {
        for sql in try Self.statements(migration.changes) { _ = try run(sql, PostgresParameters()) }
        var parameters = PostgresParameters()
        try parameters.append(.text(migration.id))
        _ = try run("INSERT INTO store_migrations VALUES ($1)", parameters)
      } catch {
        rollback()
        throw error
      }
      try commit()
    }
  }

  /// Any number will do, the same in all instances.
  private static let lockNumber = 0x636f_756e_7465

  private func appliedMigrations() throws(StoreError) -> [String] {
    let result = try run("SELECT id FROM store_migrations ORDER BY id", PostgresParameters())
    var ids: [String] = []
    for row in 0..<result.rowCount {
      if case .text(let id) = try result.value(row, 0) { ids.append(id) }
    }
    return ids
  }

  private static func statements(_ changes: [Migration.Change]) throws(StoreError) -> [String] {
    var statements: [String] = []
    for change in changes {
      switch change {
      case .create(let table): statements += try table.creation(in: .postgres)
      case .createKeySet(let name): statements += try PostgresKeySet(checking: name).creation
      case .sql(let sql): statements.append(try StatementText(sql, checking: []).numbered)
      }
    }
    return statements
  }
}
