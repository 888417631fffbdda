import Dispatch
import Glibc
import Synchronization

/// A fixed number of connections, each lent to one thread at a time. A thread gets at most one.
final class ConnectionPool<Connection>: @unchecked Sendable {
  // Sendable because only the thread that holds the number of a connection reaches it.
  private let connections: [Connection]
  private let state: Mutex<State>
  private let free: DispatchSemaphore

  private struct State {
    var idle: [Int]
    var holders: [pthread_t] = []
    var closed = false
  }

  init(_ connections: [Connection]) {
    self.connections = connections
    free = DispatchSemaphore(value: connections.count)
    state = Mutex(State(idle: Array(connections.indices)))
  }

  /// Waits for a free connection.
  ///
  /// - Throws: `refused` where this thread holds one already (it might wait for itself for ever), `unavailable` after
  ///   `close`, and what `body` throws.
  func use<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    let number = try take()
    defer { giveBack(number) }
    return try body(connections[number])
  }

  /// Waits for all connections to come back and hands each to `dispose`, once. Not to be called inside of `use`.
  func close(_ dispose: (Connection) -> Void) {
    let first = state.withLock { state in
      defer { state.closed = true }
      return !state.closed
    }
    guard first else { return }
    for _ in connections { free.wait() }
    connections.forEach(dispose)
    for _ in connections { free.signal() }
  }

  private func take() throws(StoreError) -> Int {
    let thread = pthread_self()
    if state.withLock({ $0.holders.contains(thread) }) {
      throw StoreError(.refused, "a transaction inside a transaction")
    }
    free.wait()
    let number = state.withLock { state -> Int? in
      guard !state.closed, let number = state.idle.popLast() else { return nil }
      state.holders.append(thread)
      return number
    }
    guard let number else {
      free.signal()
      throw StoreError(.unavailable, "the store is closed")
    }
    return number
  }

  private func giveBack(_ number: Int) {
    let thread = pthread_self()
    state.withLock { state in
      state.idle.append(number)
      if let at = state.holders.firstIndex(of: thread) { state.holders.remove(at: at) }
    }
    free.signal()
  }
}
