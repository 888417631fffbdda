import Lanes
import Synchronization
import Wire

/// The time of a world. It moves only when the world moves it.
final class WorldClock: LaneClock {
  private let time = Mutex(Instant(microseconds: 1_800_000_000_000_000))

  var wall: Instant { time.withLock { $0 } }
  var story: Instant { wall }

  /// - Parameter seconds: may be negative.
  func move(_ seconds: Double) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
