import Ledger
import Storage
import Wire

/// Makes the index anew where an older version of audit made it: what it says of old cases would differ from what it says of new ones,
/// and figures are sums of both.
enum Reindex {
  /// Raised when a record's place in the index changes: 2 has the manifest and the required fields, 3 the sums
  /// over open cases and one definition of completeness, 4 how many people it took to find what was right.
  static let version: Int64 = 4
  /// What is made of records alone.
  static let tables = IndexFold.compared + [Tables.streams]

  /// - Parameter wall: the wall clock, µs.
  static func makeIfOlder(_ paths: LedgerPaths, _ extent: Extent, _ transaction: any StoreTransaction, wall: Int64) throws {
    let made = try transaction.load(Tables.madeBy, [[.integer(1)]])[0].map { try $0[1].integer() } ?? 1
    guard made < version else { return }
    if extent.size > 0 {
      for table in tables { _ = try transaction.execute("DELETE FROM \(table.name)", []) }
      try IndexFold(paths: paths).fold(extent, transaction, wall: wall) { step in try step(transaction) }
    }
    try transaction.upsert(Tables.madeBy, [[.integer(1), .integer(version)]])
  }
}
