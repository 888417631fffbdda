/// What may happen to a proposal, from mild to strict. Of several, the strictest holds.
public enum Route: String, Sendable, CaseIterable, Comparable {
  /// It may run without a person.
  case auto
  /// A reviewer decides first.
  case review
  /// An expert decides.
  case sme
  /// It may not run; a person confirms that or sends it to an expert.
  case block

  private var strictness: Int {
    switch self {
    case .auto: 0
    case .review: 1
    case .sme: 2
    case .block: 3
    }
  }

  public static func < (a: Route, b: Route) -> Bool { a.strictness < b.strictness }

  /// Whether a person takes part before anything happens.
  public var isHuman: Bool { self != .auto }
}
