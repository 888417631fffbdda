import Storage

/// Sums over cases that stand in a table, a row for each cell, with the bytes last.
protocol CellSums {
  init()
  init(_ bytes: [UInt8]) throws(StoreError)
  mutating func add(_ other: Self, times: Int64)
  var isEmpty: Bool { get }
  var bytes: [UInt8] { get }
}

extension CellSums {
  /// Adds what a batch has changed to what is there; a cell in which nothing is left goes.
  ///
  /// - Parameter deltas: with the keys of their rows.
  static func save(_ deltas: [(key: Row, delta: Self)], in table: Table, _ transaction: any StoreTransaction) throws {
    guard !deltas.isEmpty else { return }
    let rows = try transaction.load(table, deltas.map(\.key))
    var (kept, gone): ([Row], [Row]) = ([], [])
    for ((key, delta), row) in zip(deltas, rows) {
      var sums = try row.map { try Self($0[key.count].blob()) } ?? Self()
      sums.add(delta, times: 1)
      if !sums.isEmpty { kept.append(key + [.blob(sums.bytes)]) } else if row != nil { gone.append(key) }
    }
    if !kept.isEmpty { try transaction.upsert(table, kept) }
    if !gone.isEmpty { try transaction.delete(table, gone) }
  }
}
