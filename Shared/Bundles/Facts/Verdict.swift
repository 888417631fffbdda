import Domain

/// What policy found about an item before any model saw it.
public struct Admission: Sendable, Equatable {
  /// In the order of discovery.
  public var matches: [Match]
  public var route: Route { matches.map(\.route).max() ?? .auto }
  /// Whether the model need not be asked.
  public var isBlocked: Bool { route == .block }

  public init(matches: [Match]) { self.matches = matches }
}

/// One fact of what happens if the proposal is wrong.
public struct ImpactFact: Sendable, Equatable {
  public enum Value: Sendable, Equatable {
    case flag(Bool)
    case whole(Int64)
    case text(String)
    /// It could not be determined.
    case unknown
  }
  public var name: FactName
  public var value: Value
}

/// What policy decides about a case, and every reason for it.
public struct Verdict: Sendable, Equatable {
  /// The strictest of what the matches allow.
  public var route: Route
  /// The blend, in [0,1]; nil where a part of it was missing or no number.
  public var confidence: Double?
  /// False under the workflow's `stop_below`: the proposal is shown folded away and labelled not trusted.
  public var trusted: Bool
  public var parts: [ConfidencePart]
  public var risk: Risk
  public var facts: [ImpactFact]
  /// Every match: strictest first, then in the order of the gates and of the file.
  public var matches: [Match]
  /// Whose approvals the case needs if people see it.
  public var quorum: Quorum
  /// Where people find it.
  public var queue: String

  /// The rules that fixed the route.
  public var determining: [String] { matches.filter { $0.waived == nil && $0.route == route }.map(\.rule) }
  /// The exceptions that relieve some of the matches, each once.
  public var exceptions: [Waived] {
    matches.reduce(into: []) { all, match in
      if let waived = match.waived, !all.contains(waived) { all.append(waived) }
    }
  }
  /// The codes of all matches, each once, in order.
  public var codes: [ReasonCode] {
    matches.reduce(into: []) { codes, match in if !codes.contains(match.code) { codes.append(match.code) } }
  }
}
