import Identity
import JSON
import Storage
import Wire

/// How one queue stands, and where it is going.
struct QueueHealth: Sendable, Equatable {
  let queue: String
  var open = 0
  var free = 0
  /// Tasks that have left their first rung.
  var breached = 0
  var oldest: Instant?
  /// Whose next deadline lies within the hour, or behind.
  var dueSoon = 0
  /// Cases that came, and that ended, in the last hour.
  var arrived = 0
  var ended = 0
  /// How long 95 of 100 cases took from their opening to their end, in the last day; nil where too few ended to say.
  var p95: Double?
  /// Who owns the open ones (ruling 25): whoever holds it, a group with somebody in it, the duty officer, or whoever is
  /// accountable for the workflow.
  var owners = Owners()

  struct Owners: Sendable, Equatable {
    var claimant = 0
    var group = 0
    var duty = 0
    var accountable = 0
  }

  var unowned: Int { max(0, open - owners.claimant - owners.group - owners.duty - owners.accountable) }
  /// How many will be open in an hour if as many come and end as in the last one.
  var openInAnHour: Int { max(0, open + arrived - ended) }
  /// How many of those that are due within the hour will be late at that pace.
  var lateInAnHour: Int { max(0, dueSoon - ended) }

  func json(now: Instant) -> JSON {
    [
      "queue": .string(queue), "open": .integer(Int64(open)), "free": .integer(Int64(free)), "breached": .integer(Int64(breached)),
      "oldest": oldest.map { .string($0.description) } ?? .null,
      "oldest_seconds": oldest.map { .integer(Int64(max(0, now.seconds(since: $0)))) } ?? .null,
      "due_within_hour": .integer(Int64(dueSoon)), "arrived_last_hour": .integer(Int64(arrived)), "ended_last_hour": .integer(Int64(ended)),
      "p95_seconds": p95.map { .integer(Int64($0)) } ?? .null, "forecast": ["open": .integer(Int64(openInAnHour)), "late": .integer(Int64(lateInAnHour))],
      "owners": [
        "claimant": .integer(Int64(owners.claimant)), "group": .integer(Int64(owners.group)), "duty": .integer(Int64(owners.duty)),
        "accountable": .integer(Int64(owners.accountable)),
      ],
      "unowned": .integer(Int64(unowned)),
    ]
  }
}

/// Reckons the health of queues from the index of open tasks and from what is remembered.
struct HealthReport: Sendable {
  let memory: CaseMemory
  /// Whose a task is, by the rule that holds everywhere.
  let duty: Duty
  let now: Instant
  var lately = Lately<[QueueHealth]>()

  static let hour: Double = 3_600
  /// Below that a p95 says nothing (S2).
  static let fewestForP95 = 59
  /// The newest of a day's ends; more are not read for one page.
  static let mostEnds = 5_000

  /// Of the queues in which some group of this person is asked, by name.
  func queues(for person: Person) throws -> [QueueHealth] {
    try lately.value(person.groups.sorted().joined(separator: " ")) { [self] in
      let found = try reckon(for: person)
      return (found, found.reduce(0) { $0 + $1.open })
    }
  }

