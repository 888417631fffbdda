import Host
import Lanes
import Logging
import Storage
import Wire

/// Keeps this instance's view of the stops fresh, and revokes the permits that are out when a workflow is stopped.
struct StopWatch: Sendable {
  let stops: Stops
  /// Again some time later: a lane that had not heard of the stop yet may have given one more.
  static let sweeps = 4

  func run(_ road: Road<PolicyDecider>, _ lanes: @Sendable () -> EngineState) async {
    var swept: [String: Int] = [:]
    while !Task.isCancelled {
      stops.refresh(road.store)
      let names = stops.now.stops.map { "\($0.workflow)/\($0.at.microseconds)" }
      swept = swept.filter { names.contains($0.key) }
      if names.contains(where: { swept[$0, default: 0] < Self.sweeps }) {
        await sweep(road, lanes().lanes)
        for name in names { swept[name, default: 0] += 1 }
      }
      try? await Task.sleep(for: .seconds(Stops.readSeconds))
    }
  }

  /// Looks through the open cases of our lanes for permits.
  private func sweep(_ road: Road<PolicyDecider>, _ lanes: [Int32]) async {
    for lane in lanes {
      var after = ""
      while let page = try? road.store.read({ transaction in
        try transaction.query(
          "SELECT key, body FROM states WHERE lane = ? AND key > ? ORDER BY key LIMIT 500", [.integer(Int64(lane)), .text(after)])
      }), !page.isEmpty {
        for row in page {
          guard case .text(let key) = row[0], case .blob(let body) = row[1] else { continue }
          after = key
          guard isPermitted(body) else { continue }
          do { _ = try await road.perform("stop/\(key)") { _ in .stopped(key) } } catch {
            road.logger.warning("a permit of \(key) is not revoked yet: \(error)")
          }
        }
      }
    }
  }

  /// A first look at a stored state; the step looks again.
  private func isPermitted(_ body: [UInt8]) -> Bool { body.firstRange(of: Array("\"permitted\"".utf8)) != nil }
}
