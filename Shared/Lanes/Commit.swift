import JSON
import Messaging
import Storage
import Wire

/// A batch that is durable.
struct Committed<D: Decider> {
  let work: Work<D>
  let versions: [Int32: Int64]
}

extension LaneEngine {
  /// One transaction.
  ///
  /// - Parameter refused: why the only thing in `batch` is given its way out instead of being handled.
  func commit(_ batch: [Pending<D>], refused: Unreadable?) throws -> Committed<D> {
    var needs = Needs()
    for pending in batch { needs.keys.formUnion(pending.keys) }
    needs.keys.formUnion(try keysLookedUp(batch))
    let cleaned = relay.takeDone()
    let alerts = pendingAlerts
    let takesKeys = batch.contains { $0.asked?.claim != nil || $0.asked?.lookUp != nil }
    do {
      for _ in 0..<4 {
        if takesKeys, doubtsKeys { try recoverDoubtedKeys() }
        do {
          let committed = try store.transaction { try run(batch, refused, needs, alerts, cleaned, $0) }
          pendingAlerts.removeFirst(alerts.count)
          released.removeAll()
          return committed
        } catch let missing as Needs {
          needs.add(missing)
        }
      }
      throw StoreError(.refused, "its steps touch ever more states")
    } catch {
      relay.giveBack(cleaned)
      throw error
    }
  }

  /// - Throws: `Needs` where it turned out to touch more than was loaded and locked.
  private func run(
    _ batch: [Pending<D>], _ refused: Unreadable?, _ needs: Needs, _ alerts: [LaneAlert], _ cleaned: [(StreamKey, Int64)],
    _ transaction: any StoreTransaction
  ) throws -> Committed<D> {
    let touched = needs.lanes.union(needs.keys.map { Wire.lane(of: $0, among: config.lanes) })
    var (work, versions) = try lockLanes(touched.filter { lanes[$0] == nil }, needs.keys, transaction)
    try loadStates(needs.keys, &work, transaction)
    if batch.contains(where: { $0.asked?.claim != nil || $0.asked?.lookUp != nil }) { try checkKeys(transaction) }
    work.alerts = alerts
    for partition in released { if let position = work.positions[partition] { keep(position, partition, &work) } }
    let admitted = batch.map { admit($0, &work) }
    let failing = refused.map { refused in Dictionary(uniqueKeysWithValues: batch.indices.map { ($0, refused) }) } ?? needs.failures
    let claims = try takeClaims(batch, admitted, without: failing, loaded: needs.keys, transaction)
    for (index, pending) in batch.enumerated() {
      let failed = process(pending, admitted: admitted[index], claimed: claims[index], refused: failing[index], &work)
      if let failed, failing[index] == nil, pending.asked?.claim != nil, claims[index] == nil {
        work.missing.failures[index] = failed
      }
    }
    guard work.missing.isEmpty else { throw work.missing }
    for alert in work.alerts { say(alert, &work) }
    sayHeads(&work)
    if let absorber, !work.absorbed.isEmpty || (absorber.isWaiting && !lanes.isEmpty) { try absorber.absorb(work.absorbed, in: transaction) }
    try save(work, versions: &versions, cleaned: cleaned, transaction)
    return Committed(work: work, versions: versions)
  }

  /// Another run of the server may be a copy that lacks keys which lanes of others have taken: nothing else would tell us,
  /// where our own lanes lost nothing. - Throws: `Needs`, to begin anew with whole keys.
  private func checkKeys(_ transaction: any StoreTransaction) throws {
    let server = try transaction.server()
    guard server != keysServer || doubtsKeys else { return }
    doubtsKeys = true
    throw Needs()
  }

  private func recoverDoubtedKeys() throws {
    do { try recoverKeys() } catch let error as BusError where error.kind == .unavailable {
      throw StoreError(.unavailable, "the log cannot be asked for idempotency keys: \(error)")
    }
  }

  /// What stands in memory is good: a lane into which another has written since was found out by its version, under the
  /// lock, and forgotten.
  private func loadStates(_ keys: Set<String>, _ work: inout Work<D>, _ transaction: any StoreTransaction) throws {
    var missing: [String] = []
    for key in keys { if let state = kept[key] { work.states[key] = state } else { missing.append(key) } }
    missing.sort()
    for (key, row) in zip(missing, try transaction.load(statesTable, missing.map { [.text($0)] })) {
      if let row { work.states[key] = try decode(row) }
    }
  }

