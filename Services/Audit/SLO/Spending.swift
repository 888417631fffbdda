import Statistics

/// What became of a workflow's cases in one stretch of time, and which of its open ones are late by now: those are bad now and not when
/// they end.
struct Spending: Equatable, Sendable {
  var sums = BudgetSums()
  /// Open cases that are late, by whom.
  private(set) var openLate: [Budget: Int] = [:]

  mutating func add(openLate late: [Budget: Int]) { openLate.merge(late) { $0 + $1 } }

  var openLateCount: Int { openLate.values.reduce(0, +) }
  /// Ended cases, and open ones that are late.
  var count: Int { Int(clamping: max(0, sums[.cases])) + openLateCount }

  /// What was bad of it, as far as this budget goes.
  func bad(_ budget: Budget, target: Int64) -> Proportion {
    guard budget.isLatency else {
      let required = Int(clamping: sums[.fieldsRequired])
      return Proportion(required - Int(clamping: sums[.fieldsPresent]), of: required)
    }
    let over = { (time: BudgetSums.Time) in sums[time].count(over: target) }
    let ended =
      switch budget {
      case .platform: over(.total) - over(.withoutPlatform)
      case .policy: over(.withoutPlatform) - over(.peoples)
      case .people, .audit: over(.peoples)
      }
    return Proportion(ended + openLate[budget, default: 0], of: count)
  }

  /// Late by whomever.
  func late(target: Int64) -> Proportion { Proportion(sums[.total].count(over: target) + openLateCount, of: count) }
}
