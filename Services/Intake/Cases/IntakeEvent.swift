import Lanes
import Storage
import Wire

/// What can happen to intake.
enum IntakeEvent: LaneEvent {
  /// A valid item.
  case admit(Admission)
  case refuse(Rejection, record: String)
  case withdraw(Withdrawal)
  /// Whoever asked has answered a reviewer.
  case answer(RequesterAnswer)
  /// Something turned out to be wrong after the case.
  case defect(DefectReport)
  /// A withdrawal has waited long enough.
  case giveUp(key: String)
  /// An executor's answer, its signature verified.
  case report(Report)
  /// Policy's word on a case, for an agent that may wait at the gate and for the built-in executor.
  case gate(caseID: String, type: String, frame: Frame)
  /// The built-in executor has ended; nil where nobody can say how.
  case performed(caseID: String, WebhookResult?)
  case closeGate(caseID: String)
  /// Which case is this item?
  case ask(source: String, item: String, claimKey: [UInt8])

  var key: String {
    switch self {
    case .admit(let admission): admission.caseID
    case .refuse(let rejection, let record): rejection.reply(record: record).key
    case .withdraw(let withdrawal): place(of: withdrawal.item, from: withdrawal.source)
    case .answer(let answer): place(of: answer.item, from: answer.source)
    case .defect(let report): report.key
    case .giveUp(let key): key
    case .report(let report): report.caseID
    case .gate(let caseID, _, _), .closeGate(let caseID), .performed(let caseID, _): caseID
    case .ask(let source, let item, _): place(of: item, from: source)
    }
  }

  var otherKeys: [String] {
    // A withdrawal may wait for the item.
    guard case .admit(let admission) = self else { return [] }
    return [place(of: admission.body.item, from: admission.body.source)] + (admission.body.reopens.map { [$0.caseID] } ?? [])
  }

  var claim: KeyEntry? { if case .admit(let admission) = self { admission.claim } else { nil } }

  var lookUp: [UInt8]? {
    switch self {
    case .withdraw(let withdrawal): withdrawal.claimKey
    case .answer(let answer): answer.claimKey
    case .defect(let report): if case .item(_, let claimKey) = report.about { claimKey } else { nil }
    case .ask(_, _, let claimKey): claimKey
    default: nil
    }
  }
}

/// What a sender over HTTP is told.
enum IntakeAnswer: Sendable, Equatable {
  /// A new case.
  case taken(String)
  /// It was sent before: the first one's case.
  case repeated(String)
  /// `case` is the first one's, where the id was used before.
  case refused(code: String, case: String?, [IntakeReply.Violation])
  case withdrawn(String)
  /// It goes to the reviewers of this case, if they still wait for it.
  case answered(String)
  /// Noted for audit's figures.
  case noted(String)
  /// It waits for its item.
  case parked(until: Instant)
  case found(case: String?, withdrawalWaits: Bool)
}
