import Storage
import Wire

/// The sums of budgets in the database, by slots of five minutes for burn rates and by days for what is left. Changed in the
/// transaction that indexes the records, and made anew from them to the same numbers, as the KPIs' are.
enum BudgetCells {
  enum Span: Int64, CaseIterable, Sendable {
    case slot = 300
    case day = 86_400

    var microseconds: Int64 { rawValue * 1_000_000 }
    func number(of time: Int64) -> Int64 { max(0, time) / microseconds }
  }

  private struct Place: Hashable {
    let span: Int64
    let slot: Int64
    let workflow: String
    var key: Row { [.integer(span), .integer(slot), .text(workflow)] }
  }

  /// What a case adds, and where.
  struct Contribution: Equatable, Sendable {
    let end: Int64
    let workflow: String
    let sums: BudgetSums

    init?(_ row: CaseRow) {
      guard let end = row.ended, let sums = BudgetSums(row) else { return nil }
      (self.end, self.sums) = (end, sums)
      workflow = row.facts[.workflow] ?? "none"
    }
  }

  /// - Parameter changes: what each case of a batch added before, and adds now.
  static func save(_ changes: some Sequence<(Contribution?, Contribution?)>, _ transaction: any StoreTransaction) throws {
    var deltas: [Place: BudgetSums] = [:]
    for (before, now) in changes where before != now {
      if let before { add(before, times: -1, to: &deltas) }
      if let now { add(now, times: 1, to: &deltas) }
    }
    let ordered = deltas.sorted { first, second in
      let (a, b) = (first.key, second.key)
      return a.span != b.span ? a.span < b.span : a.slot != b.slot ? a.slot < b.slot : precedes(a.workflow, b.workflow)
    }
    try BudgetSums.save(ordered.map { ($0.key.key, $0.value) }, in: Tables.budgets, transaction)
  }

  private static func add(_ contribution: Contribution, times: Int64, to deltas: inout [Place: BudgetSums]) {
    for span in Span.allCases {
      let place = Place(span: span.rawValue, slot: span.number(of: contribution.end), workflow: contribution.workflow)
      deltas[place, default: BudgetSums()].add(contribution.sums, times: times)
    }
  }

  struct Cell: Sendable {
    let slot: Int64
    let workflow: String
    let sums: BudgetSums
  }

  static func read(_ span: Span, _ slots: ClosedRange<Int64>, _ transaction: any StoreTransaction) throws -> [Cell] {
    try transaction.query(
      "SELECT slot, workflow, sums FROM budget_cells WHERE span = ? AND slot >= ? AND slot <= ? ORDER BY slot, workflow",
      [.integer(span.rawValue), .integer(slots.lowerBound), .integer(slots.upperBound)]
    ).map { Cell(slot: try $0[0].integer(), workflow: try $0[1].text(), sums: try BudgetSums($0[2].blob())) }
  }
}
