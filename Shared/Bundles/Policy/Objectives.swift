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
  guard let latency = section.section("latency", required: "write {share: 0.95, within: 10m}") else { return nil }
  defer { latency.finish() }
  let share = latency.number("share", in: 0.5...0.9999)
  if share == nil, !latency.has("share") { latency.missing("share", "write a share such as 0.95") }
  let within = latency.duration("within", in: 1...2_592_000, default: 0)
  if !latency.has("within") { latency.missing("within", "write a time such as 10m") }
  guard let share, let completeness, let first else { return nil }
  return Objectives(latencyShare: share, latencySeconds: within, auditCompleteness: completeness, shownFirst: first)
}
