import Foundation
import Lanes
import Wire

extension Instant {
  /// The wall clock.
  public static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }
}

/// The wall clock, and a story clock that runs `scale` times as fast since a moment that all services of a demo share.
public struct SystemClock: LaneClock {
  private let scale: Int64
  private let origin: Instant

  /// - Parameter origin: when the story began; only looked at where `scale` is not 1.
  public init(scale: Int, origin: Instant) {
    self.scale = Int64(scale)
    self.origin = origin
  }

  public var wall: Instant { .now }

  public var story: Instant {
    let now = Instant.now
    guard scale != 1 else { return now }
    return Instant(microseconds: origin.microseconds &+ (now.microseconds &- origin.microseconds) &* scale)
  }
}
