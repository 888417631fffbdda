/// A step of a case that must stand on record, by the service that owes it.
public enum Transition: String, Sendable, CaseIterable {
  case admitted, requested, pending, proposed, judged, asked, opened, advanced
  /// A person's decision: signed for policy, told as an event of the task, and what policy makes of it.
  case decision, told, counted
  /// A decision that completes what people were asked.
  case decided
  case permitted, effect, ended

  /// The topic on which it stands; partition p is the case's lane.
  public var topic: String {
    switch self {
    case .admitted: "cases"
    case .requested: "model.requests"
    case .pending, .proposed: "model.proposals"
    case .judged: "verdicts"
    case .asked, .counted, .decided: "reviews.requested"
    case .opened, .advanced, .told: "reviews"
    case .decision: "decisions"
    case .permitted: "permits"
    case .effect: "effects"
    case .ended: "outcomes"
    }
  }

  /// What it is, for people.
  public var words: String {
    switch self {
    case .admitted: "the admission"
    case .requested: "the request for a proposal, or people asked"
    case .pending: "that the request for a proposal was taken up"
    case .proposed: "the proposal, or why there is none"
    case .judged: "the judgement, or people asked"
    case .asked: "the question to people"
    case .opened: "the task's opening"
    case .advanced: "the next rung of the ladder"
    case .decision: "a decision that the task's events tell of"
    case .told: "the task's event of a decision"
    case .counted: "what policy made of a decision"
    case .decided: "a person's decision before the permit or the end"
    case .permitted: "the permit"
    case .effect: "the executor's answer"
    case .ended: "the end"
    }
  }
}

/// A transition that a case's way owes and that is not on record.
public struct Debt: Sendable, Equatable {
  public let transition: Transition
  /// What it was made due by; nil where an end without it is the reason.
  public let after: Transition?
  /// When that was, and by when it must be on record; µs on the story's clock. A service needs a moment besides.
  public let since: Int64
  public let due: Int64

  public init(_ transition: Transition, after: Transition?, since: Int64, due: Int64) {
    self.transition = transition
    self.after = after
    self.since = since
    self.due = due
  }
}
