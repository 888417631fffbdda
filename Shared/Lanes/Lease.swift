import Messaging
import Storage
import Wire

extension LaneEngine {
  /// Every so often: renews our leases, takes lanes that are free up to a fair share, gives surplus ones back.
  func upkeep(_ wall: Instant) throws {
    guard wall >= nextUpkeep else { return }
    nextUpkeep = wall.adding(seconds: config.renewSeconds)
    do {
      let renewal = try renew(wall)
      isStandby = renewal.isStandby
      for lane in renewal.renewed { lanes[lane]?.until = renewal.until }
      for lane in renewal.lost { forget(lane) }
      for lane in renewal.surplus where lanes[lane]?.leavingSince == nil { lanes[lane]?.leavingSince = wall }
      if doubtsKeys, !renewal.taken.isEmpty { try recoverKeys() }
      for lane in renewal.taken { try takeWhole(lane) }
      for lane in renewal.cleared {
        lanes[lane]?.attempts = 0
        lanes[lane]?.suspects = []
      }
      outdated.formUnion(renewal.outdated)
      if wall >= nextWatch {
        nextWatch = wall.adding(seconds: 1)
        try watchBroker()
      }
      try expireKeys(wall)
    } catch let error as StoreError where error.kind != .commitUnknown && error.kind != .damaged {
      // The database is away; the lease ends by itself where this lasts.
      statistics.retries += 1
    } catch let error as BusError where error.kind == .unavailable {
      statistics.retries += 1
    }
    try giveBackDrained(wall)
  }

  /// Drops idempotency keys that are older than need be, some runs of them a minute. Not before the log has been asked
  /// which keys the database lacks.
  private func expireKeys(_ wall: Instant) throws {
    guard let kept = config.keysKeptSeconds, !lanes.isEmpty, !doubtsKeys, wall >= nextExpiry else { return }
    nextExpiry = wall.adding(seconds: 60)
    let end = now.adding(seconds: -kept).microseconds
    try store.transaction { try $0.expire(Tables.keySet, before: end) }
  }

  private struct Renewal {
    /// Ours from now on; they must be taken.
    var taken: [Int32] = []
    /// Not ours any more, or in a database that went back.
    var lost: [Int32] = []
    var renewed: [Int32] = []
    var until: Int64 = 0
    /// Others have written into them.
    var outdated: [Int32] = []
    /// They have worked long enough; what they tried before is forgotten.
    var cleared: [Int32] = []
    /// More than our share: they go to others once they are drained.
    var surplus: [Int32] = []
    /// Every lane is worked by another instance that lives.
    var isStandby = false
  }

  /// A lane that could not be taken as a whole is not taken at all.
  private func takeWhole(_ lane: Int32) throws {
    do {
      try take(lane)
      // Where its streams end was read in the run of the broker that we know, or it is not taken: its timers must not fire
      // before what lies in that run.
      try confirmBrokerRun()
    } catch LaneError.lost {
      forget(lane)
    } catch {
      forget(lane)
      throw error
    }
  }

  private func renew(_ wall: Instant) throws -> Renewal {
    let until = wall.adding(seconds: config.leaseSeconds).microseconds
    return try store.transaction { transaction in
      let share = try announce(wall, until, transaction)
      var renewal = Renewal()
      renewal.until = until
      // Looked at without locks first: in quiet times nobody waits for a row that another instance works with.
      let seen = try transaction.load(Tables.lanes, (0..<config.lanes).map { [.integer(Int64($0))] })
      renewal.isStandby = try lanes.isEmpty && !seen.contains { try mayTake($0, wall) }
      var wanted = Set(lanes.keys)
      if lanes.count < share { for lane in 0..<config.lanes where try mayTake(seen[Int(lane)], wall) { wanted.insert(lane) } }
      if config.takesAllOrNone, wanted.count < Int(config.lanes) {
        // What somebody else holds part of is nobody's: the holder of lane 0 gets the rest.
        if lanes[0] == nil { renewal.surplus = lanes.keys.sorted() }
        wanted = Set(lanes.keys)
      }
      let locked = wanted.sorted()
      let rows = try transaction.lock(Tables.lanes, locked.map { [.integer(Int64($0))] })
      let isWhole = try !config.takesAllOrNone || zip(locked, rows).allSatisfy { try lanes[$0] != nil || mayTake($1, wall) }
      var changed: [Row] = []
      var owned = 0
      for (lane, row) in zip(locked, rows) where lanes[lane] != nil {
        guard let row, let own = lanes[lane] else { throw StoreError(.damaged, "lane \(lane) has no row") }
        do {
          try check(own, lane, row)
        } catch LaneError.lost {
          renewal.lost.append(lane)
          continue
        }
        if try row[4].integer() > own.version { renewal.outdated.append(lane) }
        owned += 1
        if owned > share { renewal.surplus.append(lane) }
        renewal.renewed.append(lane)
        var next = row
        if isCalm(lane, wall) {
          renewal.cleared.append(lane)
          next[5] = .integer(0)
          next[6] = .text("")
        }
        next[3] = .integer(until)
        changed.append(next)
      }
      for (lane, row) in zip(locked, rows) where lanes[lane] == nil && owned < share && isWhole {
        guard try mayTake(row, wall), var next = row else { continue }
        owned += 1
        renewal.taken.append(lane)
        next[1] = .text(config.instance)
        next[3] = .integer(until)
        changed.append(next)
      }
      try transaction.upsert(Tables.lanes, changed)
      return renewal
    }
  }

