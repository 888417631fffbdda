import JSON
import Statistics
import Storage
import Wire

/// Which cases' figures are wanted, and in which parts.
struct KPIQuestion {
  /// Days since 1970 on which cases ended; both ends count.
  var days: ClosedRange<Int64>
  /// What a case must be, besides.
  var filters: [(dimension: KPIGroup.Dimension, value: String)] = []
  /// Into which parts the figures fall; none for one figure over all.
  var parts: [KPIGroup.Dimension] = []
  var isByDay = false
  /// µs; how old open cases are.
  var now: Int64

  private struct Part: Hashable {
    let day: Int64?
    let values: [String]
  }

  /// Cases of this workflow are questions about other cases; they are left out unless they are asked for by name.
  static let adjudication = "adjudication"

  func answer(_ transaction: any StoreTransaction) throws -> [JSON] {
    let today = now / Contribution.dayLength
    let isByReason = parts.contains(.reason) || filters.contains { $0.dimension == .reason }
    var reports: [Part: KPIReport] = [:]
    for cell in try KPICells.read(days, transaction) where cell.group[.reason].isEmpty != isByReason && isWanted(cell.group) {
      reports[part(cell.group, day: cell.day), default: KPIReport()].add(cell, today: today)
    }
    // Open cases belong to today: of a time that is over, only what ended then is told.
    if days.contains(today) {
      for row in try open(transaction) {
        var group = KPIGroup(row, isLabelled: false)
        for code in isByReason ? row.measures.codes.sorted(by: precedes) : [""] {
          group[.reason] = code
          if isWanted(group) { reports[part(group, day: today), default: KPIReport()].add(open: row.measures, at: now) }
        }
      }
    }
    return reports.sorted { a, b in
      a.key.day != b.key.day
        ? (a.key.day ?? 0) < (b.key.day ?? 0) : a.key.values.lexicographicallyPrecedes(b.key.values, by: precedes)
    }.map { part, report in
      var members: [(String, JSON)] = zip(parts, part.values).map { ($0.rawValue, .string($1)) }
      if let day = part.day { members.insert(("day", .string(Self.date(day))), at: 0) }
      return .object(JSONObject([("group", .object(JSONObject(members)))] + report.json))
    }
  }

  private func isWanted(_ group: KPIGroup) -> Bool {
    let isNamed = filters.contains { $0.dimension == .workflow }
    guard isNamed || parts.contains(.workflow) || group[.workflow] != Self.adjudication else { return false }
    return filters.allSatisfy { group[$0.dimension].utf8.elementsEqual($0.value.utf8) }
  }

  private func part(_ group: KPIGroup, day: Int64) -> Part {
    Part(day: isByDay ? day : nil, values: parts.map { group[$0] })
  }

  private func open(_ transaction: any StoreTransaction) throws -> [CaseRow] {
    let columns = Tables.cases.columns.map { "c.\($0.name)" }.joined(separator: ", ")
    // SQLite keeps the order of a CROSS JOIN.
    return try transaction.query(
      "SELECT \(columns) FROM labels l CROSS JOIN cases c WHERE l.label = ? AND c.case_id = l.case_id ORDER BY c.case_id",
      [.text("outcome=\(CaseRow.open)")]
    ).map { try CaseRow($0) }.filter { $0.ended == nil }
  }

  static func date(_ day: Int64) -> String { String(Instant(microseconds: day * Contribution.dayLength).description.prefix(10)) }
}
