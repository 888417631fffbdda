import GRDBSQLite

/// A prepared statement. Used by one thread at a time, that of its connection.
final class SQLiteStatement {
  private let handle: OpaquePointer
  private let statement: OpaquePointer
  let columnCount: Int32
  let parameterCount: Int
  let isReadOnly: Bool

  init(_ handle: OpaquePointer, _ sql: String) throws(StoreError) {
    var prepared: OpaquePointer?
    var code = SQLITE_OK
    var hasMore = false
    var sql = sql
    sql.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text in
        var rest: UnsafePointer<CChar>?
        code = sqlite3_prepare_v3(
          handle, text.baseAddress, Int32(clamping: text.count), UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, &rest)
        guard let rest, let start = text.baseAddress else { return }
        hasMore = text[min(max(rest - start, 0), text.count)...].contains { $0 > 32 && $0 != 59 }
      }
    }
    guard code == SQLITE_OK, let prepared, !hasMore else {
      sqlite3_finalize(prepared)
      if code == SQLITE_OK { throw StoreError(.refused, hasMore ? "more than one statement" : "no statement") }
      throw StoreError(sqlite: code, String(cString: sqlite3_errmsg(handle)))
    }
    self.handle = handle
    statement = prepared
    columnCount = sqlite3_column_count(prepared)
    parameterCount = Int(sqlite3_bind_parameter_count(prepared))
    isReadOnly = sqlite3_stmt_readonly(prepared) != 0
  }

  deinit { sqlite3_finalize(statement) }

  // SQLite copies what it is given before the call returns.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  /// - Parameter at: from 1.
  func bind(_ value: Value, at: Int32) throws(StoreError) {
    let code: Int32
    switch value {
    case .null: code = sqlite3_bind_null(statement, at)
    case .integer(let number): code = sqlite3_bind_int64(statement, at, number)
    case .real(let number): code = sqlite3_bind_double(statement, at, number)
    case .text(var text):
      code = text.withUTF8 { bytes in
        guard let start = bytes.baseAddress else { return sqlite3_bind_text(statement, at, "", 0, Self.transient) }
        return sqlite3_bind_text64(
          statement, at, UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), UInt64(bytes.count),
          Self.transient, UInt8(SQLITE_UTF8))
      }
    case .blob(let blob): code = bind(blob, at: at)
    }
    if code != SQLITE_OK { throw error(code) }
  }

  private func bind(_ blob: [UInt8], at: Int32) -> Int32 {
    blob.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, at, 0) }
      return sqlite3_bind_blob64(statement, at, start, UInt64(bytes.count), Self.transient)
    }
  }

  /// Whether there is a row. Reset must follow before the next binding.
  func step() throws(StoreError) -> Bool {
    let code = sqlite3_step(statement)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    let error = error(code)
    sqlite3_reset(statement)
    throw error
  }

  func reset() { sqlite3_reset(statement) }

  /// Binds, runs to the end and resets.
  func run(_ values: some Sequence<Value>) throws(StoreError) {
    try bind(values)
    while try step() {}
    reset()
  }

  func bind(_ values: some Sequence<Value>) throws(StoreError) {
    var at: Int32 = 1
    for value in values {
      try bind(value, at: at)
      at += 1
    }
  }

  /// The first row for these arguments, or nil.
  func first(_ values: some Sequence<Value>) throws(StoreError) -> Row? {
    try bind(values)
    let found = try step() ? row() : nil
    reset()
    return found
  }

  func all(_ values: some Sequence<Value>) throws(StoreError) -> [Row] {
    try bind(values)
    var rows: [Row] = []
    while try step() { rows.append(row()) }
    reset()
    return rows
  }

  /// The current row.
  func row() -> Row {
    Row(unsafeUninitializedCapacity: Int(columnCount)) { buffer, count in
      for at in 0..<columnCount {
        buffer.initializeElement(at: Int(at), to: value(at))
      }
      count = Int(columnCount)
    }
  }

  func integer(_ at: Int32) -> Int64 { sqlite3_column_int64(statement, at) }

  func blob(_ at: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(statement, at) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, at))))
  }

  private func value(_ at: Int32) -> Value {
    switch sqlite3_column_type(statement, at) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, at))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, at))
    case SQLITE_TEXT:
      guard let start = sqlite3_column_text(statement, at) else { return .text("") }
      let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, at)))
      return .text(String(decoding: bytes, as: UTF8.self))
    case SQLITE_BLOB: return .blob(blob(at))
    default: return .null
    }
  }

  private func error(_ code: Int32) -> StoreError { StoreError(sqlite: code, String(cString: sqlite3_errmsg(handle))) }
}