  /// Locks our lanes and those that the batch touches besides, and takes numbers and epochs from the rows.
  private func lockLanes(
    _ extra: Set<Int32>, _ keys: Set<String>, _ transaction: any StoreTransaction
  ) throws -> (Work<D>, [Int32: Int64]) {
    let all = (Array(lanes.keys) + extra).sorted()
    let rows = try transaction.lock(Tables.lanes, all.map { [.integer(Int64($0))] })
    var epochs: [Int32: Int64] = [:]
    var versions: [Int32: Int64] = [:]
    for (lane, row) in zip(all, rows) {
      guard let row else { throw StoreError(.damaged, "lane \(lane) has no row") }
      let (epoch, version) = (try row[2].integer(), try row[4].integer())
      epochs[lane] = epoch
      versions[lane] = version
      if let own = lanes[lane] {
        try check(own, lane, row)
        if version > own.version { try takeForeignNumbers(lane, transaction) }
      } else {
        if try row[6].text() == recovering { throw StoreError(.unavailable, "lane \(lane) is being recovered") }
        learn(try loadNumbers(lane, transaction), lane)
        try makeFamiliar(lane, epoch, version, transaction)
      }
    }
    let work = Work<D>(
      epochs: epochs, now: now, wall: clock.wall, loaded: keys, numbers: numbers, positions: positions)
    return (work, versions)
  }

  /// Before it writes into a lane of another owner, or of none: the database may be an old backup of which nobody has
  /// taken that lane yet, and epoch and version of a copy can be those that we saw last. Asks the log once for each
  /// epoch and run of the database server.
  private func makeFamiliar(
    _ lane: Int32, _ epoch: Int64, _ version: Int64, _ transaction: any StoreTransaction
  ) throws {
    let server = try transaction.server()
    if let known = familiar[lane], known.server == server, known.epoch == epoch, known.version <= version {
      familiar[lane] = (server, epoch, version)
      return
    }
    do {
      let tails = try readTails(lane)
      if tails.contains(where: { $0.value.number > numbers[StreamKey(topic: $0.key, lane: lane)]?.number ?? 0 }) {
        throw StoreError(.unavailable, "lane \(lane) has not been recovered yet")
      }
    } catch let error as BusError where error.kind == .unavailable {
      throw StoreError(.unavailable, "lane \(lane) cannot be checked: \(error)")
    }
    familiar[lane] = (server, epoch, version)
  }

  /// - Throws: `lost` where the lane is not ours any more, or the database is not the one that we knew.
  func check(_ own: Lane, _ lane: Int32, _ row: Row) throws {
    guard try row[1].text() == config.instance else { throw LaneError.lost(lane) }
    guard try row[2].integer() == own.epoch, try row[4].integer() >= own.version, try row[3].integer() == own.until else {
      throw wentBack(lane)
    }
  }

  /// The database is an older one: what we have on the wire is of a history that is lost.
  private func wentBack(_ lane: Int32) -> LaneError {
    relay.restart()
    doubtsKeys = true
    return LaneError.lost(lane)
  }

  /// Locks the row of a lane of ours. - Throws: `lost`.
  func checkOwned(_ lane: Int32, _ transaction: any StoreTransaction) throws {
    guard let own = lanes[lane], let row = try transaction.lock(Tables.lanes, [[.integer(Int64(lane))]])[0] else {
      throw LaneError.lost(lane)
    }
    try check(own, lane, row)
  }

  /// Another instance has written into our lane. Only numbers can have changed by that, and only upwards; anything else
  /// means that the database went back and was written since.
  private func takeForeignNumbers(_ lane: Int32, _ transaction: any StoreTransaction) throws {
    let found = try loadNumbers(lane, transaction)
    let isBehind = numbers.contains { $0.key.lane == lane && $0.value.number > (found[$0.key]?.number ?? 0) }
    let marks = try loadPositions(lane, transaction).mapValues(\.mark)
    guard !isBehind, marks.allSatisfy({ positions[$0.key]?.mark == $0.value }) else { throw wentBack(lane) }
    learn(found, lane)
    kept.removeAll()
    try syncRelay(lane, transaction)
    outdated.insert(lane)
  }

