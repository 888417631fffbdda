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
  /// Whether cases that are open now count; not where a time that is over is told as it was.
  var countsOpen = true

  private struct Part: Hashable {
    let day: Int64?
    let values: [String]
  }

  /// Cases of this workflow are questions about other cases; they are left out unless they are asked for by name.
  static let adjudication = "adjudication"

  /// By the value of the one part that is asked for.
  func reports(_ transaction: any StoreTransaction) throws -> [(value: String, report: KPIReport)] {
    try gather(transaction).map { ($0.key.values.first ?? "", $0.value) }
  }

  private func gather(_ transaction: any StoreTransaction) throws -> [Part: KPIReport] {
    let today = now / Contribution.dayLength
    let isByReason = parts.contains(.reason) || filters.contains { $0.dimension == .reason }
    var reports: [Part: KPIReport] = [:]
    for cell in try KPICells.read(days, transaction) where cell.group[.reason].isEmpty != isByReason && isWanted(cell.group) {
      reports[part(cell.group, day: cell.day), default: KPIReport()].add(cell, today: today)
    }
    // Open cases belong to today: of a time that is over, only what ended then is told.
    if countsOpen, days.contains(today) {
      for kind in [OpenMark.Kind.age, .page] {
        for (cell, _) in try OpenCells.cells(kind, transaction) {
          guard let group = KPIGroup(key: cell), group[.reason].isEmpty != isByReason, isWanted(group) else { continue }
          reports[part(group, day: today), default: KPIReport()].add(open: kind, try OpenCells.ages(kind, cell, at: now, transaction))
        }
      }
    }
    return reports
  }

  /// Of each workflow on these days, from one look at them all.
  static func ofWorkflows(
    _ days: ClosedRange<Int64>, now: Int64, countsOpen: Bool, _ transaction: any StoreTransaction
  ) throws -> (_ workflow: String) -> KPIReport {
    var question = KPIQuestion(days: days, parts: [.workflow], now: now)
    question.countsOpen = countsOpen
    let reports = try question.reports(transaction)
    return { workflow in reports.first { $0.value.utf8.elementsEqual(workflow.utf8) }?.report ?? KPIReport() }
  }

  func answer(_ transaction: any StoreTransaction) throws -> [JSON] {
    try gather(transaction).sorted { a, b in
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

  static func date(_ day: Int64) -> String { String(Instant(microseconds: day * Contribution.dayLength).description.prefix(10)) }
}
