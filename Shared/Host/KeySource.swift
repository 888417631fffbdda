import Foundation
import HTTPTypes
import JSON
import Permits
import Synchronization
import Wire

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Where public keys come from: a file, or the address at which their owner publishes them. Never a topic.
public struct KeySource: Sendable {
  public let place: String
  public init(_ place: String) { self.place = place }

  /// Asks once, five seconds at most. - Throws: what is wrong, naming the place.
  public func load() async throws -> KeySet {
    do {
      let keys = try KeySet(jwks: JSON.parse(Array(try await bytes())))
      if !keys.isEmpty { return keys }
    } catch {
      throw JWSError("key", "no keys at \(place): \(error)")
    }
    throw JWSError("key", "no keys at \(place): the set is empty")
  }

  private func bytes() async throws -> Data {
    guard place.hasPrefix("http://") || place.hasPrefix("https://"), let url = URL(string: place) else {
      return try Data(contentsOf: URL(fileURLWithPath: place))
    }
    return try await URLSession.shared.data(for: URLRequest(url: url, timeoutInterval: 5)).0
  }
}

/// Public keys that a service cannot begin its work without. It starts all the same, says what it waits for, and asks
/// every second.
public final class AwaitedKeys: Sendable {
  private let source: KeySource
  private let state: Mutex<(keys: KeySet?, reason: String)>

  public init(_ source: KeySource) {
    self.source = source
    state = Mutex((nil, "waiting for the public keys at \(source.place)"))
  }

  /// - Throws: `NotYet` until they are there.
  public func get() throws -> KeySet {
    let (keys, reason) = state.withLock { $0 }
    guard let keys else { throw NotYet(description: reason) }
    return keys
  }

  /// Ends once they are there, or when its task is cancelled.
  public func wait() async {
    while !Task.isCancelled {
      do {
        let keys = try await source.load()
        return state.withLock { $0.keys = keys }
      } catch {
        state.withLock { $0.reason = "waiting for public keys: \(error)" }
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }
}

/// The lanes cannot be worked yet; the reason is for an operator.
public struct NotYet: Error, CustomStringConvertible {
  public let description: String
}

/// Public keys of another service, policy's for services that take permits: never older than five seconds, so that a revoked key does not
/// count for longer, but for a while of old ones while their owner does not answer.
public actor PermitKeys {
  private let source: KeySource
  private var keys: KeySet?
  private var asked: ContinuousClock.Instant?
  private var loaded: ContinuousClock.Instant?

  private let fresh: Duration
  private let stale: Duration
  /// Whose they are: `policy`.
  private let owner: String

  /// - Parameter stale: for how long old ones count while their owner does not answer.
  public init(_ source: KeySource, of owner: String = "policy", fresh: Duration = .seconds(5), stale: Duration = .seconds(60)) {
    self.source = source
    self.owner = owner
    self.fresh = fresh
    self.stale = stale
  }

  /// - Throws: `JWSError` why the permit does not count; 503 where the keys cannot be had.
  public func verify(_ token: String, now: Int64) async throws -> Permit {
    let known = try await load(olderThan: fresh)
    do { return try Permit.verify(token, keys: known, now: now) } catch {
      guard error.code == "key" else { throw error }
      return try Permit.verify(token, keys: try await load(olderThan: min(fresh, .seconds(1))), now: now)
    }
  }

  /// Those that count now. - Throws: 503 where they cannot be had.
  public func current() async throws -> KeySet { try await load(olderThan: fresh) }

  private func load(olderThan age: Duration) async throws -> KeySet {
    let now = ContinuousClock.now
    if let keys, let asked, now - asked < age { return keys }
    asked = now
    do {
      let fresh = try await source.load()
      (keys, loaded) = (fresh, now)
      return fresh
    } catch {
      if let keys, let loaded, now - loaded < stale { return keys }
      var problem = Problem(.serviceUnavailable, "\(owner).keys", "The public keys of \(owner) cannot be had now.")
      problem.retryAfter = 5
      throw problem
    }
  }
}
