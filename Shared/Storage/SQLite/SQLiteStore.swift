import GRDB
import GRDBSQLite
import Glibc

/// A store in one SQLite file, for one process (a lock file beside it keeps out a second one). WAL, every commit
/// synced. The path `:memory:` is a store that dies with the object; its reads wait for its writer, so that `read`
/// inside of `transaction` is refused.
public final class SQLiteStore: Store {
  private let path: String
  private let writer: ConnectionPool<SQLiteConnection>
  /// The writer's pool where the database is in memory.
  private let readers: ConnectionPool<SQLiteConnection>
  private let fileLock: FileLock?

  /// Opens the file, or makes it.
  ///
  /// - Throws: `unavailable` where another process uses it (named by its id) or it cannot be opened, `damaged` where it
  /// is   no SQLite database, `full`.
  public convenience init(path: String, readers: Int = 2) throws(StoreError) {
    try self.init(path: path, readers: readers, keySetShape: KeySetShape())
  }

  /// A file that another process may be using; every change is `refused`.
  ///
  /// - Throws: `unavailable` where there is no such file.
  convenience init(reading path: String) throws(StoreError) {
    guard access(path, R_OK) == 0 else { throw StoreError(.unavailable, "\(path): \(systemError())") }
    let connection = try Self.open(path, KeySetShape(), readOnly: true, nil)
    self.init(path: path, writer: ConnectionPool([connection]))
  }

  private init(path: String, writer: ConnectionPool<SQLiteConnection>) {
    self.path = path
    self.writer = writer
    readers = writer
    fileLock = nil
  }

  /// A store in memory with what `snapshot` gave.
  public convenience init(snapshot: [UInt8]) throws(StoreError) {
    try self.init(path: ":memory:", readers: 0, keySetShape: KeySetShape(), snapshot: snapshot)
  }

  convenience init(path: String, readers: Int, keySetShape: KeySetShape, snapshot: [UInt8]) throws(StoreError) {
    try self.init(path: path, readers: readers, keySetShape: keySetShape)
    try Self.typed {
      try writer.use { connection in
        try connection.deserialize(snapshot)
        // The first page is read only now.
        try connection.runOnce("SELECT count(*) FROM sqlite_master")
      }
    }
  }

  init(path: String, readers count: Int, keySetShape: KeySetShape, maximumPages: Int? = nil) throws(StoreError) {
    let inMemory = path == ":memory:"
    let path = inMemory ? path : try realPathOfPrivateFile(path)
    self.path = path
    let lock = inMemory ? nil : try FileLock(path: path)
    do throws(StoreError) {
      let writer = try Self.open(path, keySetShape, readOnly: false, maximumPages)
      self.writer = ConnectionPool([writer])
      if inMemory {
        readers = self.writer
      } else {
        var connections: [SQLiteConnection] = []
        for _ in 0..<max(count, 1) { connections.append(try Self.open(path, keySetShape, readOnly: true, nil)) }
        readers = ConnectionPool(connections)
      }
    } catch {
      lock?.release()
      throw error
    }
    fileLock = lock
  }

  deinit { close() }

  private static func open(
    _ path: String, _ shape: KeySetShape, readOnly: Bool, _ maximumPages: Int?
  ) throws(StoreError) -> SQLiteConnection {
    var configuration = Configuration()
    configuration.readonly = readOnly
    configuration.busyMode = .timeout(5)
    configuration.foreignKeysEnabled = true
    if !readOnly && path != ":memory:" { configuration.journalMode = .wal }
    configuration.prepareDatabase { database in
      // 32 MiB of pages, and a checkpoint each 64 MiB of log, so that a page is copied back once for many changes.
      try database.execute(sql: "PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY")
      // As in PostgreSQL.
      try database.execute(sql: "PRAGMA case_sensitive_like = ON")
      if readOnly { return }
      try database.execute(sql: "PRAGMA wal_autocheckpoint = \(checkpointPages)")
      try database.execute(sql: "PRAGMA journal_size_limit = \(64 << 20); PRAGMA secure_delete = FAST")
      if let maximumPages { try database.execute(sql: "PRAGMA max_page_count = \(maximumPages)") }
    }
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      // Not above: the library sets NORMAL when it has turned the log on, and then a power cut takes what was committed.
      if !readOnly { try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") } }
      return try SQLiteConnection(queue, shape)
    } catch {
      let error = StoreError(grdb: error)
      throw StoreError(error.kind, "\(path): \(error.description)")
    }
  }

  private static let checkpointPages = 16_384

  public func migrate(_ migrations: [Migration]) throws(StoreError) {
    let migrations = try migrations.inOrder()
    try Self.typed { try writer.use { try $0.migrate(migrations) } }
  }

  public func transaction<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    try writer.use { try Self.run(on: $0, writable: true, body) }
  }

  public func read<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    try readers.use { try Self.run(on: $0, writable: false, body) }
  }

  private static func run<Result>(
    on connection: SQLiteConnection, writable: Bool, _ body: (any StoreTransaction) throws -> Result
  ) throws -> Result {
    try connection.begin(writable: writable)
    let transaction = CheckedTransaction(SQLiteRunner(connection, isWriter: writable), writable: writable)
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
    try connection.commit()
    return result
  }

  public func close() {
    if readers !== writer { readers.close { $0.close() } }
    writer.close { connection in
      connection.close()
      fileLock?.release()
    }
  }

  public func space() throws(StoreError) -> (used: Int64, free: Int64) {
    if path == ":memory:" {
      let used = try Self.typed {
        try writer.use { try Int64($0.serialized().count) }
      }
      return (used, Int64.max)
    }
    return try spaceOfFiles(path)
  }

  public func backup(to directory: String) throws(StoreError) {
    try makeNewDirectory(directory)
    try Self.typed { try readers.use { try $0.backup(toFile: directory + "/database.sqlite") } }
    try sync([directory + "/database.sqlite", directory])
  }

  /// All that is committed, as the bytes of a database file, which `init(snapshot:)` takes.
  public func snapshot() throws(StoreError) -> [UInt8] {
    try Self.typed { try writer.use { try $0.serialized() } }
  }

  private static func typed<Result>(_ body: () throws -> Result) throws(StoreError) -> Result {
    do { return try body() } catch { throw StoreError(grdb: error) }
  }
}
