import Lanes
import Synchronization
import Wire

/// A clock that a test sets; wall and story are one.
final class TestClock: LaneClock {
  private let time: Mutex<Instant>
  init(_ start: Instant) { time = Mutex(start) }
  var wall: Instant { time.withLock { $0 } }
  var story: Instant { wall }
  func move(_ seconds: Double) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}
