/// What is on record of a case's way. All times are µs on the story's clock.
public struct CaseWay: Sendable, Equatable {
  /// What policy waits for: one thing at a time, told by the latest of its records.
  public enum Wait: Int64, Sendable, CaseIterable {
    /// A proposal, or people's decision, until the case's deadline.
    case deadline = 1
    /// Whoever asked has the word.
    case answer
    /// The undo window of a complete decision.
    case release
    /// The executor's answer to a permit.
    case permit
    /// A stop: nothing is owed until it is lifted.
    case held
  }

  public var route: Route?
  /// Nil while it is open.
  public var outcome: Outcome?
  public var endedAt: Int64?
  public var admitted, requested, pending, proposed, judged, asked, opened, decided, effect: Int64?
  /// When an executor first said that something was done, or may have been.
  public var acted: Int64?
  /// The first permit by people's decision, and the first without.
  public var permitted, permittedAlone: Int64?
  /// Whether it ended because whoever asked gave no answer.
  public var isRequesterSilent = false
  /// How many decisions are signed on `decisions`, told on `reviews`, and judged by policy; and when the latest of them was.
  public var decisions, told, counted: Int64
  public var lastDecision: Int64?
  public var wait: Wait?
  public var waitSince, waitUntil: Int64
  /// When the next rung of the ladder is due, as the reviewer last told, and when it told; nil where no rung is due.
  public var rung: (since: Int64, due: Int64)?

  public init() { (decisions, told, counted, waitSince, waitUntil) = (0, 0, 0, 0, 0) }

  public static func == (a: CaseWay, b: CaseWay) -> Bool {
    a.route == b.route && a.outcome == b.outcome && a.endedAt == b.endedAt && a.times == b.times
      && a.isRequesterSilent == b.isRequesterSilent && a.wait == b.wait && a.rung?.due == b.rung?.due && a.rung?.since == b.rung?.since
  }

  private var times: [Int64?] {
    [
      admitted, requested, pending, proposed, judged, asked, opened, decided, effect, acted, permitted, permittedAlone, decisions, told,
      counted, lastDecision, waitSince, waitUntil,
    ]
  }

  /// Whether something was done, or may have been.
  public var isEffect: Bool { [.executed, .effectUnknown, .decidedOtherwise].contains(outcome) }

  /// When a transition was, nil where it is not on record.
  public subscript(_ transition: Transition) -> Int64? {
    switch transition {
    case .admitted: admitted
    case .requested: requested
    case .pending: pending
    case .proposed: proposed
    case .judged: judged
    case .asked: asked
    case .opened: opened
    case .decided: decided
    case .permitted: [permitted, permittedAlone].compactMap { $0 }.min()
    case .effect: effect
    case .ended: endedAt
    case .advanced, .decision, .told, .counted: nil
    }
  }
}
