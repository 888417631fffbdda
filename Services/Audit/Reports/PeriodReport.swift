import JSON
import Statistics
import Storage
import Wire

/// The daily checkpoint report, the weekly one, and the quarterly one of thresholds.
struct PeriodReport {
  let period: ReportPeriod
  /// Whether its last day is over; only then can it be signed.
  let isOver: Bool
  /// What people see, and what their signature covers.
  let content: JSONObject
  let signatures: [ReportSignature]

  var digest: String { hex(sha256(JSON.object(content).canonical)) }

  init(_ period: ReportPeriod, _ promises: [Promise], now: Int64, _ transaction: any StoreTransaction) throws {
    self.period = period
    let today = now / Contribution.dayLength
    isOver = period.days.upperBound < today
    signatures = try ReportSignature.all(of: period.key, transaction)
    let reports = try WorkflowReport.all(promises, days: period.days, now: now, alarms: nil, checkpoint: nil, transaction)
    var content = JSONObject([
      ("report", .string(period.key)), ("kind", .string(period.kind.rawValue)), ("from", .string(period.first)), ("to", .string(period.last)),
    ])
    let before = period.before.days
    let earlier = period.kind == .quarterly
      ? try KPIQuestion.ofWorkflows(before, now: (before.upperBound + 1) * Contribution.dayLength - 1, countsOpen: false, transaction) : { _ in KPIReport() }
    content["workflows"] = .array(
      try reports.map { report in
        var object = report.json
        switch period.kind {
        case .daily: break
        case .weekly: object["days"] = .array(try Self.days(period.days, report.budgets.promise, transaction))
        case .quarterly: for (name, value) in Self.thresholds(report, beside: earlier(report.budgets.promise.workflow)) { object[name] = value }
        }
        return .object(object)
      })
    self.content = content
  }

  /// What ended on each day, and how much of it was late.
  private static func days(_ days: ClosedRange<Int64>, _ promise: Promise, _ transaction: any StoreTransaction) throws -> [JSON] {
    let cells = try BudgetCells.read(.day, days, transaction).filter { $0.workflow.utf8.elementsEqual(promise.workflow.utf8) }
    return days.map { day in
      var spending = Spending()
      for cell in cells where cell.slot == day { spending.sums.add(cell.sums) }
      return [
        "day": .string(KPIQuestion.date(day)), "ended": .integer(Int64(spending.count)),
        "late": .integer(Int64(spending.late(target: promise.target).hits)), "missing_fields": .integer(Int64(spending.bad(.audit, target: promise.target).hits)),
      ]
    }
  }

  /// Which thresholds are in force, what has changed since the quarter before, and what follows for them.
  private static func thresholds(_ report: WorkflowReport, beside before: KPIReport) -> [(String, JSON)] {
    let promise = report.budgets.promise
    let changes = ThresholdReview.compare(report.period, before)
    let (verdict, because) = ThresholdReview.verdict(report.period.figures, promise)
    return [
      ("thresholds", .object(JSONObject(promise.thresholds.map { ($0.name, .number($0.value)) }))), ("changes", .array(changes)),
      ("verdict", .string(verdict)), ("verdict_because", .string(because)),
    ]
  }

  /// - Parameter size: how many records the figures rest on.
  func json(at now: Instant, size: Int64) -> JSON {
    let digest = digest
    var object = content
    object["at"] = .string(now.description)
    object["ledger"] = .integer(size)
    object["complete"] = .bool(isOver)
    object["digest"] = .string(digest)
    object["signatures"] = .array(
      signatures.map { signature in
        [
          "person": .string(signature.person), "at": .string(Instant(microseconds: signature.at).description), "position": .integer(signature.position),
          "digest": .string(signature.digest), "words": .string(signature.words), "same": .bool(signature.digest == digest),
        ]
      })
    return .object(object)
  }
}
