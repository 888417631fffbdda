import Synchronization

/// Which of audit's own lanes stand still, and why. Of a case in one of them audit does not know what has come, so that it blames nobody.
final class StandingLanes: Sendable {
  private let told = Mutex<@Sendable () -> [Int32: String]>({ [:] })

  /// By lane. None before the lanes have begun. Any thread.
  var now: [Int32: String] { told.withLock { $0 }() }

  func follow(_ source: @escaping @Sendable () -> [Int32: String]) { told.withLock { $0 = source } }
}
