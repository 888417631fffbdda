/// What an engine does for one transaction. Its caller has checked the arguments.
protocol StatementRunner: AnyObject {
  func lock(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?]
  func load(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?]
  func upsert(_ table: Table, _ rows: [Row]) throws(StoreError)
  func insert(_ table: Table, _ rows: [Row]) throws(StoreError)
  func delete(_ table: Table, _ keys: [Row]) throws(StoreError)
  func claim(_ keySet: String, _ entries: [KeyEntry]) throws(StoreError) -> [KeyEntry?]
  func find(_ keySet: String, _ keys: [[UInt8]]) throws(StoreError) -> [KeyEntry?]
  func expire(_ keySet: String, before time: Int64) throws(StoreError)
  func query(_ statement: StatementText, _ arguments: [Value]) throws(StoreError) -> [Row]
  func execute(_ statement: StatementText, _ arguments: [Value]) throws(StoreError) -> Int
  func server() throws(StoreError) -> String
}

/// One transaction as its body sees it: checks what comes in, so that both engines refuse the same things, and lets
/// nothing more happen once a statement has failed or the body is over.
final class CheckedTransaction: StoreTransaction {
  /// The first error of a statement. It dooms the transaction, whatever its body makes of it.
  private(set) var failure: StoreError?
  private let runner: any StatementRunner
  private let writable: Bool

  init(_ runner: any StatementRunner, writable: Bool) {
    self.runner = runner
    self.writable = writable
  }

  func end() {
    if failure == nil { failure = StoreError(.refused, "this transaction is over") }
  }

  func lock(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] {
    try perform(writing: true) { () throws(StoreError) in
      try table.requireKey()
      try table.check(keys, count: table.keyCount)
      return keys.isEmpty ? [] : try runner.lock(table, keys)
    }
  }

  func load(_ table: Table, _ keys: [Row]) throws(StoreError) -> [Row?] {
    try perform(writing: false) { () throws(StoreError) in
      try table.requireKey()
      try table.check(keys, count: table.keyCount)
      return keys.isEmpty ? [] : try runner.load(table, keys)
    }
  }

  func upsert(_ table: Table, _ rows: [Row]) throws(StoreError) {
    try perform(writing: true) { () throws(StoreError) in
      try table.requireKey()
      try table.check(rows, count: table.columns.count)
      if !rows.isEmpty { try runner.upsert(table, rows) }
    }
  }

  func insert(_ table: Table, _ rows: [Row]) throws(StoreError) {
    try perform(writing: true) { () throws(StoreError) in
      try table.check(rows, count: table.columns.count)
      if !rows.isEmpty { try runner.insert(table, rows) }
    }
  }

  func delete(_ table: Table, _ keys: [Row]) throws(StoreError) {
    try perform(writing: true) { () throws(StoreError) in
      try table.requireKey()
      try table.check(keys, count: table.keyCount)
      if !keys.isEmpty { try runner.delete(table, keys) }
    }
  }

  func claim(_ keySet: String, _ entries: [KeyEntry]) throws(StoreError) -> [KeyEntry?] {
    try perform(writing: true) { () throws(StoreError) in
      for entry in entries where entry.key.count != 16 || entry.value.count > 64 {
        throw StoreError(.refused, "key set \(keySet): a key is 16 bytes, its value at most 64")
      }
      return entries.isEmpty ? [] : try runner.claim(keySet, entries)
    }
  }

  func find(_ keySet: String, _ keys: [[UInt8]]) throws(StoreError) -> [KeyEntry?] {
    try perform(writing: false) { () throws(StoreError) in
      for key in keys where key.count != 16 {
        throw StoreError(.refused, "key set \(keySet): a key is 16 bytes")
      }
      return keys.isEmpty ? [] : try runner.find(keySet, keys)
    }
  }

  func expire(_ keySet: String, before time: Int64) throws(StoreError) {
    try perform(writing: true) { () throws(StoreError) in try runner.expire(keySet, before: time) }
  }

  func query(_ sql: String, _ arguments: [Value]) throws(StoreError) -> [Row] {
    try perform(writing: false) { () throws(StoreError) in
      try runner.query(StatementText(sql, checking: arguments), arguments)
    }
  }

  func execute(_ sql: String, _ arguments: [Value]) throws(StoreError) -> Int {
    try perform(writing: true) { () throws(StoreError) in
      try runner.execute(StatementText(sql, checking: arguments), arguments)
    }
  }

  /// In one that writes: a server for reading is behind anyway.
  func server() throws(StoreError) -> String {
    try perform(writing: true) { () throws(StoreError) in try runner.server() }
  }

  private func perform<Result>(
    writing: Bool, _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    if let failure { throw failure }
    do throws(StoreError) {
      if writing && !writable { throw StoreError(.refused, "writing inside of read") }
      return try body()
    } catch {
      failure = error
      throw error
    }
  }
}
