import HTTPTypes
import Host
import Identity
import JSON
import Lanes
import Storage
import Wire

/// A task as the index of open tasks has it.
struct TaskRow: Sendable {
  let key: String
  let next: Instant
  let asked: [String]
  let group: String
  let tier: Int64
  let queue: String
  let workflow: String
  let risk: String
  let holder: String
  let opened: Instant
  let title: String
  let phase: String

  func json(now: Instant) -> JSON {
    [
      "case": .string(key), "state": .string(phase), "workflow": .string(workflow), "queue": .string(queue),
      "group": .string(group), "groups": .array(asked.map { .string($0) }), "tier": .integer(tier), "risk": .string(risk),
      "holder": holder.isEmpty ? .null : .string(holder), "opened_at": .string(opened.description),
      "next_at": .string(next.description), "because": .string(title),
      "age_seconds": .integer(Int64(max(0, now.seconds(since: opened)))),
    ]
  }
}

/// What waits for one group.
struct GroupCount: Sendable {
  let group: String
  var open = 0
  var unclaimed = 0
  /// Tasks that have left their first rung.
  var breached = 0
  var oldest: Instant?

  var json: JSON {
    [
      "group": .string(group), "open": .integer(Int64(open)), "unclaimed": .integer(Int64(unclaimed)),
      "breached": .integer(Int64(breached)), "oldest": oldest.map { .string($0.description) } ?? .null,
    ]
  }
}

/// Lists and counts of tasks, from the index alone.
struct TaskList: Sendable {
  let store: any Store

  /// A page of the tasks that somebody may decide, the next deadline first.
  ///
  /// - Parameters:
  ///   - queue: only tasks of this queue, or asked of this group.
  ///   - state: `open`, or `waiting` (decided, not released yet); open ones otherwise.
  ///   - after: `next` of the page before.
  /// - Throws: 400 for a cursor that is none.
  func page(
    for person: Person, queue: String? = nil, state: String? = nil, after: String? = nil, limit: Int = 50
  ) throws -> (rows: [TaskRow], next: String?) {
    let limit = max(1, min(limit, 200))
    guard !person.groups.isEmpty else { return ([], nil) }
    var sql = "SELECT key, next, asked, grp, tier, queue, workflow, risk, holder, opened, title, phase FROM states WHERE phase = ? AND requester <> ?"
    var arguments: [Value] = [.text(state == "waiting" ? "waiting" : "open"), .text(person.id)]
    if let after {
      guard let dot = after.firstIndex(of: "."), let next = Int64(after[..<dot]) else {
        throw Problem(.badRequest, "after", "The member next of the page before was expected.")
      }
      sql += " AND (next > ? OR (next = ? AND key > ?))"
      arguments += [.integer(next), .integer(next), .text(String(after[after.index(after: dot)...].prefix(64)).filter { $0 != "\0" })]
    }
    if !person.groups.contains(dutyGroup) {
      sql += " AND (" + person.groups.map { _ in "asked LIKE ?" }.joined(separator: " OR ") + ")"
      arguments += person.groups.map { .text("%|\($0)|%") }
    }
    if let queue {
      sql += " AND (queue = ? OR asked LIKE ?)"
      let name = String(queue.prefix(80)).filter { $0 != "\0" && $0 != "%" }
      arguments += [.text(name), .text("%|\(name)|%")]
    }
    sql += " ORDER BY next, key LIMIT ?"
    arguments.append(.integer(Int64(limit)))
    let rows = try read(sql, arguments).compactMap(TaskRow.init)
    return (rows, rows.count == limit ? rows.last.map { "\($0.next.microseconds).\($0.key)" } : nil)
  }

  /// What waits for each of somebody's groups.
  func counts(for person: Person) throws -> [GroupCount] {
    let rows = try read(
      """
      SELECT asked, count(*), sum(CASE WHEN holder = '' THEN 1 ELSE 0 END), sum(CASE WHEN tier > 1 THEN 1 ELSE 0 END), min(opened)
      FROM states WHERE phase = 'open' AND requester <> ? GROUP BY asked
      """, [.text(person.id)])
    var counts = person.groups.map { GroupCount(group: $0) }
    for row in rows {
      guard case .text(let asked) = row[0], let open = row[1].count, let unclaimed = row[2].count, let breached = row[3].count,
        case .integer(let oldest) = row[4]
      else { continue }
      for index in counts.indices where asked.contains("|\(counts[index].group)|") {
        counts[index].open += open
        counts[index].unclaimed += unclaimed
        counts[index].breached += breached
        let oldest = Instant(microseconds: oldest)
        counts[index].oldest = min(counts[index].oldest ?? oldest, oldest)
      }
    }
    return counts
  }

  private func read(_ sql: String, _ arguments: [Value]) throws -> [Row] {
    do { return try store.read { try $0.query(sql, arguments) } } catch is StoreError { throw CommandError.unavailable }
  }
}

extension TaskRow {
  /// Nil for a row that is not as the query asks for it.
  init?(_ row: Row) {
    guard row.count == 12, case .text(let key) = row[0], case .integer(let next) = row[1], case .text(let asked) = row[2],
      case .text(let group) = row[3], case .integer(let tier) = row[4], case .text(let queue) = row[5],
      case .text(let workflow) = row[6], case .text(let risk) = row[7], case .text(let holder) = row[8],
      case .integer(let opened) = row[9], case .text(let title) = row[10], case .text(let phase) = row[11]
    else { return nil }
    self.init(
      key: key, next: Instant(microseconds: next), asked: asked.split(separator: "|").map(String.init), group: group,
      tier: tier, queue: queue, workflow: workflow, risk: risk, holder: holder, opened: Instant(microseconds: opened),
      title: title, phase: phase)
  }
}

extension Value {
  /// A count: PostgreSQL sums as numeric, which may come as text or real.
  fileprivate var count: Int? {
    switch self {
    case .integer(let value): Int(clamping: value)
    case .real(let value): Int(exactly: value)
    case .text(let value): Int(value)
    case .null, .blob: nil
    }
  }
}
