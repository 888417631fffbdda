import Storage

/// A row that follows from a record (`Decider.rows`).
public struct IndexRow: Sendable {
  public let table: Table
  public let row: Row

  public init(_ table: Table, _ row: Row) {
    self.table = table
    self.row = row
  }

  /// Of two rows under one key the last is written.
  static func save(_ rows: [IndexRow], _ transaction: any StoreTransaction) throws(StoreError) {
    var tables: [Table] = []
    for entry in rows where !tables.contains(where: { $0.name == entry.table.name }) { tables.append(entry.table) }
    for table in tables {
      var last: [[Value]: Row] = [:]
      var order: [[Value]] = []
      for entry in rows where entry.table.name == table.name {
        let key = Array(entry.row.prefix(table.keyCount))
        if last.updateValue(entry.row, forKey: key) == nil { order.append(key) }
      }
      try transaction.upsert(table, order.compactMap { last[$0] })
    }
  }
}
