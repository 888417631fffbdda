/// When policy counts a decision only under the person's own key.
enum DecisionKeys: String, Sendable, CaseIterable {
  /// Never; a signature that is there must be right.
  case accepted
  /// At high and critical impact.
  case high
  /// Always.
  case required

  /// - Parameter risk: of the case.
  func isNeeded(at risk: String) -> Bool {
    switch self {
    case .accepted: false
    case .high: !["low", "medium"].contains(risk)
    case .required: true
    }
  }
}
