import Bundles
import Domain
import JSON
import Statistics

/// Whether a workflow is ready for production: every criterion holds, and on enough data to say so. Too little data is a reason against
/// it, and is told as what it is.
struct Readiness: Sendable {
  struct Criterion: Equatable, Sendable {
    enum State: String, Sendable {
      case met, failed
      case unknown = "not enough data"
    }
    let name: String
    let state: State
    let words: String

    var json: JSON { ["criterion": .string(name), "state": .string(state.rawValue), "words": .string(words)] }
  }
  private(set) var criteria: [Criterion] = []

  /// An expert's workflow is one that must be provable afterwards: nearly every record whole, and no transition without one.
  static let expertRecords = 0.99

  var isReady: Bool { criteria.allSatisfy { $0.state == .met } }
  var because: [String] { criteria.filter { $0.state != .met }.map(\.words) }

  /// - Parameters:
  ///   - figures: of the days over which the budgets count.
  ///   - alarms: keys of those that stand; nil where a time that is over is judged.
  ///   - checkpoint: of the daily report before, and whether somebody signed it; nil where that is not asked.
  init(_ budgets: WorkflowBudgets, _ figures: [Figure], alarms: Set<String>?, checkpoint: (day: String, isSigned: Bool)?) {
    latency(budgets)
    completeness(budgets)
    let objectives = budgets.promise.objectives
    func figure(_ name: String) -> Figure? { figures.first { $0.name == name } }
    if budgets.promise.template == .expert {
      share(figure("audit_completeness_records"), "records", "records are whole", atLeast: Self.expertRecords)
      share(figure("audit_completeness_chain"), "chain", "transitions are on record", atLeast: 1)
    }
    if let floor = objectives.errorCatchRate { share(figure("error_catch_rate"), "error_catch_rate", "errors are caught before an effect", atLeast: floor) }
    if let ceiling = objectives.postActionDefectRate {
      share(figure("post_action_defect_rate"), "post_action_defect_rate", "effects are wrong", atMost: ceiling)
    }
    if let alarms {
      let own = alarms.filter { $0.hasPrefix("slo/\(budgets.promise.workflow)/") && $0.hasSuffix("/page") }.sorted(by: precedes)
      let names = own.compactMap { $0.split(separator: "/").dropFirst(2).first }.joined(separator: ", ")
      add("alarms", own.isEmpty ? .met : .failed, own.isEmpty ? "no budget burns fast enough to wake somebody" : "budgets burn fast: \(names)")
    }
    if let checkpoint {
      add(
        "checkpoint", checkpoint.isSigned ? .met : .failed,
        checkpoint.isSigned ? "the daily report of \(checkpoint.day) is signed" : "nobody has signed the daily report of \(checkpoint.day)")
    }
  }

  private mutating func add(_ name: String, _ state: Criterion.State, _ words: String) {
    criteria.append(Criterion(name: name, state: state, words: words))
  }

  private mutating func latency(_ budgets: WorkflowBudgets) {
    let objectives = budgets.promise.objectives
    let late = budgets.whole.late(target: budgets.promise.target)
    let target = "\(percent(objectives.latencyShare)) within \(duration(objectives.latencySeconds)) are promised"
    guard late.count >= Definitions.fewest else {
      return add("latency", .unknown, "latency: \(late.count) \(late.count == 1 ? "case" : "cases"), \(Definitions.fewest) are needed; \(target)")
    }
    let onTime = Proportion(late.count - late.hits, of: late.count)
    let parts = Budget.allCases.filter(\.isLatency).compactMap { budget in
      let bad = budgets.bad(budget).hits
      return bad == 0 ? nil : "\(bad) by \(budget.rawValue)"
    }
    let blame = parts.isEmpty ? "" : " (late: \(parts.joined(separator: ", ")))"
    let isMet = (onTime.estimate ?? 0) >= objectives.latencyShare
    add("latency", isMet ? .met : .failed, "\(words(onTime)) of \(late.count) cases were on time\(blame); \(target)")
  }

  private mutating func completeness(_ budgets: WorkflowBudgets) {
    let missing = budgets.bad(.audit)
    let promised = budgets.promise.objectives.auditCompleteness
    guard missing.count >= Definitions.fewest else {
      return add("audit_completeness", .unknown, "audit completeness: \(missing.count) required fields, \(Definitions.fewest) are needed; \(percent(promised)) are promised")
    }
    let told = Proportion(missing.count - missing.hits, of: missing.count)
    let isMet = (told.estimate ?? 0) >= promised
    add("audit_completeness", isMet ? .met : .failed, "\(words(told)) of \(missing.count) required fields are told; \(percent(promised)) are promised")
  }

  private mutating func share(_ figure: Figure?, _ name: String, _ what: String, atLeast floor: Double = 0, atMost ceiling: Double = 1) {
    let wanted = ceiling < 1 ? "at most \(percent(ceiling)) may be" : "\(percent(floor)) are promised"
    guard let figure, figure.lacking == nil, let estimate = figure.estimate else {
      return add(name, .unknown, "\(name.replacing("_", with: " ")): not enough data (\(figure?.lacking ?? "nothing is known")); \(wanted)")
    }
    let interval = figure.low.flatMap { low in figure.high.map { " [\(percent(low)), \(percent($0))]" } } ?? ""
    add(name, floor <= estimate && estimate <= ceiling ? .met : .failed, "\(percent(estimate))\(interval) of \(figure.count) \(what); \(wanted)")
  }

  private func words(_ share: Proportion) -> String {
    let interval = share.wilson().map { " [\(percent($0.low)), \(percent($0.high))]" } ?? ""
    return "\(percent(share.estimate))\(interval)"
  }
}

/// For people: `10 min`, `4 h`, `1 d`.
func duration(_ seconds: Int) -> String {
  if seconds % 86_400 == 0, seconds > 0 { return "\(seconds / 86_400) d" }
  if seconds % 3_600 == 0, seconds > 0 { return "\(seconds / 3_600) h" }
  return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
}
