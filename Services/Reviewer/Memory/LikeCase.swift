import Identity
import JSON
import Storage
import Wire

/// Another case whose item says the same but for case and white space: linked, never merged (ruling 32).
struct LikeCase: Sendable, Equatable {
  enum State: String, Sendable {
    case open, waiting, ended
  }
  let key: String
  let opened: Instant
  let state: State
  /// Of an ended one: `released`, `withdrawn`, `expired`, … as policy said it.
  let reason: String
  /// The last decision that was not taken back; nil where there is none.
  let decision: Decision?

  struct Decision: Sendable, Equatable {
    let verb: String
    let person: String
    let code: String
    let at: Instant
  }

  var json: JSON {
    var object = JSONObject([
      ("case", .string(key)), ("opened_at", .string(opened.description)), ("state", .string(state.rawValue)), ("reason", reason.isEmpty ? .null : .string(reason)),
    ])
    object["decision"] = decision.map {
      ["verb": .string($0.verb), "person": .string($0.person), "code": .string($0.code), "at": .string($0.at.description)]
    } ?? .null
    return .object(object)
  }
}

extension CaseMemory {
  static let mostAlike = 20

  /// Other cases like this one that somebody may see, the newest first; at most `mostAlike` are looked at.
  func alike(_ key: String, for person: Person, _ people: People) throws -> [LikeCase] {
    let rows = try read(
      """
      SELECT \(KnownCase.columns) FROM cases c WHERE c.near = (SELECT near FROM cases WHERE key = ?) AND c.key <> ?
      ORDER BY c.opened DESC, c.key LIMIT ?
      """, [.text(key), .text(key), .integer(Int64(Self.mostAlike))])
    let known = rows.compactMap(KnownCase.init).filter { $0.mayBeSeen(by: person, people) }
    guard !known.isEmpty else { return [] }
    let marks = known.map { _ in "?" }.joined(separator: ", ")
    let keys = known.map { Value.text($0.key) }
    var phases: [String: LikeCase.State] = [:]
    for row in try read("SELECT key, phase FROM states WHERE key IN (\(marks))", keys) {
      guard case .text(let key) = row[0], case .text(let phase) = row[1], phase != "over" else { continue }
      phases[key] = LikeCase.State(rawValue: phase) ?? .open
    }
    let kinds: [TaskEvent.Kind] = [.decided, .undone, .returned, .closed]
    let told = try read(
      "SELECT key, moment, kind, body, id FROM hops WHERE key IN (\(marks)) AND kind IN (\(kinds.map { _ in "?" }.joined(separator: ", "))) ORDER BY moment, id",
      keys + kinds.map { .text($0.rawValue) })
    let hops = Dictionary(grouping: told.compactMap(Hop.init), by: \.key)
    return known.map { each in
      let own = hops[each.key] ?? []
      return LikeCase(
        key: each.key, opened: each.opened, state: phases[each.key] ?? .ended,
        reason: phases[each.key] == nil ? own.last { $0.kind == .closed }?.text("reason") ?? "" : "", decision: Self.lastDecision(own))
    }
  }

  private static func lastDecision(_ hops: [Hop]) -> LikeCase.Decision? {
    let gone = Set(hops.filter { $0.kind != .decided }.map { $0.text("decision") })
    return hops.last { $0.kind == .decided && !gone.contains($0.text("decision")) }.map {
      LikeCase.Decision(verb: $0.text("verb"), person: $0.text("person"), code: $0.text("code"), at: $0.at)
    }
  }
}
