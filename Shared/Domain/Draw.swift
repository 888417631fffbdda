/// When a sampled case is looked at.
public enum DrawMode: String, Sendable, CaseIterable {
  /// Before the action; only this counts as human verification.
  case hold
  /// After the action.
  case observe
  /// Not at all.
  case none
}

/// The outcome of the draw of one case. Every case carries one, drawn or not.
public struct Draw: Sendable, Equatable {
  public var mode: DrawMode
  public var drawn: Bool
  /// The inclusion probability, in [0,1].
  public var probability: Double
  /// The stratum whose rate was used.
  public var stratum: String

  public init(mode: DrawMode, drawn: Bool, probability: Double, stratum: String) {
    self.mode = mode
    self.drawn = drawn
    self.probability = probability
    self.stratum = stratum
  }
}
