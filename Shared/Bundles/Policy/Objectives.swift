/// The two budgets of a workflow, and the measure that its page shows first.
public struct Objectives: Sendable, Equatable {
  public enum Measure: String, Sendable, CaseIterable {
    case latency
    case humanVerificationRate = "human_verification_rate"
    case errorCatchRate = "error_catch_rate"
    case escalationCompletionTime = "escalation_completion_time"
    case auditCompleteness = "audit_completeness"
  }
  /// This share of cases ends within so many seconds from intake, people included.
  public var latencyShare: Double
  public var latencySeconds: Int
  /// The least share of required audit fields that are filled.
  public var auditCompleteness: Double
  public var shownFirst: Measure
  /// Of all errors at least this share is stopped before an effect; nil where nothing is promised.
  public var errorCatchRate: Double?
  /// Of the effects as proposed at most this share is found wrong afterwards; nil where nothing is promised.
  public var postActionDefectRate: Double?
  /// Over so many days the budgets count.
  public var windowDays = 28
  /// So many cases may wait for people while their number grows, and so many pages go untaken, before the workflow is too slow.
  public var mostWaiting = 10
  public var mostUntaken = 3

  public init(latencyShare: Double, latencySeconds: Int, auditCompleteness: Double, shownFirst: Measure) {
    self.latencyShare = latencyShare
    self.latencySeconds = latencySeconds
    self.auditCompleteness = auditCompleteness
    self.shownFirst = shownFirst
  }
}

func readObjectives(_ root: Section) -> Objectives? {
  guard let section = root.section("slo", required: "write latency, audit_completeness and shown_first") else {
    return nil
  }
  defer { section.finish() }
  let completeness = section.number("audit_completeness", in: 0.5...1)
  if completeness == nil, !section.has("audit_completeness") {
    section.missing("audit_completeness", "write a share such as 0.99")
  }
  let first = section.choice("shown_first", Objectives.Measure.self, required: true)
  let catchRate = section.number("error_catch_rate", in: 0...1)
  let defects = section.number("post_action_defect_rate", in: 0...1)
  let window = section.duration("window", in: 604_800...7_776_000, default: 28 * 86_400)
  var (waiting, untaken) = (10, 3)
  if let slow = section.section("too_slow") {
    waiting = slow.whole("waiting", in: 1...100_000, default: waiting)
    untaken = slow.whole("without_owner", in: 1...100_000, default: untaken)
    slow.finish()
  }
  guard let latency = section.section("latency", required: "write {share: 0.95, within: 10m}") else { return nil }
  defer { latency.finish() }
  let share = latency.number("share", in: 0.5...0.9999)
  if share == nil, !latency.has("share") { latency.missing("share", "write a share such as 0.95") }
  let within = latency.duration("within", in: 1...2_592_000, default: 0)
  if !latency.has("within") { latency.missing("within", "write a time such as 10m") }
  guard let share, let completeness, let first else { return nil }
  var objectives = Objectives(latencyShare: share, latencySeconds: within, auditCompleteness: completeness, shownFirst: first)
  (objectives.errorCatchRate, objectives.postActionDefectRate) = (catchRate, defects)
  (objectives.windowDays, objectives.mostWaiting, objectives.mostUntaken) = (window / 86_400, waiting, untaken)
  return objectives
}
