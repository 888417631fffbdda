import Host
import Lanes
import Logging
import Storage
import Wire

/// Looks every few seconds whether all streams are as far as their writers told.
struct CompletenessWatch: Sendable {
  /// How long records may be missing before people hear of it, µs.
  static let patience: Int64 = 60_000_000

  let road: Road<AuditDecider>

  /// - Parameter isOurs: whether this instance writes the ledger; only then does it look.
  func run(while isOurs: @Sendable () -> Bool) async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(5))
      guard isOurs() else { continue }
      do { try await look(at: .now) } catch {
        road.logger.debug("completeness was not looked at: \(error)")
      }
    }
  }

  func look(at now: Instant) async throws {
    let (streams, standing) = try road.store.read { transaction in
      (
        try StreamRow.all(transaction),
        Set(try transaction.query("SELECT key FROM states", []).map { try $0[0].text() })
      )
    }
    for stream in streams {
      let key = AuditDecider.Stream.key(of: stream.source)
      if stream.isBehind(at: now.microseconds, patience: Self.patience), !standing.contains(key) {
        let behind = AuditDecider.Stream(source: stream.source, number: stream.number, head: stream.head)
        _ = try await road.perform("\(key)@\(stream.head)") { _ in .behind(behind) }
      } else if stream.number >= stream.head, standing.contains(key) {
        _ = try await road.perform("\(key)@resolved") { _ in .caughtUp(key: key) }
      }
    }
  }
}
