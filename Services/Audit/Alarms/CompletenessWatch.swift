import Domain
import Host
import Lanes
import Ledger
import Logging
import Storage
import Wire

/// Looks every few seconds whether everything that should be on record is: streams as far as their writers told, what each case owes,
/// what each record must tell. Alerts stand for as long as something is missing.
struct CompletenessWatch: Sendable {
  /// How long records may be missing before people hear of it, µs.
  static let patience: Int64 = 60_000_000
  /// How long a service may take for a step that it owes at once, µs of real time.
  static let stepPatience: Int64 = 45_000_000
  /// A flaw is told for so long after it was seen last, µs of real time.
  static let flawSeconds: Int64 = 900_000_000
  /// So many cases are told by name at once; of more their number is.
  static let mostNamed = 20
  static let everySeconds = 5

  let road: Road<AuditDecider>
  let absorber: LedgerAbsorber
  let paths: LedgerPaths
  /// Lanes of ours that stand still, and why.
  let stopped: @Sendable () -> [Int32: String]

  func run() async {
    var turn = 0
    while !Task.isCancelled {
      turn += 1
      try? await Task.sleep(for: .seconds(Self.everySeconds))
      guard absorber.isWriting else { continue }
      do { try await look(at: .now, story: road.clock.story, isSummed: turn % 12 == 1) } catch {
        road.logger.debug("completeness was not looked at: \(error)")
      }
    }
  }

  func look(at now: Instant, story: Instant, isSummed: Bool = true) async throws {
    let scale = Int64(max(1, road.config.clockScale))
    let found = try road.store.read { transaction in
      try Shortfall(
        transaction, standing: AuditState.keys(transaction), paths: paths, now: now.microseconds, story: story.microseconds, scale: scale,
        horizon: absorber.horizon(story: story.microseconds, wall: now.microseconds), lanes: road.config.lanes, stopped: stopped(), isSummed: isSummed)
    }
    for stream in found.streams {
      let key = AuditDecider.Stream.key(of: stream.source)
      if stream.isBehind(at: now.microseconds, patience: Self.patience), !found.standing.contains(key) {
        let behind = AuditDecider.Stream(source: stream.source, number: stream.number, head: stream.head)
        _ = try await road.perform("\(key)@\(stream.head)") { _ in .behind(behind) }
      } else if stream.number >= stream.head, found.standing.contains(key) {
        _ = try await road.perform("\(key)@resolved") { _ in .caughtUp(key: key) }
      }
    }
    for trouble in found.begun { try await road.tell(trouble, stands: true, isOver: false, found.standing) }
    for trouble in found.over { try await road.tell(trouble, stands: false, isOver: true, found.standing) }
    found.measure(road.metrics)
  }
}
