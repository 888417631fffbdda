/// The three questions that stand between a proposal and its effect.
public enum Gate: String, Sendable, CaseIterable {
  /// Is the answer trustworthy enough?
  case confidence
  /// Is what it rests on complete, fresh, consistent and permitted?
  case context
  /// What happens if it is wrong?
  case impact
}
