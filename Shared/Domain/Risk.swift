/// The tier of harm if a proposal is wrong.
public enum Risk: String, Sendable, CaseIterable, Comparable {
  case low, medium, high, critical

  private var severity: Int {
    switch self {
    case .low: 0
    case .medium: 1
    case .high: 2
    case .critical: 3
    }
  }

  public static func < (a: Risk, b: Risk) -> Bool { a.severity < b.severity }
}
