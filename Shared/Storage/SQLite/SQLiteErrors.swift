import GRDB
import GRDBSQLite

extension StoreError {
  /// The error of a result code of SQLite (https://www.sqlite.org/rescode.html), which may be an extended one.
  init(sqlite code: Int32, _ message: String) {
    let text = "SQLite \(code): \(message)"
    switch code & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED: self.init(.conflict, text)
    case SQLITE_FULL: self.init(.full, text)
    case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT, SQLITE_SCHEMA: self.init(.damaged, text)
    case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_PROTOCOL, SQLITE_INTERRUPT, SQLITE_NOLFS:
      self.init(.unavailable, text)
    case SQLITE_READONLY where code != SQLITE_READONLY: self.init(.unavailable, text)
    default: self.init(.refused, text)
    }
  }

  /// The error that a call of GRDB threw.
  init(grdb error: any Error) {
    if let error = error as? StoreError {
      self = error
    } else if let error = error as? DatabaseError {
      self.init(sqlite: error.extendedResultCode.rawValue, error.message ?? "no message")
    } else {
      self.init(.unavailable, "\(error)")
    }
  }
}
