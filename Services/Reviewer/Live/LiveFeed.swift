import Storage
import Synchronization
import Wire

/// Tells pages that are open that something has changed, whichever instance changed it.
///
/// Every change of a task emits a record, and so moves a number in the database: one look a second at a handful of rows
/// serves everybody who listens.
final class LiveFeed: Sendable {
  private struct State {
    var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    var next = 0
    var isOver = false
  }

  private let state = Mutex(State())

  /// A signal for each change from now on; several in a row may be one. Ends with the service.
  func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state -> Int? in
      guard !state.isOver else { return nil }
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) } }
    return stream
  }

  /// Watches until it is cancelled.
  func watch(_ store: any Store) async {
    var seen: [Row]?
    while !Task.isCancelled {
      if let found = await numbers(store) {
        // The first look is a change, too: whoever began to listen before it may have read what came in between as old.
        if seen != found { signal() }
        seen = found
      }
      try? await Task.sleep(for: .seconds(1))
    }
    end()
  }

  func end() {
    let listeners = state.withLock { state in
      state.isOver = true
      defer { state.listeners = [:] }
      return state.listeners
    }
    for listener in listeners.values { listener.finish() }
  }

  private func signal() {
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield() }
  }

  /// Nil while nobody listens or the database does not answer.
  private func numbers(_ store: any Store) async -> [Row]? {
    guard state.withLock({ !$0.listeners.isEmpty }) else { return nil }
    return try? await store.aside {
      try $0.read { try $0.query("SELECT topic, lane, number FROM numbers WHERE topic IN (?, ?) ORDER BY topic, lane", [
        .text(Topic.openReviews.name), .text(Topic.reviews.name),
      ]) }
    }
  }
}
