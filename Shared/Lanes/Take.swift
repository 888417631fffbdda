import JSON
import Messaging
import Storage
import Wire

/// The note in the row of a lane whose own records are being folded in: nobody else may write into it.
let recovering = "recovering"

extension LaneEngine {
  /// Makes a leased lane ours: raises its epoch above all that database and log know, recovers where the log is ahead,
  /// and reads on from the stored positions.
  func take(_ lane: Int32) throws {
    let tails = try readTails(lane)
    let published = try readPublishedHistory(lane, tails)
    let isUnfinished = try store.transaction { try take(lane, tails, published, $0) }
    if isUnfinished {
      try recoverKeys()
      try recover(lane, tails)
    }
    try expectOffsets(lane)
    try beginReading(lane)
    try store.read { transaction in
      try syncRelay(lane, transaction)
      try resume(lane, transaction)
    }
    pendingAlerts += openings.filter { $0.lane == lane }
    openings.removeAll { $0.lane == lane }
  }

  /// - Returns: whether the log holds records of ours that this database does not have, or a recovery did not end.
  private func take(
    _ lane: Int32, _ tails: [String: Tail], _ published: History?, _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard var row = try transaction.lock(Tables.lanes, [[.integer(Int64(lane))]])[0], try row[1].text() == config.instance
    else { throw LaneError.lost(lane) }
    let given = try loadNumbers(lane, transaction)
    let own = Dictionary(uniqueKeysWithValues: given.map { ($0.key.topic, $0.value.number) })
    let epoch = max(try row[2].integer(), tails.values.map(\.epoch).max() ?? 0, clock.wall.unixSeconds) + 1
    // A database that was never at work, a new one in place of a lost one too, stands at the beginning of the log's history.
    var history = History(text: try row[7].text()) ?? published ?? History(id: newHistoryID(epoch))
    if let published, let refusal = history.refusal(numbers: own, published: published) {
      throw LaneError.cannotStart(
        "lane \(lane): \(refusal). This database was replaced by another one. Start the service on the newest database, or on an older backup of it.")
    }
    try checkForForks(lane, tails, given)
    let note = try row[6].text()
    let isBehind = tails.contains { $0.value.number > own[$0.key] ?? 0 }
    // What the log holds is ours from now on, and its history with it.
    if let published, !history.includes(published) { history = published }
    if isBehind {
      var began = own
      for (topic, tail) in tails { began[topic] = max(began[topic] ?? 0, tail.number) }
      began[orderStream] = max(began[orderStream] ?? 0, tails.values.map(\.order).max() ?? 0)
      history = history.followed(by: newHistoryID(epoch), at: began)
    }
    let version = try row[4].integer() + 1
    let attempts = try row[5].integer() + 1
    row[2] = .integer(epoch)
    row.replaceSubrange(
      4...7, with: [.integer(version), .integer(attempts), .text(isBehind ? recovering : note), .text(history.text)])
    try transaction.upsert(Tables.lanes, [row])
    lanes[lane] = Lane(
      epoch: epoch, version: version, until: try row[3].integer(), history: history.text, attempts: attempts,
      suspects: note == recovering ? [] : note.split(separator: "\n").map(String.init))
    learn(given, lane)
    for (partition, position) in try loadPositions(lane, transaction) { positions[partition] = position }
    try loadSaid(lane, transaction)
    return isBehind || note == recovering
  }

  private func newHistoryID(_ epoch: Int64) -> String { "\(config.instance)-\(epoch)" }

  struct Tail {
    let epoch: Int64
    let number: Int64
    let order: Int64
    let offset: Int64
    let low: Int64
    let high: Int64
  }

  /// Records at the end of a stream among which its last number is looked for: rows that were sent again may follow it.
  private var tailLength: Int64 { 256 }

  /// The last record of each of our streams in this lane.
  func readTails(_ lane: Int32) throws -> [String: Tail] {
    var tails: [String: Tail] = [:]
    for topic in Topic.streams(of: D.service) {
      let partition = TopicPartition(topic.name, lane)
      let marks = try bus.watermarks(of: partition)
      var from = max(marks.low, marks.high - tailLength)
      // A foreign record at the end must not hide ours: look further back until one of ours is found.
      while marks.low < marks.high, tails[topic.name] == nil {
        try bus.read(partition, from..<marks.high) { message in
          if let record = ownRecord(message) {
            let known = tails[topic.name]
            if known == nil || (record.epoch, record.number) > (known!.epoch, known!.number) {
              tails[topic.name] = Tail(
                epoch: record.epoch, number: record.number, order: record.order, offset: message.offset, low: marks.low,
                high: marks.high)
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
    var found: (epoch: Int64, number: Int64, history: History)?
    let partition = TopicPartition(D.service.heads.name, lane)
    try bus.read(partition, max(tail.low, tail.offset - 500)..<tail.high) { message in
      if message.frame.text("ce_type") == "countersign.heads.v1", let record = ownRecord(message),
        found.map({ (record.epoch, record.number) > ($0.epoch, $0.number) }) ?? true,
        let body = try? JSON.parse(message.frame.body ?? [], limits: .stored), let text = body["history"]?.string,
        let history = History(text: text)
      {
        found = (record.epoch, record.number, history)
      }
      return true
    }
    return found?.history
  }

  /// The log must hold what the database says that it gave out: the same epoch under the same number, and none that is
  /// newer under an older one.
  private func checkForForks(_ lane: Int32, _ tails: [String: Tail], _ numbers: [StreamKey: Given]) throws {
    for (topic, tail) in tails {
      guard let given = numbers[StreamKey(topic: topic, lane: lane)], tail.number <= given.number,
        tail.epoch > given.epoch || (tail.number == given.number && tail.epoch != given.epoch)
      else { continue }
      throw LaneError.cannotStart(
        "\(topic)/\(lane): number \(tail.number) has epoch \(tail.epoch) in the log and \(given.epoch) in the database: two databases have written this stream. Restore the one that the log belongs to, or take its records from the ledger (countersign restore).")
    }
  }

  func loadPositions(_ lane: Int32, _ transaction: any StoreTransaction) throws -> [TopicPartition: Position] {
    let rows = try transaction.query(
      "SELECT topic, part, next_offset, epoch, number FROM positions WHERE lane = ?", [.integer(Int64(lane))])
    var found: [TopicPartition: Position] = [:]
    for row in rows {
      let partition = TopicPartition(try row[0].text(), Int32(truncatingIfNeeded: try row[1].integer()))
      found[partition] = Position(
        lane: lane, nextOffset: try row[2].integer(),
        mark: Mark(epoch: try row[3].integer(), number: try row[4].integer()))
    }
    return found
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
      if positions[partition] == nil {
        // A stream begins with number 1, unless its beginning is not kept any more.
        let mark = marks.low > 0 ? Position.anyNumber : Mark(epoch: 0, number: 0)
        positions[partition] = Position(lane: lane, nextOffset: marks.low, mark: mark)
      }
      awaitInput(partition, to: marks.high)
    }
    try reassign()
  }

  /// No overdue timer of the partition's lane fires before it is handled up to this offset.
  func awaitInput(_ partition: TopicPartition, to end: Int64) {
    guard let position = positions[partition], position.nextOffset < end else { return }
    lanes[position.lane]?.catchUp[partition] = end
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
