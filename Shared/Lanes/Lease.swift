import Messaging
import Storage
import Wire

extension LaneEngine {
  /// Once a second: renews our leases, takes lanes that are free up to a fair share, gives surplus ones back.
  func upkeep(_ wall: Instant) throws {
    guard wall >= nextUpkeep else { return }
    nextUpkeep = wall.adding(seconds: 1)
    do {
      let renewal = try renew(wall)
      for lane in renewal.renewed { lanes[lane]?.until = renewal.until }
      for lane in renewal.lost { forget(lane) }
      if doubtsKeys, !renewal.taken.isEmpty { try recoverKeys() }
      for lane in renewal.taken { try takeWhole(lane) }
      // Were the ends of our streams read in the run that we know?
      if !renewal.taken.isEmpty { try checkBrokerRun() }
      for lane in renewal.cleared { lanes[lane]?.attempts = 0 }
      outdated.formUnion(renewal.outdated)
      try watchBroker()
      try expireKeys(wall)
    } catch let error as StoreError where error.kind != .commitUnknown && error.kind != .damaged {
      // The database is away; the lease ends by itself where this lasts.
      statistics.retries += 1
    } catch let error as BusError where error.kind == .unavailable {
      statistics.retries += 1
    }
    try giveBackDrained()
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
  }

  /// A lane that could not be taken as a whole is not taken at all.
  private func takeWhole(_ lane: Int32) throws {
    do {
      try take(lane)
    } catch LaneError.lost {
      forget(lane)
    } catch {
      forget(lane)
      throw error
    }
  }

  private func renew(_ wall: Instant) throws -> Renewal {
    let all = (0..<config.lanes).map { [Value.integer(Int64($0))] }
    let until = wall.adding(seconds: config.leaseSeconds).microseconds
    let now = wall.microseconds
    let me = config.instance
    let exclusive = config.exclusive
    return try store.transaction { transaction in
      try transaction.upsert(Tables.instances, [[.text(me), .integer(until)]])
      try transaction.execute("DELETE FROM instances WHERE until < ?", [.integer(exclusive ? until : now)])
      let living = max(1, try transaction.query("SELECT count(*) FROM instances", [])[0][0].integer())
      let share = Int((Int64(config.lanes) + living - 1) / living)
      var rows = try transaction.lock(Tables.lanes, all)
      var renewal = Renewal()
      renewal.until = until
      var owned = 0
      for index in rows.indices {
        guard let row = rows[index] else { throw StoreError(.damaged, "lane \(index) has no row") }
        let lane = Int32(index)
        guard let own = lanes[lane] else { continue }
        do {
          try check(own, lane, row)
        } catch LaneError.lost {
          renewal.lost.append(lane)
          continue
        }
        if try row[4].integer() > own.version { renewal.outdated.append(lane) }
        owned += 1
        if owned > share { lanes[lane]!.leaving = true }
      }
      for index in rows.indices {
        guard let row = rows[index] else { continue }
        let lane = Int32(index)
        let owner = try row[1].text()
        let isFree = try owner.isEmpty || exclusive || row[3].integer() < now
        var next = row
        if lanes[lane] != nil {
          guard !renewal.lost.contains(lane) else { continue }
          renewal.renewed.append(lane)
          if isCalm(lane, wall) {
            renewal.cleared.append(lane)
            next[5] = .integer(0)
            next[6] = .text("")
          }
        } else if owned < share, isFree || owner == me {
          owned += 1
          renewal.taken.append(lane)
          next[1] = .text(me)
        } else {
          continue
        }
        next[3] = .integer(until)
        rows[index] = next
        try transaction.upsert(Tables.lanes, [next])
      }
      return renewal
    }
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

  /// Gives lanes back that are to leave, once all that they said has reached the broker.
  private func giveBackDrained() throws {
    let ready = lanes.filter { $0.value.leaving && relay.isDrained(of: $0.key) }.map(\.key)
    if !ready.isEmpty { try releaseLanes(ready.sorted()) }
  }

  func releaseLanes(_ leaving: [Int32]) throws {
    let me = config.instance
    try store.transaction { transaction in
      for lane in leaving.sorted() {
        try transaction.execute(
          "UPDATE lanes SET owner = '', until = 0, attempts = 0, note = '' WHERE lane = ? AND owner = ?",
          [.integer(Int64(lane)), .text(me)])
      }
    }
    for lane in leaving { forget(lane) }
    try reassign()
  }

  /// The lane is somebody else's; nothing of it stays in memory.
  func forget(_ lane: Int32) {
    lanes[lane] = nil
    relay.drop(lane)
    numbers = numbers.filter { $0.key.lane != lane }
    positions = positions.filter { $0.value.lane != lane }
    inbox.removeAll { positions[$0.source] == nil }
    resumed.removeAll { Wire.lane(of: $0.1, among: config.lanes) == lane }
    singly.removeAll { $0.ownedLane(config.lanes) == lane }
    familiar[lane] = nil
  }
}
