import Bundles
import Domain
import JSON
import Statistics
import Storage

/// One workflow in a report or on a page: what it promises, what became of that, and the two words about it.
struct WorkflowReport {
  let budgets: WorkflowBudgets
  /// Of the period.
  let period: KPIReport
  /// Of the days over which the budgets count.
  let window: KPIReport
  let readiness: Readiness

  /// - Parameters:
  ///   - day: the last one, since 1970.
  ///   - now: µs. Open cases and alarms count only where `day` is today.
  static func all(
    _ promises: [Promise], days: ClosedRange<Int64>, now: Int64, alarms: Set<String>?, checkpoint: (day: String, isSigned: Bool)?,
    _ transaction: any StoreTransaction
  ) throws -> [WorkflowReport] {
    let today = now / Contribution.dayLength
    let isOver = days.upperBound < today
    let last = min(days.upperBound, today)
    // A time that is over is told as it was at its end: what waits for later is the same whenever somebody asks.
    let at = isOver ? (last + 1) * Contribution.dayLength - 1 : now
    func figures(_ days: ClosedRange<Int64>) throws -> (String) -> KPIReport {
      try KPIQuestion.ofWorkflows(days, now: at, countsOpen: !isOver, transaction)
    }
    let period = try figures(days.lowerBound...last)
    let lengths = Set(promises.map(\.objectives.windowDays))
    let windows = try Dictionary(uniqueKeysWithValues: lengths.map { ($0, try figures((last - Int64($0) + 1)...last)) })
    return try WorkflowBudgets.read(promises, now: now, lastDay: last, transaction).map { budgets in
      let promise = budgets.promise
      let window = windows[promise.objectives.windowDays]?(promise.workflow) ?? KPIReport()
      return WorkflowReport(
        budgets: budgets, period: period(promise.workflow), window: window,
        readiness: Readiness(budgets, window.figures, alarms: alarms, checkpoint: checkpoint))
    }
  }

  var json: JSONObject {
    let promise = budgets.promise
    let slow = budgets.tooSlow
    return JSONObject([
      ("workflow", .string(promise.workflow)), ("template", .string(promise.template.rawValue)), ("owner", .string(promise.owner)),
      ("bundle", .string(promise.bundle)), ("promise", budgets.target),
      ("production_ready", .bool(readiness.isReady)), ("because", .array(readiness.because.map { .string($0) })),
      ("criteria", .array(readiness.criteria.map(\.json))),
      ("too_slow", .bool(!slow.isEmpty)), ("too_slow_because", .array(slow.map { .string($0) })),
      ("budgets", .array(Budget.allCases.map(budgets.json))), ("figures", .object(JSONObject(period.json))),
    ])
  }
}
