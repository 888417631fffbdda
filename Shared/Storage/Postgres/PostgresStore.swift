import CPostgres

/// A store in a PostgreSQL database (15 or later, encoding UTF8). Several instances may share it. The URL says how to
/// reach it, with TLS (`sslmode`) and more than one host where wanted (PostgreSQL manual, section 34.1.1.2).
public final class PostgresStore: Store {
  private let url: String
  private let writers: ConnectionPool<PostgresConnection>
  private let readers: ConnectionPool<PostgresConnection>

  /// Connects once to see that it works.
  ///
  /// - Parameter connections: how many transactions can run at once; one more reads.
  /// - Throws: `unavailable` where the server cannot be reached, `damaged` where the database's encoding is not UTF8.
  public init(url: String, connections: Int = 4) throws(StoreError) {
    self.url = url
    let all = (0..<max(connections, 1)).map { _ in PostgresConnection(url: url) }
    try all[0].connect()
    writers = ConnectionPool(all)
    readers = ConnectionPool([PostgresConnection(url: url)])
  }

  deinit { close() }

  public func migrate(_ migrations: [Migration]) throws(StoreError) {
    let migrations = try migrations.inOrder()
    try Self.typed { try writers.use { try $0.migrate(migrations) } }
  }

  public func transaction<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    try writers.use { try Self.run(on: $0, writable: true, body) }
  }

  public func read<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    try readers.use { try Self.run(on: $0, writable: false, body) }
  }

  private static func run<Result>(
    on connection: PostgresConnection, writable: Bool, _ body: (any StoreTransaction) throws -> Result
  ) throws -> Result {
    try connection.begin(writable: writable)
    let transaction = CheckedTransaction(PostgresRunner(connection), writable: writable)
    let result: Result
    do {
      result = try body(transaction)
      if let failure = transaction.failure { throw failure }
    } catch {
      transaction.end()
      connection.rollback()
      throw error
    }
    transaction.end()
    if writable { try connection.commit() } else { connection.rollback() }
    return result
  }

  /// What the database takes. The server does not tell what its volume has free: `Int64.max`.
  public func space() throws(StoreError) -> (used: Int64, free: Int64) {
    let rows = try Self.typed {
      try read { try $0.query("SELECT pg_database_size(current_database())", []) }
    }
    guard case .integer(let used)? = rows.first?.first else { throw StoreError(.damaged, "no size of the database") }
    return (used, Int64.max)
  }

  public func backup(to directory: String) throws(StoreError) {
    try makeNewDirectory(directory)
    try dumpPostgres(url, to: directory + "/database.dump")
    try sync([directory + "/database.dump", directory])
  }

  public func close() {
    writers.close { $0.close() }
    readers.close { $0.close() }
  }

  private static func typed<Result>(_ body: () throws -> Result) throws(StoreError) -> Result {
    do {
      return try body()
    } catch {
      throw error as? StoreError ?? StoreError(.unavailable, "\(error)")
    }
  }
}
