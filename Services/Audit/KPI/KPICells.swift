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
    let places = deltas.keys.sorted { $0.day != $1.day ? $0.day < $1.day : precedes($0.key, $1.key) }
    guard !places.isEmpty else { return }
    let rows = try transaction.load(Tables.kpis, places.map { [.integer($0.day), .text($0.key)] })
    var (kept, gone): ([Row], [Row]) = ([], [])
    for (place, row) in zip(places, rows) {
      var sums = try row.map { try KPISums($0[2].blob()) } ?? KPISums()
      if let delta = deltas[place] { sums.add(delta) }
      let key: Row = [.integer(place.day), .text(place.key)]
      if !sums.isEmpty { kept.append(key + [.blob(sums.bytes)]) } else if row != nil { gone.append(key) }
    }
    if !kept.isEmpty { try transaction.upsert(Tables.kpis, kept) }
    if !gone.isEmpty { try transaction.delete(Tables.kpis, gone) }
  }

  private static func add(_ contribution: Contribution, times: Int64, to deltas: inout [Place: KPISums]) {
    var group = contribution.group
    deltas[Place(day: contribution.day, key: group.key), default: KPISums()].add(contribution.sums, times: times)
    for code in contribution.codes {
      group[.reason] = code
      deltas[Place(day: contribution.day, key: group.key), default: KPISums()].add(contribution.sums, times: times)
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
