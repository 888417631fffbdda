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
    return try WorkflowBudgets.read(promises, now: now, lastDay: last, transaction).map { budgets in
      func figures(_ days: ClosedRange<Int64>) throws -> KPIReport {
        var question = KPIQuestion(days: days, now: at)
        question.countsOpen = !isOver
        question.filters = [(.workflow, budgets.promise.workflow)]
        return try question.whole(transaction)
      }
      let window = try figures((last - Int64(budgets.promise.objectives.windowDays) + 1)...last)
      return WorkflowReport(
        budgets: budgets, period: try figures(days.lowerBound...last), window: window,
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
