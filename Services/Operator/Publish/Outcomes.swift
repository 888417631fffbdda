import JSON
import Wire

/// Asks audit what became of cases.
struct Outcomes {
  struct State: Sendable, Equatable {
    let outcome: String
    let route: String

    var isOpen: Bool { outcome == "open" }
  }

  let audit: WebClient
  let workflow: String

  /// Looks every half second until all cases have ended or the time is over.
  func wait(for cases: Set<String>, seconds: Int, progress: (Int) -> Void) async throws -> [String: State] {
    var states: [String: State] = [:]
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: .seconds(seconds))
    while true {
      let open = cases.filter { states[$0]?.isOpen ?? true }
      guard !open.isEmpty else { return states }
      for (id, state) in try await look(open) { states[id] = state }
      progress(states.values.filter { !$0.isOpen }.count)
      guard clock.now < end, states.count < cases.count || states.values.contains(where: \.isOpen) else { return states }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  /// Few are asked for one by one, many by pages of the list back to the oldest.
  private func look(_ cases: Set<String>) async throws -> [String: State] {
    var states: [String: State] = [:]
    guard cases.count > 20 else {
      for id in cases {
        let answer = try await audit.get("/v1/cases/\(id)")
        // Not yet known to audit: it is still on its way there.
        if let record = answer.json?["record"] { states[id] = state(record) }
      }
      return states
    }
    guard let oldest = cases.min(), let milliseconds = Int64(oldest.filter { $0 != "-" }.prefix(12), radix: 16) else { return [:] }
    let since = Instant(microseconds: milliseconds * 1_000)
    var after = ""
    repeat {
      let page = try await audit.json("/v1/cases?workflow=\(encoded(workflow))&since=\(since)&limit=500\(after)")
      for record in page["cases"]?.array ?? [] {
        if let id = record["case"]?.string, cases.contains(id) { states[id] = state(record) }
      }
      after = (page["next"]?.string).map { "&after=\($0)" } ?? ""
    } while !after.isEmpty
    return states
  }

  private func state(_ record: JSON) -> State {
    State(outcome: record["outcome"]?.string ?? "open", route: record["route"]?.string ?? "")
  }

  private func encoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { result, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }
}
