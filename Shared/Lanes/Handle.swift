import JSON
import Messaging
import Storage
import Wire

extension LaneEngine {
  /// Handles a batch: all of it in one transaction where the database lets it, in halves where it refuses the data.
  func handle(_ batch: [Pending<D>]) throws {
    var rest = batch[...]
    var size = max(batch.count, 1)
    var attempts = 0
    repeat {
      let chunk = rest.prefix(size)
      do {
        try commit(Array(chunk), refused: nil)
        rest = rest.dropFirst(chunk.count)
        attempts = 0
        holdSteps = 0
      } catch let error as StoreError {
        attempts += 1
        statistics.retries += 1
        switch error.kind {
        case .conflict where attempts < 10: continue
        case .refused where chunk.count > 1: size = max(1, chunk.count / 2)
        case .refused where attempts < 3: continue
        case .refused:
          // It belongs to this one message: it is poison.
          try commit(Array(chunk), refused: error)
          rest = rest.dropFirst(chunk.count)
        case .conflict, .unavailable, .full: return hold(rest, error)
        case .commitUnknown, .damaged:
          for pending in rest { pending.ticket?.end(.failure(.unknown)) }
          if error.kind == .commitUnknown { throw LaneError.commitUnknown }
          throw error
        }
      } catch LaneError.lost(let lane) {
        forget(lane)
        rest = rest.filter { laneOf($0) != lane }[...]
        size = max(rest.count, 1)
      }
    } while !rest.isEmpty
  }

  private func laneOf(_ pending: Pending<D>) -> Int32? {
    if case .message(_, let lane, _) = pending { lane } else { nil }
  }

  /// The database cannot take it now: keep what came from the bus and from calls, refuse the commands, wait a little.
  private func hold(_ rest: ArraySlice<Pending<D>>, _ error: StoreError) {
    holdSteps = min(holdSteps + 1, 6)
    holdUntil = clock.wall.adding(seconds: 0.05 * Double(1 << holdSteps))
    var messages: [Message] = []
    for pending in rest {
      switch pending {
      case .message(let message, _, _): messages.append(message)
      case .event(_, _, let ticket): ticket?.end(.failure(error.kind == .full ? .overloaded(retryAfter: 30) : .unavailable))
      case .ended(let call, let key, let result):
        if let result { mailbox.put(.ended(call: call, key: key, result: result), bounded: false) }
      case .loss(_, let ticket): ticket.end(.failure(.unavailable))
      case .due: break
      }
    }
    inbox = messages + inbox
  }

  /// One transaction. - Parameter refused: the only message of `batch` cannot be saved, for this reason.
  private func commit(_ batch: [Pending<D>], refused: StoreError?) throws {
    var extra: Set<Int32> = []
    var keys: [String] = []
    var seen: Set<String> = []
    for pending in batch {
      for key in pending.keys {
        if seen.insert(key).inserted { keys.append(key) }
        let lane = Wire.lane(of: key, among: config.lanes)
        if lanes[lane] == nil { extra.insert(lane) }
      }
    }
    let cleaned = relay.takeDone()
    let alerts = pendingAlerts
    let work: Work<D>
    var versions: [Int32: Int64] = [:]
    do {
      (work, versions) = try store.transaction { transaction in
        var (work, versions) = try lockLanes(extra, transaction)
        for (key, row) in zip(keys, try transaction.load(statesTable, keys.map { [.text($0)] })) {
          if let row { work.states[key] = try decode(row) }
        }
        work.alerts = alerts
        let claims = try takeClaims(batch, work, transaction)
        for (index, pending) in batch.enumerated() {
          process(pending, claimed: claims[index], refused: refused, &work)
        }
        for alert in work.alerts { say(alert, &work) }
        sayHeads(&work)
        if let absorber, !work.absorbed.isEmpty { try absorber.absorb(work.absorbed, in: transaction) }
        try save(work, versions: &versions, cleaned: cleaned, transaction)
        return (work, versions)
      }
    } catch {
      relay.giveBack(cleaned)
      throw error
    }
    pendingAlerts.removeFirst(alerts.count)
    try apply(work, versions)
  }

  func decode(_ row: Row) throws -> D.State {
    do { return try D.State(JSON.parse(row[4].blob(), limits: .stored)) } catch let error as StoreError { throw error } catch {
      throw StoreError(.damaged, "the state of \(row[0]) cannot be read: \(error)")
    }
  }

