import Domain
import Storage

/// Cases by when the first of their debts is due, so that overdue ones are found without a look at all that are open. Times are rounded
/// down to half a minute: of a case that goes on quickly the row hardly changes.
enum Owing {
  static let width: Int64 = 30_000_000
  /// After so long a debt that will never be paid is told no more; figures count it for ever. µs.
  static let tellingEnds: Int64 = 7 * 86_400_000_000

  /// The bucket of a case; nil where it owes nothing.
  static func bucket(_ row: CaseRow) -> Int64? {
    row.debts.first.map { debt in (debt.due - (debt.due % width + width) % width) / width }
  }

  /// - Parameter changes: the bucket of each case of a batch before, and now.
  static func save(_ changes: some Sequence<(String, Int64?, Int64?)>, _ transaction: any StoreTransaction) throws {
    var (gone, new): ([Row], [Row]) = ([], [])
    for (id, before, now) in changes where before != now {
      if let before { gone.append([.integer(before), .text(id)]) }
      if let now { new.append([.integer(now), .text(id)]) }
    }
    if !gone.isEmpty { try transaction.delete(Tables.owing, gone) }
    if !new.isEmpty { try transaction.upsert(Tables.owing, new) }
  }

  struct Overdue {
    let row: CaseRow
    let debt: Debt
  }

  /// The debts that were due before a moment (µs) and are not older than is told, the oldest cases first.
  static func overdue(at time: Int64, limit: Int, _ transaction: any StoreTransaction) throws -> [Overdue] {
    var found: [Overdue] = []
    var after: Row = [.integer((time - tellingEnds) / width), .text("")]
    while found.count < limit {
      let columns = Tables.cases.columns.map { "c.\($0.name)" }.joined(separator: ", ")
      // SQLite keeps the order of a CROSS JOIN.
      let rows = try transaction.query(
        """
        SELECT o.due, \(columns) FROM owing o CROSS JOIN cases c
        WHERE (o.due, o.case_id) > (?, ?) AND o.due <= ? AND c.case_id = o.case_id ORDER BY o.due, o.case_id LIMIT 500
        """, after + [.integer(time / width)])
      for row in rows {
        let known = try CaseRow(Row(row.dropFirst()))
        for debt in known.debts where debt.due < time && time - debt.due < tellingEnds { found.append(Overdue(row: known, debt: debt)) }
      }
      guard let last = rows.last, rows.count == 500 else { break }
      after = [last[0], last[1]]
    }
    return Array(found.prefix(limit))
  }
}
