/// How far a stream of numbered records has been handled: its writer's epoch and the number of the last record.
public struct Mark: Sendable, Equatable {
  public var epoch: Int64
  public var number: Int64

  public init(epoch: Int64, number: Int64) {
    self.epoch = epoch
    self.number = number
  }

  /// What to do with a record that carries `epoch` and `number`.
  public enum Verdict: Sendable, Equatable {
    /// The next one: handle it.
    case next
    /// Handled before: drop it.
    case duplicate
    /// The writer's database went back to before numbers that it had given out: stop the lane.
    case regressed
    /// From a history that was lost: do not handle it, say so.
    case zombie
    /// Records before it are missing.
    case gap
  }

  /// The table of `design.md`, "Numbers".
  public func verdict(epoch other: Int64, number next: Int64) -> Verdict {
    if next == number + 1 { return other >= epoch ? .next : .zombie }
    if next <= number { return other <= epoch ? .duplicate : .regressed }
    return other < epoch ? .zombie : .gap
  }
}
