/// The three ways a workflow may be run.
public enum Template: String, Sendable, CaseIterable {
  /// Automatic, a sample is verified by people.
  case sampled = "A"
  /// A person approves before any side effect.
  case approval = "B"
  /// An expert decides; the model only advises.
  case expert = "C"

  /// The mildest route that a case of this template may take, whatever its rules say.
  public var floor: Route {
    switch self {
    case .sampled: .auto
    case .approval: .review
    case .expert: .sme
    }
  }
}
