import Messaging
import Storage
import Wire

extension LaneEngine {
  /// Once a second: renews our leases, takes lanes that are free up to a fair share, gives surplus ones back.
  func upkeep(_ wall: Instant) throws {
    guard wall >= nextUpkeep else { return }
    nextUpkeep = wall.adding(seconds: 1)
    do {
      let taken = try renew(wall)
      for (lane, row) in taken { try take(lane, row) }
      try watchBroker()
    } catch let error as StoreError where error.kind != .commitUnknown && error.kind != .damaged {
      // The database is away; the lease ends by itself where this lasts.
      statistics.retries += 1
    } catch let error as BusError where error.kind == .unavailable {
      statistics.retries += 1
    }
    try giveBackDrained()
  }

  /// - Returns: lanes that are ours from now on and must be taken, with their rows as they were found.
  private func renew(_ wall: Instant) throws -> [(Int32, Row)] {
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
      var taken: [(Int32, Row)] = []
      var owned = 0
      for index in rows.indices {
        guard let row = rows[index] else { throw StoreError(.damaged, "lane \(index) has no row") }
        let lane = Int32(index)
        if try row[1].text() == me, lanes[lane] != nil {
          owned += 1
          if owned > share { lanes[lane]!.leaving = true }
        }
      }
      for index in rows.indices {
        let row = rows[index]!
        let lane = Int32(index)
        let owner = try row[1].text()
        let isFree = try owner.isEmpty || exclusive || row[3].integer() < now
        if owner == me, lanes[lane] != nil {
          rows[index]![3] = .integer(until)
        } else if lanes[lane] == nil, owned < share, isFree || owner == me {
          owned += 1
          taken.append((lane, row))
          rows[index]![1] = .text(me)
          rows[index]![3] = .integer(until)
        } else {
          continue
        }
        try transaction.upsert(Tables.lanes, [rows[index]!])
      }
      return taken
    }
  }

  /// Gives lanes back that are to leave, once all that they said has reached the broker.
  private func giveBackDrained() throws {
    let ready = lanes.filter { $0.value.leaving && relay.isDrained(of: $0.key) }.map(\.key)
    if !ready.isEmpty { try releaseLanes(ready) }
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
  }
}
