/// A key set on SQLite: entries in the order in which they came, many to a row, in runs; a full run has an index sorted
/// by hash and a filter. Nothing is written twice, and rows are only ever added at the end, so that a key costs the
/// same whether there are ten thousand or five million.
///
/// `NAME__blocks`: `first` (the number of the block's first entry), `body` (entries, see `KeyBlock`).
/// `NAME__index`: `page` (run << 32 | number of the page), `body` (see `KeyIndex`).
/// `NAME__runs`: `run`, `first`, `count` (0 while the run is open), `newest` (µs), `fences`, `filter`.
struct KeySetTables {
  let name: String

  init(_ name: String) { self.name = name }

  init(checking name: String) throws(StoreError) {
    guard isPlainName(name) else { throw StoreError(.refused, "key set \"\(name)\": not a name of a-z, 0-9, _") }
    self.name = name
  }

  var creation: [String] {
    [
      "CREATE TABLE \"\(name)__blocks\" (first INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
      "CREATE TABLE \"\(name)__index\" (page INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
      """
      CREATE TABLE \"\(name)__runs\" (run INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL,
      newest INTEGER NOT NULL, fences BLOB NOT NULL, filter BLOB NOT NULL) STRICT
      """,
      "INSERT INTO \"\(name)__runs\" VALUES (1, 0, 0, 0, x'', x'')",
    ]
  }

  func blocks(_ connection: SQLiteConnection, from first: Int64) throws(StoreError) -> [(first: Int64, body: [UInt8])] {
    let statement = try connection.statement(
      "SELECT first, body FROM \"\(name)__blocks\" WHERE first >= ? ORDER BY first")
    try statement.bind([.integer(first)])
    defer { statement.reset() }
    var blocks: [(Int64, [UInt8])] = []
    while try statement.step() { blocks.append((statement.integer(0), statement.blob(1))) }
    return blocks
  }

  func append(_ body: [UInt8], first: Int64, on connection: SQLiteConnection) throws(StoreError) {
    try connection.statement("INSERT INTO \"\(name)__blocks\" VALUES (?, ?)").run([.integer(first), .blob(body)])
  }

  /// The entry with this number.
  func entry(_ number: Int64, on connection: SQLiteConnection) throws(StoreError) -> KeyEntry {
    let statement = try connection.statement(
      "SELECT first, body FROM \"\(name)__blocks\" WHERE first <= ? ORDER BY first DESC LIMIT 1")
    try statement.bind([.integer(number)])
    defer { statement.reset() }
    guard try statement.step() else { throw damaged("entry \(number) is missing") }
    let index = number.subtractingReportingOverflow(statement.integer(0)).partialValue
    guard let entry = KeyBlock.entry(Int(clamping: index), of: statement.blob(1)) else {
      throw damaged("entry \(number) is missing")
    }
    return entry
  }

  /// The entry with this key in a full run.
  func search(_ run: KeyRun, _ key: Key, on connection: SQLiteConnection) throws(StoreError) -> KeyEntry? {
    let hash = key.indexHash
    var page = run.fences.firstPage(for: hash)
    let statement = try connection.statement("SELECT body FROM \"\(name)__index\" WHERE page = ?")
    while page < run.fences.count {
      try statement.bind([.integer(run.id << 32 | Int64(page))])
      let body = try statement.step() ? statement.blob(0) : []
      statement.reset()
      guard !body.isEmpty, body.count % 8 == 0 else { throw damaged("page \(page) of run \(run.id) is missing or cut") }
      let (offsets, ends) = KeyIndex.offsets(of: hash, in: body)
      for offset in offsets {
        let entry = try entry(run.first + Int64(offset), on: connection)
        if Key(entry.key) == key { return entry }
      }
      if ends { return nil }
      page += 1
    }
    return nil
  }

