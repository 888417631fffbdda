import Foundation
import Synchronization
import Testing

@testable import Storage

/// The two engines, each with an empty database of its own for every test.
enum Engine: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case sqliteFile, sqliteMemory, postgres

  var testDescription: String { rawValue }

  static let shared: [Engine] = [.sqliteFile, .postgres]
}

struct NoPostgres: Error, CustomStringConvertible {
  let description = """
    COUNTERSIGN_TEST_POSTGRES is not set: give it the URL of a PostgreSQL server (deploy/tests/postgres start DIR PORT)
    """
}

/// An empty database, gone after `body`. On PostgreSQL a schema of its own, which is made much faster, or a whole
/// database.
func withDatabase<Result>(
  _ engine: Engine, ownDatabase: Bool = false, _ body: (Database) throws -> Result
) throws -> Result {
  switch engine {
  case .sqliteMemory: return try body(Database(engine: engine, address: ":memory:"))
  case .sqliteFile:
    return try withDirectory { try body(Database(engine: engine, address: $0 + "/test.sqlite")) }
  case .postgres:
    guard let url = ProcessInfo.processInfo.environment["COUNTERSIGN_TEST_POSTGRES"] else { throw NoPostgres() }
    let name = "test_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "_")
    if ownDatabase {
      try administer(url, "CREATE DATABASE \(name)")
      defer { try? administer(url, "DROP DATABASE \(name) WITH (FORCE)") }
      guard let slash = url.lastIndex(of: "/") else { throw NoPostgres() }
      return try body(Database(engine: engine, address: url[...slash] + name))
    }
    try administer(url, "CREATE SCHEMA \(name)")
    defer { try? administer(url, "DROP SCHEMA \(name) CASCADE") }
    let separator = url.contains("?") ? "&" : "?"
    return try body(Database(engine: engine, address: "\(url)\(separator)options=-csearch_path%3D\(name)"))
  }
}

func withDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("store-" + UUID().uuidString).path
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// A statement outside of any transaction.
func administer(_ url: String, _ sql: String) throws {
  let connection = PostgresConnection(url: url)
  defer { connection.close() }
  try connection.connect()
  try connection.run(sql)
}

struct Database {
  let engine: Engine
  let address: String

  /// - Parameter runLength: small runs show in a few hundred keys what otherwise takes millions.
  func open(runLength: Int = 131_072, maximumPages: Int? = nil) throws -> any Store {
    if engine == .postgres { return try PostgresStore(url: address) }
    let shape = KeySetShape(runLength: runLength)
    return try SQLiteStore(path: address, readers: 2, keySetShape: shape, maximumPages: maximumPages)
  }
}

/// Opens a store with this schema, and closes it after `body`.
func withStore<Result>(
  _ engine: Engine, _ migrations: [Migration] = schema, runLength: Int = 131_072, ownDatabase: Bool = false,
  _ body: (any Store) throws -> Result
) throws -> Result {
  try withDatabase(engine, ownDatabase: ownDatabase) { database in
    let store = try database.open(runLength: runLength)
    defer { store.close() }
    try store.migrate(migrations)
    return try body(store)
  }
}

let cases = Table(
  "cases", keyCount: 1,
  [
    Column("id", .text), Column("version", .integer), Column("score", .real, nullable: true),
    Column("note", .text, nullable: true), Column("body", .blob),
  ],
  indexes: [Table.Index(["note"], unique: true, onlyWhereSet: "note"), Table.Index(["version"])])

let outbox = Table("outbox", keyCount: 2, [Column("topic", .text), Column("number", .integer), Column("body", .blob)])

let journal = Table("journal", keyCount: 0, [Column("line", .text)])

let schema = [
  Migration("001", [.create(cases), .create(outbox), .create(journal)]), Migration("002", [.createKeySet("ids")]),
]

func row(_ id: String, _ version: Int64 = 1, note: String? = nil, body: [UInt8] = [1, 2]) -> Row {
  [.text(id), .integer(version), .real(0.5), note.map { .text($0) } ?? .null, .blob(body)]
}

func keys(_ ids: [String]) -> [Row] { ids.map { [.text($0)] } }

/// A key of 16 bytes, made from a number, in random order.
func key(_ number: Int) -> [UInt8] {
  var x = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
  x = (x ^ x >> 30) &* 0xBF58_476D_1CE4_E5B9
  return withUnsafeBytes(of: x) { Array($0) } + withUnsafeBytes(of: UInt64(truncatingIfNeeded: number)) { Array($0) }
}

func entry(_ number: Int, _ value: String? = nil, at: Int64? = nil) -> KeyEntry {
  KeyEntry(key: key(number), value: Array((value ?? "case-\(number)").utf8), at: at ?? Int64(number))
}

/// The kind of the StoreError that `body` throws; nil where it throws none.
func kind(_ body: () throws -> Void) -> StoreError.Kind? {
  do {
    try body()
    return nil
  } catch {
    return (error as? StoreError)?.kind
  }
}

/// Runs `body` on so many threads at once and waits for all; the first error is thrown.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let errors = Mutex<[any Error]>([])
  let threads = (0..<count).map { number in
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      do { try body(number) } catch { errors.withLock { $0.append(error) } }
      done.signal()
    }
    return done
  }
  threads.forEach { $0.wait() }
  if let first = errors.withLock({ $0.first }) { throw first }
}

/// Runs a transaction again for as long as the store says `conflict`.
func untilDone<Result>(_ store: any Store, _ body: (any StoreTransaction) throws -> Result) throws -> Result {
  for _ in 0..<100 {
    do { return try store.transaction(body) } catch let error as StoreError where error.kind == .conflict { continue }
  }
  throw StoreError(.conflict, "a hundred times")
}
