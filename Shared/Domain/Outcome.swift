/// The final state of a case.
public enum Outcome: String, Sendable, CaseIterable {
  case executed, rejected, blocked, withdrawn, expired, failed
  /// The action was started and nobody can say whether it happened.
  case effectUnknown = "effect_unknown"
  /// An expert ended a template C case otherwise than advised.
  case decidedOtherwise = "decided_otherwise"
  /// The workflow declares no action.
  case advisory
}

/// What a person can say to a task.
public enum DecisionVerb: String, Sendable, CaseIterable {
  case approve, edit, reject, escalate
}
