import Domain
import Ledger
import Storage
import Wire

/// A debt as people are told of it: which case, which service owes what, on which stream, and after which record.
struct DebtAlarm: Equatable {
  static let prefix = "debt/"

  let caseID: String
  let debt: Debt
  /// Whether something was done, or may have been, as far as the record says.
  let isEffect: Bool

  init(_ row: CaseRow, _ debt: Debt) {
    (caseID, self.debt) = (row.id, debt)
    isEffect = row.way.isEffect || row.way.acted != nil
  }

  /// The debts that were due before a moment (µs), but for those of cases in lanes that stand still: that is told once, and not of each of
  /// their cases.
  static func overdue(
    at time: Int64, limit: Int, lanes: Int32, stopped: [Int32: String], _ transaction: any StoreTransaction
  ) throws -> [DebtAlarm] {
    try Owing.overdue(at: time, limit: limit, transaction).filter { stopped[lane(of: $0.row.id, among: lanes)] == nil }.map { DebtAlarm($0.row, $0.debt) }
  }

  var key: String { "\(Self.prefix)\(code.rawValue)/\(caseID)/\(debt.transition.rawValue)" }

  /// What an alarm's key says.
  static func read(_ key: String) -> (code: AlertCode, caseID: String, transition: Transition)? {
    let parts = key.split(separator: "/")
    guard parts.count == 4, key.hasPrefix(prefix), let code = AlertCode(rawValue: String(parts[1])), let transition = Transition(rawValue: String(parts[3]))
    else { return nil }
    return (code, String(parts[2]), transition)
  }

  var code: AlertCode {
    switch (debt.transition, debt.after) {
    case (.ended, _): .caseEndless
    case (.advanced, _): .timerSilent
    case (.permitted, .effect), (.decided, .permitted), (.judged, .permitted): .effectUndecided
    case (.permitted, .ended), (.decided, .ended), (.judged, .ended): isEffect ? .effectUndecided : .caseOwes
    case (.permitted, .decided), (.effect, .permitted): .decisionUnmet
    default: .caseOwes
    }
  }
  static let codes: [AlertCode] = [.caseEndless, .timerSilent, .effectUndecided, .decisionUnmet, .caseOwes]

  var writer: String { Topic.named(debt.transition.topic)?.writer?.rawValue ?? "unknown" }

  /// - Parameter hops: the case's records, in the order of the ledger.
  func trouble(_ hops: [Hop]) -> Trouble {
    let types = debt.after?.types ?? []
    let cause = hops.last { types.contains($0.header(Header.type) ?? "") } ?? hops.last
    let lane = cause.map { "/\($0.leaf.partition)" } ?? ""
    let after = cause.map { hop in
      "; last before it: \(hop.leaf.topic)/\(hop.leaf.partition) number \(hop.header(Header.sequence) ?? "?"), \(hop.header(Header.type) ?? "")"
    } ?? ""
    return Trouble(
      key: key, code: code,
      text: "case \(caseID): \(writer) owes \(debt.transition.words) on \(debt.transition.topic)\(lane), due \(Instant(microseconds: debt.due))\(after)",
      service: writer)
  }
}

extension Transition {
  /// The records that it stands for.
  var types: [String] {
    switch self {
    case .admitted: [CaseAdmitted.type]
    case .requested: [ModelRequested.type]
    case .pending: [ProposalPending.type]
    case .proposed: [ProposalMade.type, ProposalFailed.type]
    case .judged: [CaseJudged.type]
    case .asked: [ReviewRequested.type]
    case .opened: ["countersign.task.opened.v1"]
    case .advanced: [RungReached.type]
    case .decision: [DecisionMade.type]
    case .told: ["countersign.task.decided.v1"]
    case .counted, .decided: [DecisionJudged.type]
    case .permitted: [PermitIssued.type]
    case .effect: [EffectReported.type]
    case .ended: [CaseEnded.type]
    }
  }
}
