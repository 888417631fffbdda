import Storage

/// The sums in the database: one row for each day and group, one more for each reason code of its cases. Changed in the
/// transaction that indexes the records.
enum KPICells {
  private struct Place: Hashable {
    let day: Int64
    let key: String
  }

  /// - Parameter changes: what each case of a batch added before, and adds now.
  static func save(_ changes: some Sequence<(Contribution?, Contribution?)>, _ transaction: any StoreTransaction) throws {
    var deltas: [Place: KPISums] = [:]
    for (before, now) in changes where before != now {
      if let before { add(before, times: -1, to: &deltas) }
      if let now { add(now, times: 1, to: &deltas) }
    }
    let ordered = deltas.sorted { $0.key.day != $1.key.day ? $0.key.day < $1.key.day : precedes($0.key.key, $1.key.key) }
    try KPISums.save(ordered.map { ([.integer($0.key.day), .text($0.key.key)], $0.value) }, in: Tables.kpis, transaction)
  }

  private static func add(_ contribution: Contribution, times: Int64, to deltas: inout [Place: KPISums]) {
    for key in contribution.group.keys(contribution.codes) {
      deltas[Place(day: contribution.day, key: key), default: KPISums()].add(contribution.sums, times: times)
    }
  }

  struct Cell {
    let day: Int64
    let group: KPIGroup
    let sums: KPISums
  }

  /// - Parameter days: UTC days since 1970.
  static func read(_ days: ClosedRange<Int64>, _ transaction: any StoreTransaction) throws -> [Cell] {
    try transaction.query(
      "SELECT day, cell, sums FROM kpi_cells WHERE day >= ? AND day <= ? ORDER BY day, cell",
      [.integer(days.lowerBound), .integer(days.upperBound)]
    ).compactMap { row in
      guard let group = KPIGroup(key: try row[1].text()) else { return nil }
      return Cell(day: try row[0].integer(), group: group, sums: try KPISums(row[2].blob()))
    }
  }
}