  private func reckon(for person: Person) throws -> [QueueHealth] {
    var found: [String: QueueHealth] = [:]
    func mayKnow(_ asked: String) -> Bool { person.groups.contains { asked.contains("|\($0)|") } }
    let soon = Value.integer(now.adding(seconds: Self.hour).microseconds), before = Value.integer(now.adding(seconds: -Self.hour).microseconds)
    let open = try memory.read(
      """
      SELECT queue, asked, grp, count(*), sum(CASE WHEN holder = '' THEN 1 ELSE 0 END), sum(CASE WHEN tier > 1 THEN 1 ELSE 0 END), min(opened),
      sum(CASE WHEN next <= ? THEN 1 ELSE 0 END) FROM states WHERE phase = 'open' GROUP BY queue, asked, grp
      """, [soon])
    for row in open {
      guard case .text(let queue) = row[0], case .text(let asked) = row[1], mayKnow(asked), case .text(let group) = row[2], let count = row[3].count,
        let free = row[4].count, let breached = row[5].count, case .integer(let oldest) = row[6], let due = row[7].count
      else { continue }
      var health = found[queue] ?? QueueHealth(queue: queue)
      health.open += count
      health.free += free
      health.breached += breached
      health.dueSoon += due
      health.oldest = min(health.oldest ?? Instant(microseconds: oldest), Instant(microseconds: oldest))
      health.owners.claimant += count - free
      try own(queue, asked, group, free, &health.owners)
      found[queue] = health
    }
    let came = try memory.read("SELECT queue, asked, count(*) FROM cases WHERE opened > ? GROUP BY queue, asked", [before])
    let ended = try memory.read(
      """
      SELECT c.queue, c.asked, count(*) FROM hops h JOIN cases c ON c.key = h.key WHERE h.kind = ? AND h.moment > ? GROUP BY c.queue, c.asked
      """, [.text(TaskEvent.Kind.closed.rawValue), before])
    for (rows, member) in [(came, \QueueHealth.arrived), (ended, \QueueHealth.ended)] {
      for row in rows {
        guard case .text(let queue) = row[0], case .text(let asked) = row[1], mayKnow(asked), let count = row[2].count else { continue }
        found[queue, default: QueueHealth(queue: queue)][keyPath: member] += count
      }
    }
    var spans: [String: [Double]] = [:]
    let day = Value.integer(now.adding(seconds: -24 * Self.hour).microseconds)
    let ends = try memory.read(
      """
      SELECT c.queue, c.asked, h.moment - c.opened FROM hops h JOIN cases c ON c.key = h.key WHERE h.kind = ? AND h.moment > ?
      ORDER BY h.moment DESC LIMIT ?
      """, [.text(TaskEvent.Kind.closed.rawValue), day, .integer(Int64(Self.mostEnds))])
    for row in ends {
      guard case .text(let queue) = row[0], case .text(let asked) = row[1], mayKnow(asked), case .integer(let span) = row[2] else { continue }
      spans[queue, default: []].append(max(0, Double(span) / 1e6))
    }
    for (queue, all) in spans where all.count >= Self.fewestForP95 { found[queue]?.p95 = all.sorted()[(all.count * 95 + 99) / 100 - 1] }
    return found.values.sorted { $0.queue < $1.queue }
  }

  /// Whose the free tasks of a queue are that ask the same groups and stand at the same rung's.
  private func own(_ queue: String, _ asked: String, _ group: String, _ free: Int, _ owners: inout QueueHealth.Owners) throws {
    guard free > 0 else { return }
    // The index does not tell who owns a task by name; at the officers' rung, the last of most ladders, it is one of them.
    let groups = group == dutyGroup ? [] : [group] + asked.split(separator: "|").map(String.init).filter { $0 != group && $0 != dutyGroup }
    if owner(groups, requester: "").kind == .group, areMany(groups) {
      owners.group += free
      return
    }
    let rows = try memory.read(
      "SELECT requester, count(*) FROM states WHERE phase = 'open' AND queue = ? AND asked = ? AND grp = ? AND holder = '' GROUP BY requester",
      [.text(queue), .text(asked), .text(group)])
    for row in rows {
      guard case .text(let requester) = row[0], let count = row[1].count else { continue }
      switch owner(groups, requester: requester).kind {
      case .group: owners.group += count
      case .duty: owners.duty += count
      case .accountable: owners.accountable += count
      case .claimant: owners.claimant += count
      }
    }
  }

  private func owner(_ groups: [String], requester: String) -> Owner {
    duty.owner(asked: groups, requester.isEmpty ? .object(JSONObject()) : ["requester": ["id": .string(requester)]], at: now)
  }

  /// Whether some group at work has two people of whom no requester keeps both away.
  private func areMany(_ groups: [String]) -> Bool {
    let presence = duty.presence(at: now)
    return groups.contains { group in
      guard duty.schedules.isOnShift(group, at: now) else { return false }
      let humans = duty.members(of: group, .object(JSONObject()), at: now).map { presence.humans($0.id) }
      return humans.first.map { first in humans.contains { $0.isDisjoint(with: first) } } ?? false
    }
  }
}