  func runs(on connection: SQLiteConnection, withFilters: Bool) throws(StoreError) -> [KeyRun] {
    let filter = withFilters ? "filter" : "x''"
    let statement = try connection.statement(
      "SELECT run, first, count, newest, fences, \(filter) FROM \"\(name)__runs\" ORDER BY run")
    defer { statement.reset() }
    var runs: [KeyRun] = []
    while try statement.step() {
      let count = statement.integer(2)
      // The limits are far above what can be; within them no sum overflows.
      guard (0...Int64(UInt32.max)).contains(count), (0...1 << 62).contains(statement.integer(1)),
        (1...1 << 30).contains(statement.integer(0))
      else { throw damaged("a run is wrong") }
      runs.append(
        KeyRun(
          id: statement.integer(0), first: statement.integer(1), count: Int(count), newest: statement.integer(3),
          fences: KeyFences(bytes: statement.blob(4)), filter: statement.blob(5)))
    }
    guard let last = runs.last, last.count == 0, runs.dropLast().allSatisfy({ $0.count > 0 }) else {
      throw damaged("there is no open run")
    }
    return runs
  }

  func seal(_ run: KeyRun, pages: [[UInt8]], on connection: SQLiteConnection) throws(StoreError) {
    let insert = try connection.statement("INSERT INTO \"\(name)__index\" VALUES (?, ?)")
    for (number, body) in pages.enumerated() {
      try insert.run([.integer(run.id << 32 | Int64(number)), .blob(body)])
    }
    try connection.statement(
      "UPDATE \"\(name)__runs\" SET count = ?, newest = ?, fences = ?, filter = ? WHERE run = ?"
    ).run([
      .integer(Int64(run.count)), .integer(run.newest), .blob(run.fences.bytes), .blob(run.filter), .integer(run.id),
    ])
    try connection.statement("INSERT INTO \"\(name)__runs\" VALUES (?, ?, 0, 0, x'', x'')")
      .run([.integer(run.id + 1), .integer(run.first + Int64(run.count))])
  }

  func drop(_ run: KeyRun, on connection: SQLiteConnection) throws(StoreError) {
    try connection.statement("DELETE FROM \"\(name)__blocks\" WHERE first >= ? AND first < ?")
      .run([.integer(run.first), .integer(run.first + Int64(run.count))])
    try connection.statement("DELETE FROM \"\(name)__index\" WHERE page >= ? AND page < ?")
      .run([.integer(run.id << 32), .integer((run.id + 1) << 32)])
    try connection.statement("DELETE FROM \"\(name)__runs\" WHERE run = ?").run([.integer(run.id)])
  }

  /// Finds keys in the snapshot of a reader: the open run is read through, and each full run is searched. For the cold
  /// side: some 10 ms and then 5 µs for each key and run.
  func findWithoutMemory(_ keys: [[UInt8]], on connection: SQLiteConnection) throws(StoreError) -> [KeyEntry?] {
    let runs = try runs(on: connection, withFilters: false)
    var wanted: [Key: KeyEntry?] = [:]
    for key in keys { wanted[Key(key)] = .some(nil) }
    for block in try blocks(connection, from: runs.last?.first ?? 0) {
      try KeyBlock.forEach(block.body, or: damaged("block \(block.first) is wrong")) { _, entry in
        if wanted[Key(entry.key)] != nil { wanted[Key(entry.key)] = entry }
      }
    }
    var found: [KeyEntry?] = []
    for bytes in keys {
      let key = Key(bytes)
      var entry = wanted[key] ?? nil
      for run in runs.dropLast() where entry == nil { entry = try search(run, key, on: connection) }
      found.append(entry)
    }
    return found
  }

  func damaged(_ what: String) -> StoreError { StoreError(.damaged, "key set \(name): \(what)") }
}

/// A run of entries with consecutive numbers.
struct KeyRun {
  let id: Int64
  let first: Int64
  var count: Int
  var newest: Int64
  var fences: KeyFences
  /// Its part of the filter; empty once it is taken into `KeyFilter`.
  var filter: [UInt8]
}
