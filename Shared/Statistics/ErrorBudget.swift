/// What may go wrong of a promise: where 95 of 100 cases are to be on time, 5 may be late. How fast that is spent is told as a multiple of
/// what it allows (Google's SRE workbook, chapter 5): at 1 it is just used up when its time is over.
public struct ErrorBudget: Sendable, Equatable {
  /// The share that may be bad, in [0,1].
  public let allowed: Double

  /// Fewer than so many raise no alarm, whatever share of them is bad.
  public static let fewest = 10

  /// - Parameter promised: the share that is to be good, in [0,1].
  public init(promised: Double) { allowed = min(1, max(0, 1 - promised)) }

  /// How many times as fast as allowed it is spent. Nil of none; endless where nothing may be bad and something is.
  public func burn(_ bad: Proportion) -> Double? {
    guard let share = bad.estimate else { return nil }
    return allowed > 0 ? share / allowed : share > 0 ? .infinity : 0
  }

  /// Which share of it is left, at most 1; below 0 where more was spent than there was. Nil of none. Where nothing may be bad it is 1 or
  /// -1.
  public func left(_ bad: Proportion) -> Double? { burn(bad).map { max(-1_000, allowed > 0 ? 1 - $0 : $0 > 0 ? -1 : 1) } }

  /// Whether it is spent beyond doubt: the bad share exceeds what is allowed with 95 %, and there are enough of them.
  public func isOverspent(_ bad: Proportion) -> Bool {
    guard bad.count >= Self.fewest, let interval = bad.wilson() else { return false }
    return interval.low > allowed
  }

  /// The pace at which people hear of it: what is wanted, or nine tenths of the fastest that there can be where all are bad. A budget of
  /// one half burns twice as fast as allowed at most, and never six times.
  public func pace(_ wanted: Double) -> Double { allowed > 0 ? min(wanted, 0.9 / allowed) : wanted }

  /// Multi-window burn rate: it burns at this pace over the long time, beyond doubt, and still does over the short one, so that an alarm
  /// comes early and ends soon.
  public func isBurning(long: Proportion, short: Proportion, pace wanted: Double) -> Bool {
    guard isOverspent(long), let slow = burn(long), let fast = burn(short) else { return false }
    return slow >= pace(wanted) && fast >= pace(wanted)
  }
}
