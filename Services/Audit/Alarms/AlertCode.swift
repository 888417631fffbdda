/// Every alert that there is. Each has a runbook of its name (`RUNBOOKS`/CODE.md), says how urgent it is, and has a drill that makes it
/// begin and end (`deploy/tests/alarm CODE`).
enum AlertCode: String, CaseIterable, Sendable {
  // What audit finds missing.
  case streamBehind = "stream.behind"
  case streamGap = "stream.gap"
  case caseOwes = "case.owes"
  case caseEndless = "case.endless"
  case effectUndecided = "effect.undecided"
  case decisionUnmet = "decision.unmet"
  case timerSilent = "timer.silent"
  case timerHidden = "timer.hidden"
  case recordIncomplete = "record.incomplete"
  // Budgets.
  case latePeople = "slo.latency.people"
  case latePolicy = "slo.latency.policy"
  case latePlatform = "slo.latency.platform"
  case auditBudget = "slo.audit"
  case tooSlow = "slo.too-slow"
  case verificationShifted = "kpi.verification"
  // The ledger.
  case ledgerUnwitnessed = "ledger.unwitnessed"
  case ledgerBehind = "ledger.behind"
  case retentionFailing = "retention.failing"
  // What a service tells of itself once (`LaneAlert.Code`); `stream.gap` besides.
  case recordForeign = "record.foreign"
  case producerRegressed = "producer.regressed"
  case producerZombie = "producer.zombie"
  case streamHealed = "stream.healed"
  case doorOverrun = "door.overrun"
  case brokerNewRun = "broker.new_run"
  case laneRecovered = "lane.recovered"
  case laneStopped = "lane.stopped"
  case messagePoison = "message.poison"
  case lossAccepted = "loss.accepted"
  case bundleIgnored = "bundle.ignored"

  /// How soon people must know, where the alarm itself does not say.
  var pace: WorkflowBudgets.Pace {
    switch self {
    case .streamGap, .caseEndless, .effectUndecided, .timerSilent, .latePeople, .latePolicy, .latePlatform, .auditBudget, .ledgerBehind,
      .recordForeign, .producerRegressed, .laneStopped:
      .page
    case .streamBehind, .caseOwes, .decisionUnmet, .timerHidden, .recordIncomplete, .tooSlow, .verificationShifted, .ledgerUnwitnessed, .retentionFailing, .producerZombie,
      .streamHealed, .doorOverrun, .brokerNewRun, .laneRecovered, .messagePoison, .lossAccepted, .bundleIgnored:
      .ticket
    }
  }

  /// Whether audit tells of it for as long as it stands, and when it is over. Of what a service tells once nobody says that it is over.
  var stands: Bool {
    switch self {
    case .recordForeign, .producerRegressed, .producerZombie, .streamHealed, .doorOverrun, .brokerNewRun, .laneRecovered, .laneStopped,
      .messagePoison, .lossAccepted, .bundleIgnored:
      false
    default: true
    }
  }

  /// - Parameter folder: what runbooks' links begin with, up to its slash.
  func runbook(in folder: String) -> String { "\(folder)\(rawValue).md" }
}

extension Budget {
  /// Of its alerts.
  var code: AlertCode {
    switch self {
    case .people: .latePeople
    case .policy: .latePolicy
    case .platform: .latePlatform
    case .audit: .auditBudget
    }
  }
}
