import Bundles
import JSON
import Statistics

extension WorkflowBudgets {
  /// One budget in figures.
  func json(_ budget: Budget) -> JSON {
    let (own, bad) = (self.budget(budget), bad(budget))
    let interval = bad.wilson()
    var object = JSONObject([
      ("budget", .string(budget.rawValue)), ("promised", .number(promise.promised(budget))), ("bad", .integer(Int64(bad.hits))),
      ("n", .integer(Int64(bad.count))), ("share", bad.estimate.map { .number($0) } ?? .null),
      ("low", interval.map { .number($0.low) } ?? .null), ("high", interval.map { .number($0.high) } ?? .null),
      ("left", own.left(bad).map { .number($0) } ?? .null), ("overspent", .bool(own.isOverspent(bad))),
    ])
    object["status"] = .string(bad.count < Definitions.fewest ? Definitions.notEnough : "ok")
    return .object(object)
  }

  /// How fast each is spent, by window, and which alarms that raises.
  func burns(_ budget: Budget) -> JSON {
    let own = self.budget(budget)
    var object = JSONObject([("budget", .string(budget.rawValue))])
    object["windows"] = .object(
      JSONObject(
        Window.allCases.map { window in
          let bad = bad(budget, window)
          return (
            window.rawValue,
            ["burn": own.burn(bad).map { .number(min($0, 1_000)) } ?? .null, "bad": .integer(Int64(bad.hits)), "n": .integer(Int64(bad.count))]
          )
        }))
    object["alarms"] = .array(Pace.allCases.filter { isBurning(budget, $0) }.map { .string($0.rawValue) })
    return .object(object)
  }

  var target: JSON {
    let objectives = promise.objectives
    return [
      "share": .number(objectives.latencyShare), "seconds": .integer(Int64(objectives.latencySeconds)),
      "audit_completeness": .number(objectives.auditCompleteness),
      "error_catch_rate": objectives.errorCatchRate.map { .number($0) } ?? .null,
      "post_action_defect_rate": objectives.postActionDefectRate.map { .number($0) } ?? .null,
      "window_days": .integer(Int64(objectives.windowDays)), "shown_first": .string(objectives.shownFirst.rawValue),
    ]
  }
}
