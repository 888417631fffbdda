/// What would have had to differ for a match to ask for less.
public struct Relief: Sendable, Equatable {
  /// The route that it would ask for then.
  public var route: Route
  /// In words, with the value seen and the one needed: "confidence 0.81 would have had to reach 0.92".
  public var needs: String

  public init(_ route: Route, _ needs: String) {
    self.route = route
    self.needs = needs
  }
}

/// How a case would have taken the next milder route: every match that fixed its route would have had to ask for less.
public struct MilderRoute: Sendable, Equatable {
  public var route: Route
  /// The matches that would have had to fall away or to ask for less.
  public var matches: [Match]

  /// Nil where nothing about the case would have changed it: the mildest route, or a match that always asks for its own.
  public init?(of all: [Match], route: Route) {
    let fixing = all.filter { $0.asks == route }
    let reliefs = fixing.compactMap(\.relief)
    guard route > .auto, !fixing.isEmpty, reliefs.count == fixing.count else { return nil }
    self.route = (all.map(\.asks).filter { $0 < route } + reliefs.map(\.route)).max() ?? .auto
    matches = fixing
  }
}
