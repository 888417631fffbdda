import JSON

extension JSONLimits {
  /// For JSON that our own services wrote: larger than what may come through the door, all of `Int64` allowed.
  public static let stored = JSONLimits(bytes: 64 << 20, depth: 256, anyInteger: true)
}