  /// Locks our lanes and those that the batch touches besides, and takes numbers and epochs from the rows.
  private func lockLanes(
    _ extra: Set<Int32>, _ transaction: any StoreTransaction
  ) throws -> (Work<D>, [Int32: Int64]) {
    let all = (Array(lanes.keys) + extra).sorted()
    let rows = try transaction.lock(Tables.lanes, all.map { [.integer(Int64($0))] })
    var epochs: [Int32: Int64] = [:]
    var versions: [Int32: Int64] = [:]
    var stale = extra
    for (lane, row) in zip(all, rows) {
      guard let row else { throw StoreError(.damaged, "lane \(lane) has no row") }
      epochs[lane] = try row[2].integer()
      let version = try row[4].integer()
      versions[lane] = version
      guard let own = lanes[lane] else { continue }
      guard try row[1].text() == config.instance, epochs[lane] == own.epoch, version >= own.version else {
        throw LaneError.lost(lane)
      }
      if version > own.version { stale.insert(lane) }
    }
    for lane in stale.sorted() {
      for (key, given) in try loadNumbers(lane, transaction) { numbers[key] = given }
      if lanes[lane] != nil { try syncRelay(lane, transaction) }
    }
    let work = Work<D>(epochs: epochs, now: clock.story, wall: clock.wall, numbers: numbers, positions: positions)
    return (work, versions)
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

  /// Takes the idempotency keys of the events that will be decided.
  private func takeClaims(
    _ batch: [Pending<D>], _ work: Work<D>, _ transaction: any StoreTransaction
  ) throws -> [Int: KeyEntry] {
    var indexes: [Int] = []
    var entries: [KeyEntry] = []
    for (index, pending) in batch.enumerated() {
      let claim: KeyEntry?
      switch pending {
      case .message(_, _, .event(let event)), .event(let event, _, _): claim = event.claim
      default: claim = nil
      }
      if let claim {
        indexes.append(index)
        entries.append(claim)
      }
    }
    guard !entries.isEmpty else { return [:] }
    var found: [Int: KeyEntry] = [:]
    for (index, entry) in zip(indexes, try transaction.claim(Tables.keySet, entries)) { found[index] = entry }
    return found
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
    if !work.streams.isEmpty { try transaction.insert(Tables.outbox, work.streams.map { Outbox.row(work.batches[$0]!) }) }
    if !cleaned.isEmpty { try transaction.delete(Tables.outbox, cleaned.map { Outbox.key($0.0, $0.1) }) }
    try transaction.upsert(
      Tables.numbers,
      work.changedNumbers.sorted { ($0.topic, $0.lane) < ($1.topic, $1.lane) }.map {
        [.text($0.topic), .integer(Int64($0.lane)), .integer(work.numbers[$0]!.number), .integer(work.numbers[$0]!.epoch)]
      })
    try transaction.upsert(Tables.positions, work.changedPositions.sorted().map { Self.row(of: work.positions[$0]!, $0) })
    if !work.ended.isEmpty { try transaction.delete(Tables.begun, work.ended.map { [.text($0.key), .text($0.call)] }) }
    for lane in versions.keys.sorted() where work.touched.contains(lane) || lanes[lane]?.attempts ?? 0 > 0 {
      versions[lane]! += 1
      guard let own = lanes[lane] else {
        try transaction.execute("UPDATE lanes SET version = version + 1 WHERE lane = ?", [.integer(Int64(lane))])
        continue
      }
      try transaction.execute(
        "UPDATE lanes SET version = ?, attempts = ?, note = '' WHERE lane = ?",
        [.integer(versions[lane]!), .integer(own.attemptsAfterBatch), .integer(Int64(lane))])
    }
  }

  static func row(of position: Position, _ partition: TopicPartition) -> Row {
    [
      .text(partition.topic), .integer(Int64(partition.partition)), .integer(Int64(position.lane)),
      .integer(position.nextOffset), .integer(position.mark.epoch), .integer(position.mark.number),
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

  /// The transaction is durable: only now does anything of it leave, and memory follows the database.
  private func apply(_ work: Work<D>, _ versions: [Int32: Int64]) throws {
    numbers = work.numbers
    positions = work.positions
    for (lane, version) in versions where lanes[lane] != nil {
      lanes[lane]!.version = version
      lanes[lane]!.attempts = lanes[lane]!.attemptsAfterBatch
    }
    for stream in work.streams where lanes[stream.lane] != nil {
      let batch = work.batches[stream]!
      relay.add(
        stream, first: batch.first, count: batch.writer.count, size: batch.writer.bytes.count, frames: batch.writer.bytes)
      statistics.records += batch.writer.count
    }
    statistics.batches += 1
    for (answer, ticket) in work.answers {
      if let answer { ticket.end(.success(answer)) } else { ticket.end(.failure(.failed("it led to no answer"))) }
    }
    for key in work.changed {
      guard let state = work.states[key] else { continue }
      if let due = state.timers.map(\.due).min() { nextDue = min(nextDue ?? due, due) }
      for call in state.calls { calls.want(call, key: key) }
    }
    for alert in work.alerts { notice(alert) }
    for lane in work.saidHeads { lanes[lane]?.nextHeads = work.wall.adding(seconds: config.headsSeconds) }
    for (lane, text) in work.halted { lanes[lane]?.stopped = text }
    for (lane, ticket) in work.losses {
      lanes[lane]?.stopped = nil
      ticket.end(.success(()))
    }
    if !work.losses.isEmpty { try reassign() }
    noteCatchUp()
    nextCleaning = clock.wall.adding(seconds: 1)
    _ = try relay.step()
    for (partition, _) in work.gaps { try lookBack(partition) }
  }
}
