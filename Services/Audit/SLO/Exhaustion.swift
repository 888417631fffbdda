import Bundles
import JSON
import Lanes
import Statistics
import Storage
import Wire

/// Which budgets of workflows are spent beyond doubt over the days for which they count, and until when at least.
enum Exhaustion {
  /// - Parameter now: on the story's clock.
  static func read(_ promises: [Promise], now: Instant, _ transaction: any StoreTransaction) throws -> [BudgetState] {
    let today = now.microseconds / Contribution.dayLength
    return try WorkflowBudgets.read(promises, now: now.microseconds, transaction).map { budgets in
      let promise = budgets.promise
      let spent = Budget.allCases.filter { budgets.budget($0).isOverspent(budgets.bad($0)) }
      let errors = try errors(promise, today: today, now: now.microseconds, transaction)
      let until = errors.isEmpty && !spent.isEmpty ? try lifted(spent, budgets, today: today, transaction) : nil
      return BudgetState(
        workflow: promise.workflow, exhausted: spent.map(\.rawValue) + errors.map(\.name),
        because: spent.map { words($0, budgets) } + errors.map(\.words), until: until.map { KPIQuestion.date($0) }, at: now)
    }
  }

  /// What policy was told last, by workflow: which budgets are spent, and until when at least. None of a workflow that may be loosened.
  static func told(_ transaction: any StoreTransaction) throws -> [String: String] {
    Dictionary(
      try transaction.states(under: BudgetState.prefix).map {
        (String($0.key.dropFirst(BudgetState.prefix.count)), try Alarm(JSON.parse($0.body, limits: .stored)).text)
      }, uniquingKeysWith: { $1 })
  }

  private static func words(_ budget: Budget, _ budgets: WorkflowBudgets) -> String {
    let bad = budgets.bad(budget)
    let what = budget.isLatency ? "cases were late by \(budget.rawValue)" : "required fields are missing"
    return "\(percent(bad.estimate)) of \(bad.count) \(what), \(percent(budgets.budget(budget).allowed)) may be"
  }

  /// What is promised of errors and is surely not so.
  private static func errors(
    _ promise: Promise, today: Int64, now: Int64, _ transaction: any StoreTransaction
  ) throws -> [(name: String, words: String)] {
    let objectives = promise.objectives
    guard objectives.errorCatchRate != nil || objectives.postActionDefectRate != nil else { return [] }
    let days = max(0, today - Int64(objectives.windowDays) + 1)...today
    let figures = try KPIQuestion.ofWorkflows(days, now: now, countsOpen: false, transaction)(promise.workflow).figures.filter { $0.lacking == nil }
    var found: [(String, String)] = []
    if let floor = objectives.errorCatchRate, let high = figures.first(where: { $0.name == "error_catch_rate" })?.high, high < floor {
      found.append(("error_catch_rate", "at most \(percent(high)) of the errors were caught, \(percent(floor)) are promised"))
    }
    if let ceiling = objectives.postActionDefectRate, let low = figures.first(where: { $0.name == "post_action_defect_rate" })?.low, low > ceiling {
      found.append(("post_action_defect_rate", "at least \(percent(low)) of the effects were wrong, \(percent(ceiling)) may be"))
    }
    return found
  }

  /// The first day on which none of them is spent any more if nothing else ends until then; nil where open cases alone are enough.
  private static func lifted(
    _ spent: [Budget], _ budgets: WorkflowBudgets, today: Int64, _ transaction: any StoreTransaction
  ) throws -> Int64? {
    let promise = budgets.promise
    let first = today - Int64(promise.objectives.windowDays) + 1
    let cells = try BudgetCells.read(.day, max(0, first)...today, transaction).filter { $0.workflow.utf8.elementsEqual(promise.workflow.utf8) }
    for passed in 1...Int64(promise.objectives.windowDays) {
      var rest = Spending()
      rest.add(openLate: budgets.whole.openLate)
      for cell in cells where cell.slot >= first + passed { rest.sums.add(cell.sums) }
      if spent.allSatisfy({ !budgets.budget($0).isOverspent(rest.bad($0, target: promise.target)) }) { return today + passed }
    }
    return nil
  }
}
