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
  /// Where it stands in the order: the next deadline by the minute, then impact.
  let place: String
  let next: Instant
  let asked: [String]
  let group: String
  let tier: Int64
  let queue: String
  let workflow: String
  let risk: String
  let holder: String
  /// Who has put it aside for later; it is free.
  let held: String
  let opened: Instant
  let title: String
  let phase: String

  func json(now: Instant) -> JSON {
    [
      "case": .string(key), "state": .string(phase), "workflow": .string(workflow), "queue": .string(queue),
      "group": .string(group), "groups": .array(asked.map { .string($0) }), "tier": .integer(tier), "risk": .string(risk),
      "holder": holder.isEmpty ? .null : .string(holder), "held": held.isEmpty ? .null : .string(held),
      "opened_at": .string(opened.description),
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

extension GroupCount {
  fileprivate mutating func add(_ sum: Tally) {
    open += sum.open
    unclaimed += sum.unclaimed
    breached += sum.breached
    oldest = min(oldest ?? sum.oldest, sum.oldest)
  }
}

/// What waits for whoever is in one of some groups.
struct Tally: Sendable {
  /// As the index has it: the groups between bars.
  let asked: String
  let open: Int
  let unclaimed: Int
  let breached: Int
  let oldest: Instant

  /// Nil for a row that is not as the query asks for it.
  init?(_ row: Row) {
    guard case .text(let asked) = row[0], let open = row[1].count, let unclaimed = row[2].count, let breached = row[3].count,
      case .integer(let oldest) = row[4]
    else { return nil }
    (self.asked, self.open, self.unclaimed, self.breached, self.oldest) = (asked, open, unclaimed, breached, Instant(microseconds: oldest))
  }
}

/// Lists and counts of tasks, from the index alone.
struct TaskList: Sendable {
  let store: any Store
  /// Who is there: nobody who is away is offered anything, and what was laid aside by or for them is their delegate's meanwhile.
  var presence = Presence(People([]), [], at: .distantPast)
  /// Sums over all that is open, where that is very much.
  var tallies = Lately<[Tally]>()

  /// Which of somebody's tasks are listed.
  enum Kind: String {
    /// All but those that the person has left to others.
    case open
    /// Of those, what nobody else holds or has put aside: what to take next.
    case free
    /// What the person has left to others.
    case skipped
    /// Where the person was asked for help.
    case help
    /// Waiting for an answer of whoever asked.
    case asked
    /// Decided, not released yet.
    case waiting
  }

  /// A page of the tasks that somebody may decide: the next deadline first, by the minute, and then the greater impact.
  ///
  /// - Parameters:
  ///   - filter: only tasks of these.
  ///   - after: `next` of the page before.
  /// - Throws: 400 for a cursor that is none.
  func page(
    for person: Person, _ kind: Kind = .open, filter: TaskFilter = TaskFilter(), after: String? = nil, limit: Int = 50
  ) throws -> (rows: [TaskRow], next: String?) {
    let limit = max(1, min(limit, 200))
    guard !person.groups.isEmpty else { return ([], nil) }
    if kind == .open || kind == .free, presence.absence(of: person.id) != nil { return ([], nil) }
    let names = [person.id] + presence.standsFor(person.id).map(\.person)
    var sql = """
      SELECT key, place, next, asked, grp, tier, queue, workflow, risk, holder, held, opened, title, phase FROM states
      WHERE phase = ? AND requester <> ?
      """
    var arguments: [Value] = [.text(kind == .waiting ? "waiting" : kind == .asked ? "asked" : "open"), .text(person.id)]
    if let after {
      let parts = after.prefix(120).filter { $0 != "\0" }.split(separator: "_", maxSplits: 1)
      guard parts.count == 2 else { throw Problem(.badRequest, "after", "The member next of the page before was expected.") }
      let (place, key) = (String(parts[0]), String(parts[1]))
      sql += " AND place >= ? AND (place > ? OR key > ?)"
      arguments += [.text(place), .text(place), .text(key)]
    }
    let own = Value.text("%|\(person.id)|%")
    switch kind {
    case .open:
      sql += " AND skipped NOT LIKE ?"
      arguments.append(own)
    case .free:
      sql += " AND skipped NOT LIKE ? AND holder IN ('', ?) AND held IN ('', \(names.map { _ in "?" }.joined(separator: ", ")))"
      arguments += [own, .text(person.id)] + names.map { .text($0) }
    case .skipped:
      sql += " AND skipped LIKE ?"
      arguments.append(own)
    case .help:
      sql += " AND (" + names.map { _ in "helpers LIKE ?" }.joined(separator: " OR ") + ")"
      arguments += names.map { .text("%|\($0)|%") }
    case .waiting, .asked: break
    }
    if kind != .help, !person.groups.contains(dutyGroup) {
      sql += " AND (" + person.groups.map { _ in "asked LIKE ?" }.joined(separator: " OR ") + ")"
      arguments += person.groups.map { .text("%|\($0)|%") }
    }
    let filtered = filter.sql
    sql += filtered.text
    arguments += filtered.arguments
    sql += " ORDER BY place, key LIMIT ?"
    arguments.append(.integer(Int64(limit)))
    let rows = try read(sql, arguments).compactMap(TaskRow.init)
    return (rows, rows.count == limit ? rows.last.map { "\($0.place)_\($0.key)" } : nil)
  }

  /// When the first of the tasks that others hold now comes free, if nobody makes their claim longer; of the first hundred. Nil where none is held.
  func nextFree(for person: Person, filter: TaskFilter) throws -> Instant? {
    let held = try page(for: person, .open, filter: filter, limit: 100).rows.filter { !$0.holder.isEmpty && $0.holder != person.id }
    do { return try held.compactMap { try ReviewTask.stored($0.key, store)?.claim?.until }.min() } catch is StoreError { throw CommandError.unavailable }
  }

  /// What waits for each of somebody's groups, without what they asked for themselves.
  func counts(for person: Person) throws -> [GroupCount] {
    // Few have asked for something themselves; the sums are the same for all others.
    let own = try read("SELECT 1 FROM states WHERE phase = 'open' AND requester = ? AND requester <> '' LIMIT 1", [.text(person.id)])
    let sums = try own.isEmpty ? tallies.value("") { [self] in try tally(without: nil) } : tally(without: person.id).value
    return person.groups.map { group in
      var count = GroupCount(group: group)
      for sum in sums where sum.asked.contains("|\(group)|") { count.add(sum) }
      return count
    }
  }

  /// What waits by the groups that are asked, and how many tasks that are.
  private func tally(without requester: String?) throws -> (value: [Tally], rows: Int) {
    let rows = try read(
      """
      SELECT asked, count(*), sum(CASE WHEN holder = '' THEN 1 ELSE 0 END), sum(CASE WHEN tier > 1 THEN 1 ELSE 0 END), min(opened)
      FROM states WHERE phase = 'open'\(requester == nil ? "" : " AND requester <> ?") GROUP BY asked
      """, requester.map { [.text($0)] } ?? [])
    let sums = rows.compactMap(Tally.init)
    return (sums, sums.reduce(0) { $0 + $1.open })
  }

  private func read(_ sql: String, _ arguments: [Value]) throws -> [Row] {
    do { return try store.read { try $0.query(sql, arguments) } } catch is StoreError { throw CommandError.unavailable }
  }
}

extension TaskRow {
  /// Nil for a row that is not as the query asks for it.
  init?(_ row: Row) {
    guard row.count == 14, case .text(let key) = row[0], case .text(let place) = row[1], case .integer(let next) = row[2],
      case .text(let asked) = row[3], case .text(let group) = row[4], case .integer(let tier) = row[5],
      case .text(let queue) = row[6], case .text(let workflow) = row[7], case .text(let risk) = row[8],
      case .text(let holder) = row[9], case .text(let held) = row[10], case .integer(let opened) = row[11],
      case .text(let title) = row[12], case .text(let phase) = row[13]
    else { return nil }
    self.init(
      key: key, place: place, next: Instant(microseconds: next), asked: asked.split(separator: "|").map(String.init), group: group,
      tier: tier, queue: queue, workflow: workflow, risk: risk, holder: holder, held: held, opened: Instant(microseconds: opened),
      title: title, phase: phase)
  }
}

extension Value {
  /// A count: PostgreSQL sums as numeric, which may come as text or real.
  var count: Int? {
    switch self {
    case .integer(let value): Int(clamping: value)
    case .real(let value): Int(exactly: value)
    case .text(let value): Int(value)
    case .null, .blob: nil
    }
  }
}
