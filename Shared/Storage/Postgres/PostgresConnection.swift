import CPostgres

/// One connection with its prepared statements. Made anew where it was lost, at the next transaction. Used by one
/// thread at a time (see `ConnectionPool`).
final class PostgresConnection {
  private let url: String
  private var handle: OpaquePointer?
  private var prepared: [Shape: String] = [:]
  private var madeStatements = 0

  private struct Shape: Hashable {
    let sql: String
    let types: [Oid]
  }

  init(url: String) { self.url = url }

  deinit { close() }

  func close() {
    if let handle { PQfinish(handle) }
    handle = nil
    prepared.removeAll()
  }

  /// - Throws: `unavailable`, without the password.
  func connect() throws(StoreError) {
    close()
    // What the URL says holds over what stands before it.
    let settings = [
      ("connect_timeout", "10"), ("keepalives_idle", "20"), ("keepalives_interval", "5"), ("tcp_user_timeout", "30000"),
      ("target_session_attrs", "read-write"), ("fallback_application_name", "countersign"), ("dbname", url),
      ("client_encoding", "UTF8"),
    ]
    let made = withCStrings(settings.map(\.0)) { names in
      withCStrings(settings.map(\.1)) { values in PQconnectdbParams(names, values, 1) }
    }
    guard let made else { throw StoreError(.unavailable, "no memory for a connection") }
    guard PQstatus(made) == CONNECTION_OK else {
      let message = String(cString: PQerrorMessage(made))
      PQfinish(made)
      throw StoreError(.unavailable, "PostgreSQL: \(message)")
    }
    cpostgres_drop_notices(made)
    handle = made
    do throws(StoreError) {
      for setting in Self.session { try run(setting) }
      guard PQparameterStatus(made, "server_encoding").map({ String(cString: $0) }) == "UTF8" else {
        throw StoreError(.damaged, "the database's encoding must be UTF8")
      }
    } catch {
      close()
      throw error
    }
  }

  /// An instance that hangs in a transaction must not hold others up for ever, nor wait for ever itself.
  private static let session = [
    "SET synchronous_commit = on", "SET lock_timeout = '30s'", "SET idle_in_transaction_session_timeout = '60s'",
    "SET standard_conforming_strings = on",
  ]

  var isLost: Bool {
    guard let handle else { return true }
    return PQstatus(handle) != CONNECTION_OK
  }

  /// Begins a transaction; where the connection was lost since the last one, on a new connection.
  func begin(writable: Bool) throws(StoreError) {
    let begin = writable ? "BEGIN ISOLATION LEVEL READ COMMITTED" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    if !isLost, PQtransactionStatus(handle) == PQTRANS_IDLE {
      do throws(StoreError) {
        return try run(begin)
      } catch {
        guard isLost else { throw error }
      }
    }
    try connect()
    try run(begin)
  }

  /// - Throws: `commitUnknown` where no answer came, or one that does not tell.
  func commit() throws(StoreError) {
    let result = PostgresResult(PQexec(handle, "COMMIT"))
    if result.succeeded {
      // A server rolls back when told to commit a transaction that has failed.
      if result.command == "COMMIT" { return }
      throw StoreError(.refused, "PostgreSQL rolled back")
    }
    let error = StoreError(sqlState: result.sqlState ?? "08006", result.message)
    if !isLost { rollback() }
    throw isLost || error.kind == .unavailable ? StoreError(.commitUnknown, error.description) : error
  }

  func rollback() {
    guard let handle, !isLost, PQtransactionStatus(handle) != PQTRANS_IDLE else { return }
    let result = PostgresResult(PQexec(handle, "ROLLBACK"))
    if !result.succeeded { close() }
  }

  /// A statement without parameters and rows.
  func run(_ sql: String) throws(StoreError) {
    let result = PostgresResult(PQexec(handle, sql))
    guard result.succeeded else { throw error(result) }
  }

  /// A statement that is prepared the first time and kept.
  func run(_ sql: String, _ parameters: PostgresParameters) throws(StoreError) -> PostgresResult {
    let shape = Shape(sql: sql, types: parameters.types)
    let name = if let known = prepared[shape] { known } else { try prepare(shape) }
    let result = PostgresResult(
      parameters.withPointers { count, values, lengths, formats in
        PQexecPrepared(handle, name, count, values, lengths, formats, 1)
      })
    guard result.succeeded else { throw error(result) }
    return result
  }

  private func prepare(_ shape: Shape) throws(StoreError) -> String {
    if prepared.count >= 200 {
      try run("DEALLOCATE ALL")
      prepared.removeAll()
    }
    madeStatements += 1
    let name = "s\(madeStatements)"
    let result = PostgresResult(PQprepare(handle, name, shape.sql, Int32(clamping: shape.types.count), shape.types))
    guard result.succeeded else { throw error(result) }
    prepared[shape] = name
    return name
  }

  private func error(_ result: borrowing PostgresResult) -> StoreError {
    if let sqlState = result.sqlState { return StoreError(sqlState: sqlState, result.message) }
    // 08006, connection failure, or what is no statement that we can run.
    return isLost ? StoreError(sqlState: "08006", result.message) : StoreError(.refused, "PostgreSQL: no statement")
  }
}

/// Calls `body` with C strings, behind which stands a null pointer.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  let bytes = strings.flatMap { $0.utf8CString }
  var offsets: [Int] = []
  var next = 0
  for string in strings {
    offsets.append(next)
    next += string.utf8.count + 1
  }
  return bytes.withUnsafeBufferPointer { buffer in
    let pointers = offsets.map { offset in buffer.baseAddress.map { $0 + offset } } + [nil]
    return body(pointers)
  }
}
