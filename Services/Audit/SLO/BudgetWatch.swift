import Host
import Lanes
import Logging
import Statistics
import Storage
import Wire

/// Looks every few seconds how fast the budgets are spent: raises alarms, ends them, and shows Prometheus the same figures.
struct BudgetWatch: Sendable {
  let road: Road<AuditDecider>
  let promises: [Promise]

  static let seconds = 5

  /// - Parameter isOurs: whether this instance writes the ledger; only then does it look.
  func run(while isOurs: @Sendable () -> Bool) async {
    var turn = 0
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(Self.seconds))
      guard isOurs() else { continue }
      turn += 1
      do {
        if !promises.isEmpty { try await look(at: road.clock.story) }
        if turn % Self.turnsOfStates == 1 {
          try await tellStates(at: road.clock.story)
          try await tellShifts(at: road.clock.story)
        }
      } catch { road.logger.debug("budgets were not looked at: \(error)") }
    }
  }
  /// Once a minute policy hears of what has changed.
  private static let turnsOfStates = 12

  /// Which budgets are spent. Of a workflow that promises nothing any more none is.
  private func tellStates(at now: Instant) async throws {
    let (states, told) = try road.store.read { transaction in
      (
        try Exhaustion.read(promises, now: now, transaction),
        try Exhaustion.told(transaction).keys.sorted(by: precedes)
      )
    }
    let gone = told.filter { name in !promises.contains { $0.workflow.utf8.elementsEqual(name.utf8) } }
      .map { BudgetState(workflow: $0, exhausted: [], because: [], until: nil, at: now) }
    for state in states + gone where !state.isReady || told.contains(where: { $0.utf8.elementsEqual(state.workflow.utf8) }) {
      _ = try await road.perform("\(state.key)@\(now.microseconds)") { _ in .budgets(state) }
    }
  }

  /// Whether people verify as much of each workflow as they used to.
  private func tellShifts(at now: Instant) async throws {
    let (shifts, standing) = try road.store.read { (try VerificationShift.read(promises, now: now.microseconds, $0), try AuditState.keys($0)) }
    for shift in shifts {
      let (trouble, stands, isOver) = shift.trouble
      try await road.tell(trouble, stands: stands, isOver: isOver, standing)
    }
  }

  func look(at now: Instant) async throws {
    let (all, standing) = try road.store.read { transaction in
      (
        try WorkflowBudgets.read(promises, now: now.microseconds, transaction),
        try Self.standing(transaction)
      )
    }
    for budgets in all {
      show(budgets)
      for alarm in Self.alarms(budgets) {
        try await road.tell(alarm.trouble, stands: alarm.stands, isOver: !alarm.stands, standing)
      }
    }
  }

  /// Keys of the alarms that stand.
  static func standing(_ transaction: any StoreTransaction) throws -> Set<String> {
    Set(try transaction.states(under: "slo/").map(\.key))
  }

  struct Alarm: Equatable {
    let trouble: Trouble
    let stands: Bool
  }

  /// Every alarm that there can be about a workflow, and whether it stands.
  static func alarms(_ budgets: WorkflowBudgets) -> [Alarm] {
    let workflow = budgets.promise.workflow
    func alarm(_ name: String, _ code: AlertCode, _ severity: String, _ stands: Bool, _ words: String, over: String) -> Alarm {
      Alarm(
        trouble: Trouble(
          key: "slo/\(workflow)/\(name)", code: code, text: "\(workflow): \(stands ? words : over)", severity: severity), stands: stands)
    }
    var alarms: [Alarm] = []
    for budget in Budget.allCases {
      for pace in WorkflowBudgets.Pace.allCases {
        let (bad, burn) = (budgets.bad(budget, pace.long), budgets.budget(budget).burn(budgets.bad(budget, pace.long)))
        let what = budget.isLatency ? "of \(bad.count) cases were late by \(budget == .people ? "people" : budget.rawValue)" : "of \(bad.count) required fields are missing"
        let speed = burn.map { $0.isFinite ? ", \(($0 * 10).rounded() / 10) times what its budget allows" : ", and none may be" } ?? ""
        alarms.append(
          alarm(
            "\(budget.rawValue)/\(pace.rawValue)", budget.code, pace.rawValue, budgets.isBurning(budget, pace),
            "\(bad.hits) \(what) in \(pace.long.rawValue)\(speed)", over: "the budget of \(budget.rawValue) is spent no faster than at that pace any more"))
      }
    }
    let slow = budgets.tooSlow
    alarms.append(
      alarm("too-slow", .tooSlow, "ticket", !slow.isEmpty, "too slow: \(slow.joined(separator: "; "))", over: "not too slow any more"))
    return alarms
  }

  private func show(_ budgets: WorkflowBudgets) {
    let workflow = "workflow=\"\(budgets.promise.workflow)\""
    let metrics = road.metrics
    for budget in Budget.allCases {
      let labels = "\(workflow),budget=\"\(budget.rawValue)\""
      let own = budgets.budget(budget)
      metrics.set("countersign_slo_allowed_ratio", own.allowed, labels: labels, help: "share that may be late or missing")
      metrics.set("countersign_slo_budget_left_ratio", own.left(budgets.bad(budget)) ?? 1, labels: labels, help: "share of the budget that is left")
      for window in WorkflowBudgets.Window.allCases {
        let (bad, labels) = (budgets.bad(budget, window), "\(labels),window=\"\(window.rawValue)\"")
        metrics.set(
          "countersign_slo_burn_rate", min(own.burn(bad) ?? 0, 1_000), labels: labels, help: "how many times as fast as allowed the budget is spent")
        metrics.set("countersign_slo_observed", Double(bad.count), labels: labels, help: "cases, or fields, that the burn rate is told from")
      }
      for pace in WorkflowBudgets.Pace.allCases {
        metrics.set(
          "countersign_slo_burning", budgets.isBurning(budget, pace) ? 1 : 0, labels: "\(labels),severity=\"\(pace.rawValue)\"",
          help: "1 where the alarm stands")
      }
    }
    metrics.set("countersign_workflow_open_cases", Double(budgets.open), labels: workflow, help: "cases without an end")
    metrics.set("countersign_workflow_waiting_cases", Double(budgets.waiting[0]), labels: workflow, help: "cases that wait for people")
    metrics.set("countersign_workflow_untaken_pages", Double(budgets.untaken), labels: workflow, help: "pages that nobody has taken")
    metrics.set("countersign_workflow_too_slow", budgets.tooSlow.isEmpty ? 0 : 1, labels: workflow, help: "1 where people cannot work with it")
  }
}
