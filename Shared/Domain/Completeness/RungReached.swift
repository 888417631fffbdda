/// What a record tells of a rung that was reached, beside the time at which it was written; µs.
///
/// A rung that was late is no flaw where its record says so: an outage happens. One that says it was in time is, since the figures of
/// escalation would be too good.
public struct RungReached: Equatable, Sendable {
  /// Of the record, on `reviews`.
  public static let type = "countersign.task.tier.advanced.v1"
  /// When it was due, as it says.
  public let due: Int64
  /// By how much it was late, as it says.
  public let late: Int64
  /// When it was reached, as it says; nil where it does not.
  public let fired: Int64?
  /// When it was written.
  public let written: Int64

  /// By this much a record may be written later than it tells.
  public static let patience: Int64 = 1_000_000

  public init(due: Int64, late: Int64, fired: Int64?, written: Int64) {
    (self.due, self.late, self.fired, self.written) = (due, late, fired, written)
  }

  /// Whether it was later than it tells.
  public var isHidden: Bool { written - due - late > Self.patience || abs((fired ?? written) - written) > Self.patience }
}
