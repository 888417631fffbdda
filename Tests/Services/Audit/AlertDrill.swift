import Messaging
import Storage
import Wire

@testable import countersign_audit

/// What makes an alert begin, and what ends it: one for each that there is, or this file does not compile.
struct AlertDrill {
  /// Records that bring it about.
  var cause: [Message] = []
  /// Records that end it, made at the moment at which they come; none where time alone does.
  var cure: (inout Records, Instant) -> [Message] = { _, _ in [] }
  /// Lanes of audit's own that stand still until the cure.
  var stopped: [Int32: String] = [:]
  /// What witnesses answer until the cure.
  var witnesses: (isLate: Bool, ahead: [String]) = (false, [])
  /// What sweeps for contents whose time is over fail with until the cure.
  var sweeps: StoreError?
  /// Told by a service, once.
  var isTold = false

  private typealias Course = Records.Course

  init(_ code: AlertCode, _ records: inout Records) {
    func histories(_ count: Int, _ course: Course) -> [Message] { (1...count).flatMap { records.history($0, course) } }
    var open = Course()
    open.end = .open
    switch code {
    case .streamBehind:
      cause = [records.make(Service.reviewer.heads, 1, type: "countersign.heads.v1", body: #"{"streams":{"decisions":3}}"#)]
      cure = { records, now in
        (0..<3).map { _ in records.make(.decisions, 1, type: DecisionMade.type, subject: Records.caseID(1), at: now, facts: Self.decision) }
      }
    case .streamGap: stopped = [2: "reviews/2: number 7 is missing"]
    case .caseOwes: split(records.history(1, Course()), after: CaseAdmitted.type)
    case .caseEndless:
      cause = histories(1, open)
      cure = { $0.ended(1...1, "expired", at: $1) }
    case .effectUndecided:
      let lost: Set<String> = [DecisionMade.type, "countersign.task.decided.v1", DecisionJudged.type]
      cause = histories(1, Course()).filter { !lost.contains($0.frame.text("ce_type") ?? "") }
      cure = { records, now in
        let id = Records.caseID(1)
        return [
          records.make(.decisions, 1, type: DecisionMade.type, subject: id, at: now, facts: Self.decision),
          records.make(.reviews, 1, type: "countersign.task.decided.v1", subject: id, at: now, facts: [(.reviewer, "demo ana")]),
          records.make(
            .reviewsRequested, 1, type: DecisionJudged.type, subject: id, at: now, facts: [(.decision, "complete"), (.reviewer, "demo ana"), (.reasons, "ok")],
            body: #"{"result":"complete","reason":"approve"}"#),
        ]
      }
    case .decisionUnmet: split(records.history(1, Course(isReviewed: false)), after: PermitIssued.type)
    case .timerSilent:
      let due = Records.start.adding(seconds: 300)
      cause = histories(1, open)
      cause.append(
        records.make(
          .reviews, 1, type: "countersign.task.opened.v1", subject: Records.caseID(1), at: Records.start.adding(seconds: 100),
          facts: [(.workflow, "reply-draft"), (.due, "\(due.microseconds)")]))
      cure = { [$0.make(.reviews, 1, type: "countersign.task.tier.advanced.v1", subject: Records.caseID(1), at: $1, facts: [(.tier, "2")])] }
    case .timerHidden:
      let due = Records.start.adding(seconds: 300)
      cause = [
        records.make(
          .reviews, type: "countersign.task.tier.advanced.v1", subject: Records.caseID(1), at: due.adding(seconds: 90), facts: [(.tier, "2")],
          body: #"{"tier":2,"due_at":"\#(due)","fired_at":"\#(due)","late_by":0}"#)
      ]
    case .recordIncomplete: cause = histories(1, Course(model: ""))
    case .latePeople: cause = histories(20, Course(step: 350))
    case .latePlatform: cause = histories(20, Course(isReviewed: false, step: 350))
    case .latePolicy:
      cause = histories(12, open)
      for number in 1...12 {
        cause.append(
          records.make(
            .outcomes, Int32(number % 4), type: QuestionAsked.type, subject: Records.caseID(number), at: Records.start.adding(seconds: 60),
            facts: [(.workflow, "reply-draft")]))
      }
      cure = { $0.ended(1...12, "withdrawn", at: $1) }
    case .auditBudget: cause = histories(12, Course(model: ""))
    case .tooSlow:
      open.tier = 2
      let taken: Set<String> = ["countersign.task.claimed.v1", "countersign.task.viewed.v1"]
      cause = histories(5, open).filter { !taken.contains($0.frame.text("ce_type") ?? "") }
      cure = { $0.ended(1...5, "withdrawn", at: $1) }
    case .verificationShifted:
      // Three weeks ago people saw half of it; today nothing, until they see as many.
      var (usual, alone) = (Course(), Course(isReviewed: false))
      usual.start = Records.start.adding(seconds: -20 * 86_400)
      cause = (1...60).flatMap { records.history($0, usual) }
      alone.start = usual.start
      cause += (61...120).flatMap { records.history($0, alone) }
      cause += (121...160).flatMap { records.history($0, Course(isReviewed: false)) }
      cure = { records, now in (161...200).flatMap { records.history($0, Course(start: now)) } }
    case .ledgerUnwitnessed: witnesses.isLate = true
    case .ledgerBehind: witnesses.ahead = ["witness.example"]
    case .retentionFailing: sweeps = StoreError(.damaged, "segments/1.contents ends before byte 12")
    case .recordForeign, .producerRegressed, .producerZombie, .streamHealed, .doorOverrun, .brokerNewRun, .laneRecovered, .laneStopped,
      .messagePoison, .lossAccepted, .bundleIgnored:
      isTold = true
      cause = [
        records.make(
          Service.policy.heads, 1, type: "countersign.alert.raised.v1", facts: [(.reasons, code.rawValue)],
          body: #"{"code":"\#(code.rawValue)","lane":1,"text":"a drill","instance":"policy-1"}"#)
      ]
    }
  }

  /// The rest of a history comes only with the cure.
  private mutating func split(_ messages: [Message], after type: String) {
    let place = (messages.lastIndex { $0.frame.text("ce_type") == type } ?? 0) + 1
    cause = Array(messages.prefix(place))
    cure = { _, _ in Array(messages.dropFirst(place)) }
  }

  private static let decision: [(Fact, String)] = [
    (.workflow, "reply-draft"), (.reviewer, "demo ana"), (.decision, "approve"), (.reasons, "ok"), (.view, "v"), (.actionHash, "h"), (.override, "no"),
    (.tier, "1"),
  ]
}

extension Records {
  /// Ends of some cases.
  mutating func ended(_ numbers: ClosedRange<Int>, _ outcome: String, at now: Instant) -> [Message] {
    var messages: [Message] = []
    for number in numbers {
      messages.append(
        make(
          .outcomes, Int32(number % 4), type: CaseEnded.type, subject: Self.caseID(number), at: now,
          facts: [
            (.workflow, "reply-draft"), (.outcome, outcome), (.route, "review"), (.risk, "low"), (.bundle, "b1"), (.reasons, outcome),
            (.payloadHash, "ab"), (.ingested, Self.start.description), (.origin, "test/\(number)"),
          ]))
    }
    return messages
  }
}