  /// Takes the numbers of a lane from the database; of what was known before, nothing is left.
  func learn(_ found: [StreamKey: Given], _ lane: Int32) {
    for key in numbers.keys where key.lane == lane && found[key] == nil { numbers[key] = nil }
    for (key, given) in found { numbers[key] = given }
  }

  func loadNumbers(_ lane: Int32, _ transaction: any StoreTransaction) throws -> [StreamKey: Given] {
    var found: [StreamKey: Given] = [:]
    let rows = try transaction.query(
      "SELECT topic, number, epoch FROM numbers WHERE lane = ?", [.integer(Int64(lane))])
    for row in rows {
      found[StreamKey(topic: try row[0].text(), lane: lane)] = Given(
        number: try row[1].integer(), epoch: try row[2].integer())
    }
    return found
  }

  /// Rows that another instance wrote into our lane.
  func syncRelay(_ lane: Int32, _ transaction: any StoreTransaction) throws {
    for entry in try Outbox.entries(of: lane, transaction) {
      relay.add(entry.stream, first: entry.first, count: entry.count, size: entry.size, frames: nil)
    }
  }

  func decode(_ row: Row) throws -> D.State {
    do { return try D.State(JSON.parse(row[4].blob(), limits: .stored)) } catch let error as StoreError { throw error } catch {
      throw StoreError(.damaged, "the state of \(row[0]) cannot be read: \(error)")
    }
  }

  private func save(
    _ work: Work<D>, versions: inout [Int32: Int64], cleaned: [(StreamKey, Int64)], _ transaction: any StoreTransaction
  ) throws {
    var upserts: [Row] = []
    var deletes: [Row] = []
    for key in work.changed.sorted() {
      if let state = work.states[key] { upserts.append(row(of: state, key: key)) } else { deletes.append([.text(key)]) }
    }
    if !upserts.isEmpty { try transaction.upsert(statesTable, upserts) }
    if !deletes.isEmpty { try transaction.delete(statesTable, deletes) }
    try IndexRow.save(work.rows, transaction)
    if !work.streams.isEmpty { try transaction.insert(Tables.outbox, work.streams.map { Outbox.row(work.batches[$0]!) }) }
    if !cleaned.isEmpty { try transaction.delete(Tables.outbox, cleaned.map { Outbox.key($0.0, $0.1) }) }
    try transaction.upsert(
      Tables.numbers,
      work.changedNumbers.sorted { ($0.topic, $0.lane) < ($1.topic, $1.lane) }.map {
        [.text($0.topic), .integer(Int64($0.lane)), .integer(work.numbers[$0]!.number), .integer(work.numbers[$0]!.epoch)]
      })
    try transaction.upsert(Tables.positions, work.changedPositions.sorted().map { Self.row(of: work.positions[$0]!, $0) })
    if !work.ended.isEmpty { try transaction.delete(Tables.begun, work.ended.map { [.text($0.key), .text($0.call)] }) }
    for lane in versions.keys.sorted() where work.touched.contains(lane) {
      versions[lane]! += 1
      // What was noted is handled; who else is suspected stays so.
      if let own = lanes[lane], own.isCareful {
        try transaction.execute(
          "UPDATE lanes SET version = ?, note = ? WHERE lane = ?",
          [.integer(versions[lane]!), .text(own.suspects.joined(separator: "\n")), .integer(Int64(lane))])
        continue
      }
      try transaction.execute("UPDATE lanes SET version = ? WHERE lane = ?", [.integer(versions[lane]!), .integer(Int64(lane))])
    }
  }

  static func key(of partition: TopicPartition) -> Row { [.text(partition.topic), .integer(Int64(partition.partition))] }

  static func row(of position: Position, _ partition: TopicPartition) -> Row {
    [
      .text(partition.topic), .integer(Int64(partition.partition)), .integer(Int64(position.lane)),
      .integer(position.safeOffset), .integer(position.mark.epoch), .integer(position.mark.number),
    ]
  }

  func row(of state: D.State, key: String) -> Row {
    var writer = JSONWriter(reserving: 512)
    state.write(&writer)
    let due = state.timers.map(\.due).min()
    let calls = state.calls.count
    return [
      .text(key), .integer(Int64(Wire.lane(of: key, among: config.lanes))),
      due.map { .integer($0.microseconds) } ?? .null, calls == 0 ? .null : .integer(Int64(calls)), .blob(writer.finish()),
    ] + state.columns
  }
}
