import Lanes
import Synchronization
import Wire

/// The time of a world. It moves only when the world moves it.
final class WorldClock: LaneClock {
  private let time = Mutex((now: Instant(microseconds: 1_800_000_000_000_000), latest: Instant(microseconds: 0)))

  var wall: Instant { time.withLock { $0.now } }
  /// The latest that it ever showed.
  var latest: Instant { time.withLock { max($0.latest, $0.now) } }
  var story: Instant { wall }

  /// - Parameter seconds: may be negative.
  func move(_ seconds: Double) { time.withLock { $0 = ($0.now.adding(seconds: seconds), max($0.latest, $0.now)) } }
}
