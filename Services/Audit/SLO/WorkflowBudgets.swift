import Bundles
import Statistics
import Storage
import Wire

/// How a workflow stands with its budgets at one moment. Everything is reckoned from sums when somebody asks.
struct WorkflowBudgets: Sendable {
  /// Stretches of time that end now; slots of five minutes count whole.
  enum Window: String, CaseIterable, Sendable {
    case fiveMinutes = "5m"
    case halfHour = "30m"
    case hour = "1h"
    case sixHours = "6h"

    var seconds: Int64 {
      switch self {
      case .fiveMinutes: 300
      case .halfHour: 1_800
      case .hour: 3_600
      case .sixHours: 21_600
      }
    }
  }

  /// How soon people must know.
  enum Pace: String, CaseIterable, Sendable {
    /// Somebody is woken: at this pace a budget of 28 days is gone in under five.
    case page
    /// Somebody looks at it on the next working day.
    case ticket

    var factor: Double { self == .page ? 6 : 2 }
    var long: Window { self == .page ? .hour : .sixHours }
    var short: Window { self == .page ? .fiveMinutes : .halfHour }
  }

  let promise: Promise
  /// By the windows of burn rates.
  private(set) var windows: [Window: Spending] = [:]
  /// Over the days for which the budgets count.
  private(set) var whole = Spending()
  private(set) var open = 0
  /// How many cases wait for people: now, an hour ago, two and three.
  private(set) var waiting = [0, 0, 0, 0]
  /// Pages that nobody has taken.
  private(set) var untaken = 0

  init(_ promise: Promise) { self.promise = promise }

  func budget(_ budget: Budget) -> ErrorBudget { ErrorBudget(promised: promise.promised(budget)) }

  func bad(_ budget: Budget, _ window: Window) -> Proportion { (windows[window] ?? Spending()).bad(budget, target: promise.target) }
  func bad(_ budget: Budget) -> Proportion { whole.bad(budget, target: promise.target) }

  func isBurning(_ budget: Budget, _ pace: Pace) -> Bool {
    self.budget(budget).isBurning(long: bad(budget, pace.long), short: bad(budget, pace.short), pace: pace.factor)
  }

  /// Why the workflow is too slow for people to work with; none where it is not.
  var tooSlow: [String] {
    var reasons: [String] = []
    let late = bad(.people)
    if budget(.people).isOverspent(late) || isBurning(.people, .page) {
      reasons.append(
        "people miss the target: \(percent(late.estimate)) of \(late.count) cases were late by people, \(percent(1 - promise.objectives.latencyShare)) may be")
    }
    if waiting[0] >= promise.objectives.mostWaiting, waiting[0] > waiting[1], waiting[1] > waiting[2], waiting[2] > waiting[3] {
      reasons.append("the queue has grown for three hours: \(waiting[3]), \(waiting[2]), \(waiting[1]), now \(waiting[0]) cases wait")
    }
    if untaken >= promise.objectives.mostUntaken { reasons.append("\(untaken) cases were paged and nobody has taken them") }
    return reasons
  }

  /// How each workflow stands.
  ///
  /// - Parameters:
  ///   - now: µs.
  ///   - day: the last day that counts for what is left, since 1970; open cases count only where it is today.
  static func read(_ promises: [Promise], now: Int64, lastDay day: Int64? = nil, _ transaction: any StoreTransaction) throws -> [WorkflowBudgets] {
    let today = BudgetCells.Span.day.number(of: now)
    let last = min(day ?? today, today)
    let longest = Int64(promises.map(\.objectives.windowDays).max() ?? 1)
    let days = try BudgetCells.read(.day, max(0, last - longest + 1)...last, transaction)
    let isNow = last == today
    let slot = BudgetCells.Span.slot.number(of: now)
    let slots = isNow ? try BudgetCells.read(.slot, max(0, slot - 72)...slot, transaction) : []
    return try promises.map { promise in
      var budgets = WorkflowBudgets(promise)
      let first = last - Int64(promise.objectives.windowDays) + 1
      for cell in days where cell.slot >= first && cell.workflow.utf8.elementsEqual(promise.workflow.utf8) { budgets.whole.sums.add(cell.sums) }
      for cell in slots where cell.workflow.utf8.elementsEqual(promise.workflow.utf8) { budgets.add(cell, now: now) }
      if isNow { try budgets.add(OpenStanding(promise, now: now, transaction)) }
      return budgets
    }
  }

  private mutating func add(_ cell: BudgetCells.Cell, now: Int64) {
    let start = cell.slot * BudgetCells.Span.slot.microseconds
    let end = start + BudgetCells.Span.slot.microseconds
    for window in Window.allCases where end > now - window.seconds * 1_000_000 { windows[window, default: Spending()].sums.add(cell.sums) }
    // Ended in this slot, about its middle; those that were asked about before then were waiting then.
    for hour in 1...3 {
      let moment = now - Int64(hour) * 3_600_000_000
      let middle = start + BudgetCells.Span.slot.microseconds / 2
      if middle > moment { waiting[hour] += cell.sums[.waited].count(over: middle - moment) }
    }
  }

  private mutating func add(_ standing: OpenStanding) {
    open = standing.open
    untaken = standing.untaken
    whole.add(openLate: standing.late)
    for window in Window.allCases { windows[window, default: Spending()].add(openLate: standing.late) }
    for hour in 0...3 { waiting[hour] += standing.waiting[hour] }
  }
}

/// For people; nil is a dash.
func percent(_ share: Double?) -> String {
  guard let share else { return "–" }
  let tenths = (share * 1_000).rounded() / 10
  return tenths == tenths.rounded() ? "\(Int(tenths)) %" : "\(tenths) %"
}
