/// One of the four parts of which confidence is blended; 1 is safe.
public enum PartName: String, Sendable, CaseIterable {
  case model, retrieval, policy, blast
}

/// A part as it was judged.
public struct ConfidencePart: Sendable, Equatable {
  public var name: PartName
  /// In [0,1]; nil where it was absent or no such number.
  public var value: Double?
  /// Its share of the blend, in [0,1].
  public var weight: Double
  /// Below it no blend makes the case automatic.
  public var floor: Double
  /// Where the value came from, in words.
  public var origin: String

  public init(name: PartName, value: Double?, weight: Double, floor: Double, origin: String) {
    self.name = name
    self.value = value
    self.weight = weight
    self.floor = floor
    self.origin = origin
  }
}
