import Glibc
import Host
import JSON
import Lanes
import Logging
import Permits
import Storage
import Wire

/// Keeps this instance's view of the switches fresh, notes in them the time and the keys that policy holds, and tells the
/// open cases of our lanes when a workflow was stopped or started again, or a key revoked.
struct StopWatch: Sendable {
  let stops: Stops
  let keys: [VerificationKey]
  /// Again some time later: a lane that had not heard of the stop yet may have given one more permit.
  static let sweeps = 4

  /// What the cases have to be told of.
  private struct Occasion: Equatable {
    let stops: [String]
    let revoked: [String]
    let signing: String?
    let lanes: [Int32]
  }

  func run(_ road: Road<PolicyDecider>, _ lanes: @Sendable () -> EngineState) async {
    var last: Occasion?
    var swept = 0
    while !Task.isCancelled {
      stops.refresh(road.store)
      do { try lookBack(road.store) } catch { road.logger.warning("the switches cannot be checked: \(error)") }
      let now = occasion(lanes().lanes)
      if now != last { (last, swept) = (now, 0) }
      if swept < Self.sweeps, await sweep(road, now.lanes) { swept += 1 }
      try? await Task.sleep(for: .seconds(Stops.readSeconds))
    }
  }

  private func occasion(_ lanes: [Int32]) -> Occasion {
    let switches = stops.now
    return Occasion(
      stops: switches.stops.map { "\($0.workflow)/\($0.at.microseconds)" },
      revoked: switches.keys.filter { $0.revoked != nil }.map(\.id), signing: switches.signing(keys)?.id, lanes: lanes)
  }

  /// Neither the clock nor the row may have gone back.
  private func lookBack(_ store: any Store) throws {
    guard !stops.now.isDamaged else { return }
    if stops.now.holding(keys, at: .now) != nil { try stops.change(store) { $0.holding(keys, at: .now) } }
    if stops.now.noting(.now) != nil { try stops.change(store) { $0.noting(.now) } }
    let rows = try store.read { try $0.query("SELECT body FROM states WHERE key = ?", [.text(SwitchChanged.key)]) }
    guard case .blob(let body) = rows.first?.first,
      case .switches(let told) = try PolicyState(JSON.parse(body, limits: .stored)), told > stops.now.version
    else { return }
    try stops.change(store) { $0.behind(told, at: .now) }
  }

  /// Looks through the open cases of our lanes for permits and for what is held. - Returns: whether it got through.
  private func sweep(_ road: Road<PolicyDecider>, _ lanes: [Int32]) async -> Bool {
    do {
      for lane in lanes {
        var after = ""
        while true {
          let page = try road.store.read { transaction in
            try transaction.query(
              "SELECT key, body FROM states WHERE lane = ? AND key > ? ORDER BY key LIMIT 500",
              [.integer(Int64(lane)), .text(after)])
          }
          for case .text(let key) in page.map(\.[0]) { after = key }
          for row in page {
            guard case .text(let key) = row[0], case .blob(let body) = row[1], concerns(body) else { continue }
            _ = try await road.perform("sweep/\(key)") { _ in .swept(key) }
          }
          guard page.count == 500 else { break }
        }
      }
      return true
    } catch {
      road.logger.warning("not every case has been told of a stop yet: \(error)")
      return false
    }
  }

  /// A first look at a stored state; the step looks again.
  private func concerns(_ body: [UInt8]) -> Bool {
    Self.holds(body, "\"permitted\"") || Self.holds(body, "\"held\":true")
  }

  /// From quote to quote: at a start this looks through all that is open while the road waits for the same cores, and the
  /// standard library's generic search (`firstRange`) took longer than judging the cases. - Parameter word: begins with a quote.
  private static func holds(_ body: [UInt8], _ word: StaticString) -> Bool {
    body.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while let quote = rest.firstIndex(of: UInt8(ascii: "\"")), bytes.count - quote >= word.utf8CodeUnitCount {
        if memcmp(bytes.baseAddress! + quote, word.utf8Start, word.utf8CodeUnitCount) == 0 { return true }
        rest = bytes[(quote + 1)...]
      }
      return false
    }
  }
}
