import CEL

/// The closed list of what a policy may state about an action's impact.
public enum FactName: String, Sendable, CaseIterable {
  case externalSideEffect = "external_side_effect"
  case irreversible
  case moneyMinor = "money_minor"
  case currency
  case privilege
  case personalData = "personal_data"
  case recordsTouched = "records_touched"
  case legal, medical, credit, compliance, access, hr, executive

  var type: CELType {
    switch self {
    case .moneyMinor, .recordsTouched: .int
    case .currency: .string
    default: .bool
    }
  }

  /// What an undeclared fact is.
  var absent: CELValue {
    switch self {
    case .moneyMinor, .recordsTouched: .int(0)
    case .currency: .string("")
    default: .bool(false)
    }
  }

  /// Every workflow with an action says these; silence about them would be taken for harmlessness.
  static let mandatory: [FactName] = [
    .externalSideEffect, .irreversible, .moneyMinor, .privilege, .personalData, .recordsTouched,
  ]

  /// Domains in which a person always decides, whatever a policy says.
  static let alwaysHuman: [FactName] = [.legal, .medical, .credit, .compliance, .access, .hr, .executive]
}
