/// A value in a row. Times are integers: microseconds since 1970 UTC.
public enum Value: Sendable, Equatable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
}

public typealias Row = [Value]

public struct Column: Sendable {
  public enum Kind: Sendable { case integer, real, text, blob }
  public let name: String
  public let kind: Kind
  public let nullable: Bool

  public init(_ name: String, _ kind: Kind, nullable: Bool = false) {
    self.name = name
    self.kind = kind
    self.nullable = nullable
  }
}

/// A table as the bulk calls see it. Its rows are given and returned with the values in the order of `columns`.
public struct Table: Sendable {
  public struct Index: Sendable {
    public let columns: [String]
    public let unique: Bool
    /// A column; rows where it is null stay out of the index.
    public let onlyWhereSet: String?
    public init(_ columns: [String], unique: Bool = false, onlyWhereSet: String? = nil) {
      self.columns = columns
      self.unique = unique
      self.onlyWhereSet = onlyWhereSet
    }
  }
  public let name: String
  public let columns: [Column]
  /// The first so many columns are the primary key.
  public let keyCount: Int
  public let indexes: [Index]

  public init(_ name: String, keyCount: Int = 1, _ columns: [Column], indexes: [Index] = []) {
    self.name = name
    self.keyCount = keyCount
    self.columns = columns
    self.indexes = indexes
  }
}

/// One forward step of a schema. Steps run once, in the order of their ids, each in a transaction of its own.
public struct Migration: Sendable {
  public enum Change: Sendable {
    case create(Table)
    /// Makes the hidden tables of a key set of that name (see `StoreTransaction.claim`).
    case createKeySet(String)
    /// A statement that both engines understand.
    case sql(String)
  }
  public let id: String
  public let changes: [Change]

  public init(_ id: String, _ changes: [Change]) {
    self.id = id
    self.changes = changes
  }
}

public struct StoreError: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    /// A serialization failure, a deadlock, a busy file: nothing happened, run the transaction again.
    case conflict
    /// COMMIT was sent and no answer came: it may or may not have happened. Look before anything else.
    case commitUnknown
    /// The database cannot be reached; nothing happened.
    case unavailable
    /// No space left; nothing happened.
    case full
    /// The database refuses this data or statement (a constraint, a type): nothing happened, and trying again will not
    /// help.
    case refused
    /// The files or the schema are not what they should be (damaged, of a later version).
    case damaged
  }
  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// A service's database. All calls block the calling thread.
///
/// Two engines stand behind it: `SQLiteStore` and `PostgresStore`. Both pass the contract suite in `Tests/Storage`.
public protocol Store: Sendable {
  /// Brings the schema up to date.
  ///
  /// - Throws: `damaged` where the database has a migration that `migrations` does not name (it is of a later version).
  func migrate(_ migrations: [Migration]) throws(StoreError)

  /// Runs `body` in one transaction. When it returns, all of it is durable; when it throws, nothing of it has happened,
  /// but for `commitUnknown`. An error that `body` throws is passed on after a rollback. One writer at a time for a
  /// SQLite file; PostgreSQL runs at READ COMMITTED, so `body` locks what it reads in order to change it (`lock`).
  ///
  /// An error of one of its statements dooms the transaction: later ones throw the same error, and so does
  /// `transaction` where `body` returns all the same. `transaction` inside of `transaction`, and `read` inside of
  /// `read`, are `refused`.
  func transaction<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result

  /// Runs `body` on one snapshot that sees all committed transactions; it never waits for a writer. `body` must not
  /// write.
  func read<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result

  /// Bytes that the database takes on disk, and bytes that its volume has free (`Int64.max` where the engine does not
  /// tell, as PostgreSQL).
  func space() throws(StoreError) -> (used: Int64, free: Int64)

  /// A consistent copy in the folder `directory`, which must not exist yet: `database.sqlite`, or `database.dump` (a
  /// logical dump, by `pg_dump`). Writers go on meanwhile.
  func backup(to directory: String) throws(StoreError)

  func close()
}

/// The statements of one transaction. Valid only inside the closure that it was given to, on its thread.
///
/// Values must be of their column's kind, text must not hold NUL, a real must be a number: else `refused`.
public protocol StoreTransaction: AnyObject {
  /// Locks the rows with these keys until the end of the transaction, in ascending order of keys, and returns them in
  /// the order of `keys`; nil where there is none. `keys` are rows of key values.
  func lock(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?]

  /// The rows with these keys, in the order of `keys`; nil where there is none.
  func load(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?]

  /// Inserts each row or replaces the one with its key. No key may occur twice in one call.
  func upsert(_ table: Table, _ rows: [Row]) throws(StoreError)

  /// Inserts each row. - Throws: `refused` where a key is taken or a unique index is hurt.
  func insert(_ table: Table, _ rows: [Row]) throws(StoreError)

  /// Deletes the rows with these keys; a missing one is no error.
  func delete(_ table: Table, _ keys: [Row]) throws(StoreError)

  /// For each key that is free, takes it with its value; for each that is taken, also by an earlier entry of the same
  /// call, returns what it was taken with. Durable with the transaction. Concurrent transactions that claim the same
  /// key wait for each other. Made for many keys in random order: the cost does not grow with the size of the set.
  ///
  /// - Parameter entries: key 16 bytes, value at most 64 bytes, `at` in µs since 1970.
  /// - Returns: in the order of `entries`, nil where the key was free.
  func claim(_ keySet: String, _ entries: [KeyEntry]) throws(StoreError) -> [KeyEntry?]

  /// What is held under these keys; nil where the key is free.
  func find(_ keySet: String, _ keys: [[UInt8]]) throws(StoreError) -> [KeyEntry?]

  /// Drops keys claimed before `time`, in whole runs: some stay longer, none goes sooner.
  func expire(_ keySet: String, before time: Int64) throws(StoreError)

  /// A statement for the cold side, with `?` for each argument; both engines must understand it. They sort nulls to
  /// opposite ends: write `NULLS FIRST` or `NULLS LAST`. Control of transactions is `refused`.
  func query(_ sql: String, _ arguments: [Value]) throws(StoreError) -> [Row]

  /// Names the run of the database server. Another one may be a copy that lacks what was committed last.
  func server() throws(StoreError) -> String

  /// - Returns: how many rows it changed.
  @discardableResult
  func execute(_ sql: String, _ arguments: [Value]) throws(StoreError) -> Int
}

public struct KeyEntry: Sendable, Equatable {
  public let key: [UInt8]
  public let value: [UInt8]
  public let at: Int64

  public init(key: [UInt8], value: [UInt8], at: Int64) {
    self.key = key
    self.value = value
    self.at = at
  }
}
