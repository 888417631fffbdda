import Synchronization

/// What stands for a Swift trap: once sprung, the process that sprang it does nothing more.
final class Trap: Sendable {
  private let sprung = Mutex(false)

  /// - Throws: always. The mechanism may catch that; the process ends at its next step all the same.
  func spring() throws {
    sprung.withLock { $0 = true }
    throw Crash()
  }

  var isSprung: Bool { sprung.withLock { $0 } }
  func reset() { sprung.withLock { $0 = false } }
}

/// The process has ended.
struct Crash: Error {}
