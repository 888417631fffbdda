import JSON
import Messaging
import Storage
import Wire

extension LaneEngine {
  /// Makes a leased lane ours: raises its epoch above all that database and log know, recovers where the log is ahead,
  /// and reads on from the stored positions.
  func take(_ lane: Int32, _ row: Row) throws {
    let tails = try readTails(lane)
    let logEpoch = tails.values.map(\.epoch).max() ?? 0
    let epoch = max(try row[2].integer(), logEpoch, clock.wall.unixSeconds) + 1
    let attempts = try row[5].integer() + 1
    var history = History(text: try row[7].text()) ?? History(id: newHistoryID(epoch))
    let (version, given) = try store.transaction { transaction -> (Int64, [StreamKey: Given]) in
      guard var current = try transaction.lock(Tables.lanes, [[.integer(Int64(lane))]])[0],
        try current[1].text() == config.instance
      else { throw LaneError.lost(lane) }
      let version = try current[4].integer() + 1
      current[2] = .integer(epoch)
      current[4] = .integer(version)
      current[5] = .integer(attempts)
      current[7] = .text(history.text)
      try transaction.upsert(Tables.lanes, [current])
      return (version, try loadNumbers(lane, transaction))
    }
    let own = Dictionary(uniqueKeysWithValues: given.map { ($0.key.topic, $0.value.number) })
    if let published = try readPublishedHistory(lane, tails), let refusal = history.refusal(numbers: own, published: published) {
      throw LaneError.cannotStart(
        "lane \(lane): \(refusal). This database was replaced by another one. Start the service on the newest database, or on an older backup of it.")
    }
    lanes[lane] = Lane(
      epoch: epoch, version: version, history: history.text, attempts: attempts, note: try row[6].text())
    for (key, value) in given { numbers[key] = value }
    try loadPositions(lane)
    try checkForForks(lane, tails)
    let behind = tails.filter { $0.value.number > (given[StreamKey(topic: $0.key, lane: lane)]?.number ?? 0) }
    if !behind.isEmpty {
      history = history.followed(by: newHistoryID(epoch), at: own)
      try recover(lane, tails, history)
    }
    try store.read { try syncRelay(lane, $0) }
    try beginReading(lane)
    try resumeCalls(lane)
    try store.read { transaction in
      let rows = try transaction.query(
        "SELECT min(due) FROM states WHERE lane = ? AND due IS NOT NULL", [.integer(Int64(lane))])
      if case .integer(let due)? = rows.first?.first {
        let due = Instant(microseconds: due)
        nextDue = min(nextDue ?? due, due)
      }
    }
  }

  private func newHistoryID(_ epoch: Int64) -> String { "\(config.instance)-\(epoch)" }

  struct Tail {
    let epoch: Int64
    let number: Int64
    let offset: Int64
    let low: Int64
  }

  /// The last record of each of our streams in this lane.
  private func readTails(_ lane: Int32) throws -> [String: Tail] {
    var tails: [String: Tail] = [:]
    for topic in Topic.streams(of: D.service) {
      let partition = TopicPartition(topic.name, lane)
      let marks = try bus.watermarks(of: partition)
      var from = max(marks.low, marks.high - 1)
      // A foreign record at the end must not hide ours: look further back until one of ours is found.
      while marks.low < marks.high, tails[topic.name] == nil {
        try bus.read(partition, from..<marks.high) { message in
          if let record = ownRecord(message) {
            let known = tails[topic.name]
            if known == nil || (record.epoch, record.number) > (known!.epoch, known!.number) {
              tails[topic.name] = Tail(epoch: record.epoch, number: record.number, offset: message.offset, low: marks.low)
            }
          }
          return true
        }
        if from == marks.low { break }
        from = max(marks.low, marks.high - (marks.high - from) * 8)
      }
    }
    return tails
  }

  func ownRecord(_ message: Message) -> (epoch: Int64, number: Int64, order: Int64)? {
    guard seal.verifies(message.frame, topic: message.source.topic, partition: message.source.partition),
      let epoch = message.frame.integer("ce_epoch"), let number = message.frame.integer("ce_sequence"),
      let order = message.frame.integer("ce_order")
    else { return nil }
    return (epoch, number, order)
  }

  private func readPublishedHistory(_ lane: Int32, _ tails: [String: Tail]) throws -> History? {
    guard let tail = tails[D.service.heads.name] else { return nil }
    var found: History?
    let partition = TopicPartition(D.service.heads.name, lane)
    try bus.read(partition, max(tail.low, tail.offset - 500)..<(tail.offset + 1)) { message in
      if message.frame.text("ce_type") == "countersign.heads.v1", ownRecord(message) != nil,
        let body = try? JSON.parse(message.frame.body ?? [], limits: .stored), let text = body["history"]?.string
      {
        found = History(text: text) ?? found
      }
      return true
    }
    return found
  }

  /// The log must hold what the database says that it gave out: the same epoch under the same number.
  private func checkForForks(_ lane: Int32, _ tails: [String: Tail]) throws {
    for (topic, tail) in tails {
      let stream = StreamKey(topic: topic, lane: lane)
      guard let given = numbers[stream], tail.number == given.number, tail.epoch != given.epoch else { continue }
      throw LaneError.cannotStart(
        "\(topic)/\(lane): number \(tail.number) has epoch \(tail.epoch) in the log and \(given.epoch) in the database: two databases have written this stream. Restore the one that the log belongs to, or take its records from the ledger (countersign restore).")
    }
  }

  private func loadPositions(_ lane: Int32) throws {
    let rows = try store.read {
      try $0.query("SELECT topic, part, next_offset, epoch, number FROM positions WHERE lane = ?", [.integer(Int64(lane))])
    }
    for row in rows {
      let partition = TopicPartition(try row[0].text(), Int32(truncatingIfNeeded: try row[1].integer()))
      positions[partition] = Position(
        lane: lane, nextOffset: try row[2].integer(),
        mark: Mark(epoch: try row[3].integer(), number: try row[4].integer()))
    }
  }

  /// Names where each input partition of the lane is read on, and how far it must be read before timers may fire.
  private func beginReading(_ lane: Int32) throws {
    var inputs = decider.inputs.map { TopicPartition($0.name, lane) }
    for door in config.doors {
      let count = try bus.partitionCount(of: door)
      inputs += (0..<Int32(count)).filter { $0 % config.lanes == lane }.map { TopicPartition(door, $0) }
    }
    for partition in inputs {
      let marks = try bus.watermarks(of: partition)
      let next = positions[partition]?.nextOffset ?? marks.low
      if positions[partition] == nil {
        positions[partition] = Position(lane: lane, nextOffset: next, mark: Mark(epoch: 0, number: 0))
      }
      if next < marks.high { lanes[lane]!.catchUp[partition] = marks.high }
    }
    try reassign()
  }

  func noteCatchUp() {
    for lane in lanes.keys where !lanes[lane]!.catchUp.isEmpty {
      lanes[lane]!.catchUp = lanes[lane]!.catchUp.filter { (positions[$0.key]?.nextOffset ?? .max) < $0.value }
    }
  }

  /// Reads exactly the partitions of the lanes that are at work, from where the database says.
  func reassign() throws {
    inbox.removeAll()
    var wanted: [TopicPartition: Int64] = [:]
    for (partition, position) in positions {
      if let lane = lanes[position.lane], lane.stopped == nil, !lane.leaving { wanted[partition] = position.nextOffset }
    }
    try bus.assign(wanted)
  }
}
