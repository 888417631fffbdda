import Storage
import Synchronization
import Wire

/// Tells pages that are open that something has changed, whichever instance changed it.
///
/// Every change of a task emits a record, and so moves a number in the database: one look a second at a handful of rows
/// serves everybody who listens.
final class LiveFeed: Sendable {
  private struct Listener {
    let signals: AsyncStream<Void>.Continuation
    /// What a page shows to whom; nil of a list.
    let task: String?
    let person: String
  }

  private struct State {
    var listeners: [Int: Listener] = [:]
    /// How many records there were at the last look: the id of what is told then; nil before the first.
    var mark: Int64?
    var next = 0
    var isOver = false
  }

  private let state = Mutex(State())

  /// By which a client that comes again says what it has heard of.
  var mark: Int64? { state.withLock { $0.mark } }

  /// Who else has a task before them at this instance, by their ids.
  func viewers(of task: String, besides person: String) -> [String] {
    state.withLock { state in Set(state.listeners.values.filter { $0.task == task && $0.person != person }.map(\.person)).sorted() }
  }

  /// A signal for each change from now on; several in a row may be one. Ends with the service.
  ///
  /// - Parameter task: what `person` has before them: whoever else has it before them is told, too.
  func changes(of task: String? = nil, by person: String = "") -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state -> Int? in
      guard !state.isOver else { return nil }
      state.next += 1
      state.listeners[state.next] = Listener(signals: continuation, task: task, person: person)
      return state.next
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
      self?.tell(of: task, but: id)
    }
    tell(of: task, but: id)
    return stream
  }

  /// That somebody came to a task or left it, to those who have it before them.
  private func tell(of task: String?, but id: Int) {
    guard let task else { return }
    for listener in state.withLock({ $0.listeners.filter { $0.key != id && $0.value.task == task } }).values { listener.signals.yield() }
  }

  /// Watches until it is cancelled.
  func watch(_ store: any Store) async {
    var seen: [Row]?
    while !Task.isCancelled {
      if let found = await numbers(store) {
        // The first look is a change, too: whoever began to listen before it may have read what came in between as old.
        if seen != found {
          let sum = found.reduce(Int64(0)) { sum, row in if case .integer(let number) = row[2] { sum &+ number } else { sum } }
          state.withLock { $0.mark = sum }
          signal()
        }
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
    for listener in listeners.values { listener.signals.finish() }
  }

  private func signal() {
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.signals.yield() }
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
