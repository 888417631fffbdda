import Storage

/// Which cases are asked for. The newest come first.
struct CaseFilter {
  /// Labels as `Tables.labels` has them; a case must have all. The first leads through the cases in order: the one that
  /// mostly picks the fewest should stand there.
  var labels: [String] = []
  /// The smallest case id.
  var from: String?
  /// Only ids below it: where the page before ended.
  var before: String?
  var limit: Int64 = 50

  func rows(_ transaction: any StoreTransaction) throws -> [CaseRow] {
    // Read in the order of the key that leads, so that a page costs no more than what it passes.
    let id = labels.isEmpty ? "c.case_id" : "l.case_id"
    var conditions = labels.isEmpty ? [] : ["l.label = ?", "c.case_id = l.case_id"]
    conditions += labels.dropFirst().map { _ in "EXISTS (SELECT 1 FROM labels m WHERE m.label = ? AND m.case_id = \(id))" }
    var arguments = labels.map { Value.text($0) }
    if let from {
      conditions.append("\(id) >= ?")
      arguments.append(.text(from))
    }
    if let before {
      conditions.append("\(id) < ?")
      arguments.append(.text(before))
    }
    let columns = Tables.cases.columns.map { "c.\($0.name)" }.joined(separator: ", ")
    // SQLite keeps the order of a CROSS JOIN.
    let tables = labels.isEmpty ? "cases c" : "labels l CROSS JOIN cases c"
    let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    let sql = "SELECT \(columns) FROM \(tables) \(condition) ORDER BY \(id) DESC LIMIT ?"
    return try transaction.query(sql, arguments + [.integer(limit)]).map { try CaseRow($0) }
  }
}
