import GRDB
import GRDBSQLite

extension SQLiteConnection {
  /// Runs the migrations that have not run; GRDB keeps the list of those that have.
  ///
  /// - Parameter migrations: sorted, without duplicates.
  func migrate(_ migrations: [Migration]) throws {
    var migrator = DatabaseMigrator()
    for migration in migrations {
      // GRDB calls the closure on this thread, before `migrate` returns.
      nonisolated(unsafe) let connection = self
      migrator.registerMigration(migration.id) { _ in try connection.apply(migration.changes) }
    }
    let known = Set(migrations.map(\.id))
    let later = try queue.read { try migrator.appliedIdentifiers($0) }.subtracting(known).sorted()
    guard later.isEmpty else {
      throw StoreError(.damaged, "the database is of a later version: it has \(later.joined(separator: ", "))")
    }
    try migrator.migrate(queue)
  }

  private func apply(_ changes: [Migration.Change]) throws(StoreError) {
    for change in changes {
      switch change {
      case .create(let table): for sql in try table.creation(in: .sqlite) { try runOnce(sql) }
      case .createKeySet(let name): for sql in try KeySetTables(checking: name).creation { try runOnce(sql) }
      case .sql(let sql): try runOnce(StatementText(sql, checking: []).sql)
      }
    }
  }

  /// A consistent copy, by the online backup API, taken in one go from the snapshot of this connection.
  func backup(toFile path: String) throws {
    let copy = try DatabaseQueue(path: path)
    defer { try? copy.close() }
    try queue.backup(to: copy)
  }
}