  /// Says that we live, and counts who else does.
  ///
  /// - Returns: our share of the lanes. What does not divide evenly goes to the first in the order of their names.
  private func announce(_ wall: Instant, _ until: Int64, _ transaction: any StoreTransaction) throws -> Int {
    let me = config.instance
    try transaction.upsert(Tables.instances, [[.text(me), .integer(until)]])
    // An hour later, so that no two ever delete each other's row.
    let past = config.exclusive ? Int64.max : wall.adding(seconds: -3_600).microseconds
    try transaction.execute("DELETE FROM instances WHERE until < ? AND id <> ?", [.integer(past), .text(me)])
    let living = try transaction.query(
      "SELECT id FROM instances WHERE until >= ? OR id = ? ORDER BY id", [.integer(wall.microseconds), .text(me)])
    let all = Int(config.lanes)
    if config.takesAllOrNone { return all }
    let rank = living.firstIndex { $0[0] == .text(me) } ?? 0
    return all / max(1, living.count) + (rank < all % max(1, living.count) ? 1 : 0)
  }

  /// Whether a lane is free, or ours by its row without being at work here.
  private func mayTake(_ row: Row?, _ wall: Instant) throws -> Bool {
    guard let row else { throw StoreError(.damaged, "a lane has no row") }
    let owner = try row[1].text()
    return try owner.isEmpty || config.exclusive || owner == config.instance || row[3].integer() < wall.microseconds
  }

  /// Whether a lane that still counts attempts has worked for some seconds since it caught up with its input.
  private func isCalm(_ lane: Int32, _ wall: Instant) -> Bool {
    guard let own = lanes[lane], own.attempts > 0, own.catchUp.isEmpty else { return false }
    let since = own.calmSince ?? wall
    lanes[lane]!.calmSince = since
    return wall.seconds(since: since) >= 3
  }

  /// What other instances wrote into our lanes: rows to send, timers, calls.
  func refreshLanes() throws {
    guard !outdated.isEmpty else { return }
    do {
      try store.read { transaction in
        for lane in outdated.sorted() where lanes[lane] != nil {
          try syncRelay(lane, transaction)
          try resume(lane, transaction)
        }
      }
      outdated.removeAll()
    } catch let error as StoreError where error.kind != .damaged {
      statistics.retries += 1
    }
  }

  /// The timers and calls of a lane's states.
  func resume(_ lane: Int32, _ transaction: any StoreTransaction) throws {
    try resumeCalls(lane, transaction)
    let rows = try transaction.query(
      "SELECT min(due) FROM states WHERE lane = ? AND due IS NOT NULL", [.integer(Int64(lane))])
    if case .integer(let due)? = rows.first?.first { nextDue = min(nextDue ?? .init(microseconds: due), .init(microseconds: due)) }
  }

  /// Gives lanes back that are to leave, once all that they said has reached the broker. One whose records the broker does
  /// not take goes after a while all the same: they lie in the outbox, and its next owner sends them.
  private func giveBackDrained(_ wall: Instant) throws {
    let ready = lanes.filter { lane, own in
      own.leavingSince.map { relay.isDrained(of: lane) || wall.seconds(since: $0) > config.leaseSeconds } ?? false
    }.map(\.key)
    if !ready.isEmpty { try releaseLanes(ready.sorted()) }
  }

  func releaseLanes(_ leaving: [Int32]) throws {
    let done = relay.takeDone()
    do {
      try store.transaction { transaction in
        let locked = leaving.sorted()
        let rows = try transaction.lock(Tables.lanes, locked.map { [.integer(Int64($0))] })
        var changed: [Row] = []
        for (lane, row) in zip(locked, rows) {
          guard var row, try row[1].text() == config.instance, try row[2].integer() == lanes[lane]?.epoch
          else { continue }
          row.replaceSubrange(
            3...6, with: [.integer(0), row[4], .integer(0), try row[6].text() == recovering ? row[6] : .text("")])
          row[1] = .text("")
          changed.append(row)
          // Whoever has taken the lane meanwhile has read its outbox already, and waits for every row that he found.
          try transaction.delete(Tables.outbox, done.filter { $0.0.lane == lane }.map { Outbox.key($0.0, $0.1) })
          try withdrawPledges(lane, transaction)
        }
        try transaction.upsert(Tables.lanes, changed)
      }
    } catch {
      relay.giveBack(done)
      throw error
    }
    relay.giveBack(done.filter { !leaving.contains($0.0.lane) })
    for lane in leaving { forget(lane) }
    try reassign()
  }

  /// The lane is somebody else's; nothing of it stays in memory.
  func forget(_ lane: Int32) {
    lanes[lane] = nil
    kept.removeAll()
    relay.drop(lane)
    numbers = numbers.filter { $0.key.lane != lane }
    positions = positions.filter { $0.value.lane != lane }
    inbox.removeAll { positions[$0.source] == nil }
    resumed.removeAll { Wire.lane(of: $0.1, among: config.lanes) == lane }
    forgetPledges(lane)
    singly.removeAll { $0.ownedLane(config.lanes) == lane }
    familiar[lane] = nil
    if lanes.isEmpty { absorber?.release() }
  }
}
