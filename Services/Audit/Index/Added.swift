/// What one case adds to what is kept of many. A pure function of its row, so that it can be taken away again when the row changes.
struct Added: Sendable {
  /// By what it is found.
  let labels: [String]
  /// By when its first debt is due.
  let owing: Int64?
  /// To the sums over open cases, to the KPIs, and to the budgets.
  let marks: [OpenMark]
  let contribution: Contribution?
  let spending: BudgetCells.Contribution?

  static let nothing = Added(labels: CaseRow.unlabelled, owing: nil, marks: [], contribution: nil, spending: nil)

  private init(labels: [String], owing: Int64?, marks: [OpenMark], contribution: Contribution?, spending: BudgetCells.Contribution?) {
    (self.labels, self.owing, self.marks, self.contribution, self.spending) = (labels, owing, marks, contribution, spending)
  }

  init(_ row: CaseRow) {
    self.init(
      labels: row.labels, owing: Owing.bucket(row), marks: OpenMark.all(row), contribution: Contribution(row),
      spending: BudgetCells.Contribution(row))
  }
}

/// A case as the index has it, or will have it.
struct IndexedCase: Sendable {
  var row: CaseRow
  /// What the index counts it for so far.
  var added: Added
}
