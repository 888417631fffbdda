import Identity
import JSON
import Storage
import Wire

/// What one person left to others within a week, and why (L6). For those who lead: a skip is a right, a habit is a question.
struct SkipCount: Sendable, Equatable {
  let person: String
  var skipped = 0
  var decided = 0
  var codes: [String: Int] = [:]

  /// Of all that the person either decided or left.
  var share: Double { Double(skipped) / Double(max(1, skipped + decided)) }

  var json: JSON {
    [
      "person": .string(person), "skipped": .integer(Int64(skipped)), "decided": .integer(Int64(decided)), "share": .number((share * 1_000).rounded() / 1_000),
      "codes": .object(JSONObject(codes.sorted { $0.key < $1.key }.map { ($0.key, .integer(Int64($0.value))) })),
    ]
  }
}

extension CaseMemory {
  static let skipDays: Double = 7
  /// The newest of each kind; more are not read for one page.
  static let mostSkipRows = 5_000

  /// Of everybody who left something that asked some group of this person; who left most comes first.
  func skips(for person: Person, now: Instant) throws -> [SkipCount] {
    var found: [String: SkipCount] = [:]
    for kind in [TaskEvent.Kind.skipped, .decided] {
      let rows = try read(
        "SELECT c.asked, h.body FROM hops h JOIN cases c ON c.key = h.key WHERE h.kind = ? AND h.moment > ? ORDER BY h.moment DESC LIMIT ?",
        [.text(kind.rawValue), .integer(now.adding(seconds: -Self.skipDays * 86_400).microseconds), .integer(Int64(Self.mostSkipRows))])
      for row in rows {
        guard case .text(let asked) = row[0], person.groups.contains(where: { asked.contains("|\($0)|") }), case .blob(let bytes) = row[1],
          let body = try? JSON.parse(bytes, limits: .stored), let who = body["person"]?.string
        else { continue }
        var count = found[who] ?? SkipCount(person: who)
        if kind == .skipped {
          count.skipped += 1
          count.codes[body["code"]?.string ?? "other", default: 0] += 1
        } else {
          count.decided += 1
        }
        found[who] = count
      }
    }
    return found.values.filter { $0.skipped > 0 }.sorted { ($1.skipped, $0.person) < ($0.skipped, $1.person) }
  }
}
