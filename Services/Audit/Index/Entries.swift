import Storage

/// Which records of the ledger are of which case.
enum Entries {
  /// The first ones of a case, ascending.
  static func positions(of caseID: String, limit: Int, _ transaction: any StoreTransaction) throws -> [Int64] {
    try transaction.query(
      "SELECT position FROM entries WHERE case_id = ? ORDER BY position LIMIT ?", [.text(caseID), .integer(Int64(limit))]
    ).map { try $0[0].integer() }
  }
}
