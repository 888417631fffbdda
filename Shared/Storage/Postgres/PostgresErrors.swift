import CPostgres

extension StoreError {
  /// The error of a SQLSTATE (PostgreSQL manual, appendix A).
  init(sqlState: String, _ message: String) {
    let kind: Kind
    switch sqlState {
    case "40001", "40P01", "55P03", "57014": kind = .conflict
    case "53100": kind = .full
    case "25P03": kind = .unavailable
    case "XX001", "XX002", "58P01", "58P02": kind = .damaged
    default:
      switch sqlState.prefix(2) {
      case "08", "53", "57", "58", "28", "3D": kind = .unavailable
      // Serialization failures of other sorts: the transaction is rolled back.
      case "40": kind = .conflict
      default: kind = .refused
      }
    }
    self.init(kind, "PostgreSQL \(sqlState): \(message)")
  }
}

/// An outcome of one statement. Frees itself.
struct PostgresResult: ~Copyable {
  private let result: OpaquePointer?

  init(_ result: OpaquePointer?) { self.result = result }

  deinit { PQclear(result) }

  var succeeded: Bool {
    let status = PQresultStatus(result)
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
  }

  /// nil where the connection was lost before the server could answer.
  var sqlState: String? { PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } }

  /// Without the details, which quote data.
  var message: String {
    PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? "the connection was lost"
  }

  var rowCount: Int32 { PQntuples(result) }
  var columnCount: Int32 { PQnfields(result) }

  /// What the server calls the command: `COMMIT`, `INSERT 0 5`.
  var command: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

  /// How many rows the command changed.
  var changes: Int {
    command.hasPrefix("SELECT") ? 0 : PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
  }

  func type(_ column: Int32) -> Oid { PQftype(result, column) }

  /// nil for NULL.
  func bytes(_ row: Int32, _ column: Int32) -> UnsafeBufferPointer<UInt8>? {
    guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return nil }
    let count = Int(PQgetlength(result, row, column))
    return UnsafeBufferPointer(start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
  }
}
