import Synchronization

/// Sums over very many rows: whoever asks gets what was found a moment ago, and where that is older than a second it is found anew
/// meanwhile, once for all who ask. Sums over few rows are always of now.
final class Lately<Value: Sendable>: Sendable {
  /// From so many rows on a sum may be of a moment ago.
  static var many: Int { 20_000 }
  private static var fresh: Duration { .seconds(1) }
  /// Nobody gets what is older.
  private static var oldest: Duration { .seconds(10) }
  private static var mostKept: Int { 64 }

  private struct State {
    var found: [String: (value: Value, at: ContinuousClock.Instant)] = [:]
    var underWay: Set<String> = []
  }
  private let state = Mutex(State())
  private let clock: @Sendable () -> ContinuousClock.Instant

  init(clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) { self.clock = clock }

  /// - Parameter find: the sums, and over how many rows. On another thread where what is known is given back meanwhile; what it throws
  ///   then leaves that as it is.
  func value(_ key: String, _ find: @escaping @Sendable () throws -> (value: Value, rows: Int)) throws -> Value {
    let now = clock()
    let known: (value: Value, isOurs: Bool)? = state.withLock { state in
      guard let found = state.found[key], now - found.at < Self.oldest else { return nil }
      return (found.value, now - found.at >= Self.fresh && state.underWay.insert(key).inserted)
    }
    guard let known else {
      let found = try find()
      keep(key, found)
      return found.value
    }
    if known.isOurs { Task.detached { self.keep(key, try? find()) } }
    return known.value
  }

  private func keep(_ key: String, _ found: (value: Value, rows: Int)?) {
    state.withLock { state in
      state.underWay.remove(key)
      guard let found else { return }
      if state.found.count >= Self.mostKept { state.found = [:] }
      state.found[key] = found.rows < Self.many ? nil : (found.value, clock())
    }
  }
}
