import JSON
import Messaging
import Storage
import Wire

extension LaneEngine {
  /// The database is older than the log: folds our own records, from the database's numbers on, into the states, and takes
  /// positions and idempotency keys from them.
  ///
  /// Where one of them was lost with the old database, positions end before it: what follows is handled again, which may
  /// say a thing twice but loses none.
  func recover(_ lane: Int32, _ tails: [String: Tail]) throws {
    var cursors = try tails.sorted(by: { $0.key < $1.key }).filter { $0.value.number > number(of: $0.key, lane) }.map { topic, tail in
      try Cursor(topic: topic, lane: lane, after: numbers[StreamKey(topic: topic, lane: lane)] ?? Given(), tail: tail, engine: self)
    }
    var recovered = 0
    var lost: Int64?
    while true {
      var batch: [Message] = []
      while batch.count < 1_000 {
        // The next record of the lane, whatever its topic.
        var first: Int?
        for index in cursors.indices {
          guard let order = try cursors[index].peek(self) else { continue }
          if first == nil || order < cursors[first!].order! { first = index }
        }
        guard let index = first else { break }
        batch.append(cursors[index].take())
      }
      guard !batch.isEmpty else { break }
      try fold(batch, lane, &lost)
      recovered += batch.count
    }
    try store.transaction { transaction in
      try checkOwned(lane, transaction)
      try doubtCalls(lane, transaction)
      try transaction.execute("UPDATE lanes SET note = '' WHERE lane = ?", [.integer(Int64(lane))])
    }
    pendingAlerts.append(
      LaneAlert(
        code: .recovered, lane: lane,
        text: "the database was behind: \(recovered) records were folded in"
          + (lost.map { "; record \($0) of the lane never reached the log, and what followed it is handled again" } ?? "")))
  }

  /// Takes from the log the idempotency keys that a database which went back has lost, of all lanes: a repetition may be
  /// read in any lane, and before the lane that took the key is recovered.
  func recoverKeys() throws {
    // Asked first: a server that changes meanwhile is noticed at the next key.
    keysServer = try store.transaction { try $0.server() }
    for lane in 0..<config.lanes {
      let tails = try readTails(lane)
      let known = try store.read { try loadNumbers(lane, $0) }
      for (topic, tail) in tails.sorted(by: { $0.key < $1.key }) {
        let given = known[StreamKey(topic: topic, lane: lane)] ?? Given()
        guard tail.number > given.number, let named = Topic.named(topic), named != D.service.dead, named != D.service.heads
        else { continue }
        var cursor = try Cursor(topic: topic, lane: lane, after: given, tail: tail, engine: self)
        var claims: [KeyEntry] = []
        while try cursor.peek(self) != nil {
          let frame = cursor.take().frame
          let record = try D.Record.read(type: frame.text("ce_type") ?? "", topic: named, frame: frame)
          if let claim = decider.claim(of: record) { claims.append(claim) }
          if claims.count >= 1_000 { try claim(&claims) }
        }
        try claim(&claims)
      }
    }
    doubtsKeys = false
  }

  private func claim(_ claims: inout [KeyEntry]) throws {
    if !claims.isEmpty { try store.transaction { _ = try $0.claim(Tables.keySet, claims) } }
    claims.removeAll()
  }

  /// Whether calls that may not be repeated have begun since the backup was made is not known: they count as begun.
  private func doubtCalls(_ lane: Int32, _ transaction: any StoreTransaction) throws {
    let rows = try transaction.query(
      "SELECT key, body FROM states WHERE lane = ? AND calls IS NOT NULL", [.integer(Int64(lane))])
    let wall = clock.wall.microseconds
    for row in rows {
      let owed = try decode([.null, .null, .null, .null, row[1]]).calls.filter { !$0.repeatable }
      try transaction.upsert(Tables.begun, owed.map { [row[0], .text($0.id), .integer(wall)] })
    }
  }

  private func number(of topic: String, _ lane: Int32) -> Int64 { numbers[StreamKey(topic: topic, lane: lane)]?.number ?? 0 }

  /// - Parameter lost: the place in the lane's order of the first record that is missing.
  private func fold(_ batch: [Message], _ lane: Int32, _ lost: inout Int64?) throws {
    let read = try batch.map { message -> (Message, D.Record?) in
      let type = message.frame.text("ce_type") ?? ""
      guard let topic = Topic.named(message.source.topic), topic != D.service.dead, topic != D.service.heads else {
        return (message, nil)
      }
      return (message, try D.Record.read(type: type, topic: topic, frame: message.frame))
    }
    let keys = Set(read.compactMap { $0.1?.key }).sorted()
    var missing = lost
    try store.transaction { transaction in
      try checkOwned(lane, transaction)
      var states: [String: D.State] = [:]
      for (key, row) in zip(keys, try transaction.load(statesTable, keys.map { [.text($0)] })) {
        if let row { states[key] = try decode(row) }
      }
      var claims: [KeyEntry] = []
      var rows: [IndexRow] = []
      for (message, record) in read {
        let frame = message.frame
        let epoch = frame.integer("ce_epoch") ?? 0
        numbers[StreamKey(topic: message.source.topic, lane: lane)] = Given(
          number: frame.integer("ce_sequence") ?? 0, epoch: epoch)
        let order = frame.integer("ce_order") ?? 0
        let expected = (numbers[StreamKey(topic: orderStream, lane: lane)]?.number ?? 0) + 1
        if order > expected, missing == nil { missing = expected }
        numbers[StreamKey(topic: orderStream, lane: lane)] = Given(number: max(order, expected - 1), epoch: epoch)
        // A message is done only with the last record of its step.
        if missing == nil, frame.header("ce_more") == nil, let cause = frame.text("ce_cause").flatMap(Cause.message(in:)) {
          try raise(cause, lane, transaction)
        }
        guard let record else { continue }
        states[record.key] = decider.evolve(states[record.key], record)
        if let claim = decider.claim(of: record) { claims.append(claim) }
        rows += decider.rows(of: record)
      }
      try IndexRow.save(rows, transaction)
      if !claims.isEmpty { _ = try transaction.claim(Tables.keySet, claims) }
      try transaction.upsert(statesTable, keys.compactMap { key in states[key].map { row(of: $0, key: key) } })
      try transaction.delete(statesTable, keys.filter { states[$0] == nil }.map { [.text($0)] })
      try transaction.upsert(
        Tables.numbers,
        numbers.filter { $0.key.lane == lane }.sorted { $0.key.topic < $1.key.topic }.map {
          [.text($0.key.topic), .integer(Int64(lane)), .integer($0.value.number), .integer($0.value.epoch)]
        })
      try transaction.upsert(
        Tables.positions,
        positions.filter { $0.value.lane == lane }.sorted { $0.key < $1.key }.map { Self.row(of: $0.value, $0.key) })
    }
    lost = missing
  }

  /// What the record says that it was caused by has been handled, in this lane or, with a record that went into a case's
  /// lane, in another one.
  private func raise(
    _ cause: (TopicPartition, offset: Int64, epoch: Int64, number: Int64), _ lane: Int32, _ transaction: any StoreTransaction
  ) throws {
    let (source, offset, epoch, number) = cause
    if absorber?.keepsEverything ?? false { return try noteSaid(source, number, transaction) }
    let home = source.partition % config.lanes
    guard home >= 0 else { return }
    var position = positions[source]
    if position == nil, home != lane, let row = try transaction.load(Tables.positions, [Self.key(of: source)])[0] {
      position = Position(
        lane: home, nextOffset: try row[3].integer(), mark: Mark(epoch: try row[4].integer(), number: try row[5].integer()))
    }
    var raised = position ?? Position(lane: home, nextOffset: 0, mark: Mark(epoch: 0, number: 0))
    guard offset >= raised.nextOffset || number > raised.mark.number else { return }
    raised.nextOffset = max(raised.nextOffset, offset + 1)
    if number > raised.mark.number { raised.mark = Mark(epoch: epoch, number: number) }
    if home == lane || positions[source] != nil { positions[source] = raised }
    if home != lane { try transaction.upsert(Tables.positions, [Self.row(of: raised, source)]) }
  }

  /// What a step said of a message is known again, but the message itself is read anew, for the absorber.
  private func noteSaid(_ source: TopicPartition, _ number: Int64, _ transaction: any StoreTransaction) throws {
    guard number > saidBefore[source] ?? 0 else { return }
    saidBefore[source] = number
    try transaction.upsert(Tables.meta, [[.text("said/\(source)"), .text("\(number)")]])
  }

  func loadSaid(_ lane: Int32, _ transaction: any StoreTransaction) throws {
    guard absorber?.keepsEverything ?? false else { return }
    for topic in decider.inputs {
      let source = TopicPartition(topic.name, lane)
      guard let row = try transaction.load(Tables.meta, [[.text("said/\(source)")]])[0] else { continue }
      saidBefore[source] = Int64(try row[1].text())
    }
  }

  /// Reads one of our streams forward from a number.
  struct Cursor {
    let partition: TopicPartition
    private var mark: Mark
    private let start: Int64
    private var nextOffset: Int64
    private let end: Int64
    private let goal: Int64
    /// Whether this reading of the log found any record that came next.
    private var hasProgress = false
    private var buffer: [(message: Message, order: Int64)] = []
    private var at = 0

    init(topic: String, lane: Int32, after given: Given, tail: Tail, engine: LaneEngine) throws {
      partition = TopicPartition(topic, lane)
      mark = Mark(epoch: given.epoch, number: given.number)
      end = tail.high
      goal = tail.number
      // Numbers are dense, so the place can be reckoned; records that were sent twice only push it back.
      var slack: Int64 = 64
      while true {
        let guess = max(tail.low, tail.offset - (tail.number - given.number) - slack)
        var first: Int64?
        try engine.bus.read(partition, guess..<end) { message in
          first = engine.ownRecord(message)?.number
          return first == nil
        }
        // At the beginning of the log nothing is before it: what is missing there shows in reading.
        if first.map({ $0 <= given.number + 1 }) ?? false || guess == tail.low {
          start = guess
          nextOffset = guess
          return
        }
        slack *= 8
      }
    }

    /// The place in the lane's order of the record that comes next; nil at the end.
    mutating func peek(_ engine: LaneEngine) throws -> Int64? {
      if at < buffer.count { return buffer[at].order }
      buffer.removeAll()
      at = 0
      while buffer.isEmpty, mark.number < goal {
        if nextOffset >= end {
          // Rows that were sent again stand behind their successors: those are found when the log is read once more.
          guard hasProgress else {
            throw LaneError.cannotStart(
              "\(partition): the database ends at number \(mark.number), and the log does not hold the next one. Take a newer backup, or take the records from the ledger (countersign restore).")
          }
          nextOffset = start
          hasProgress = false
        }
        try fill(engine)
      }
      return buffer.first?.order
    }

    private mutating func fill(_ engine: LaneEngine) throws {
      var read: [(Message, Int64, Int64, Int64)] = []
      var last = end - 1
      try engine.bus.read(partition, nextOffset..<end) { message in
        if let record = engine.ownRecord(message) { read.append((message, record.epoch, record.number, record.order)) }
        guard read.count < 2_000 else {
          last = message.offset
          return false
        }
        return true
      }
      nextOffset = last + 1
      for (message, epoch, number, order) in read where mark.number < goal {
        switch mark.verdict(epoch: epoch, number: number) {
        case .next:
          mark = Mark(epoch: epoch, number: number)
          hasProgress = true
          buffer.append((message, order))
        case .duplicate, .zombie, .gap: continue
        case .regressed:
          throw LaneError.cannotStart(
            "\(partition): number \(number) stands there under epoch \(epoch) and under \(mark.epoch): two databases have written this stream. Restore the one that the log belongs to, or take its records from the ledger (countersign restore).")
        }
      }
    }

    var order: Int64? { at < buffer.count ? buffer[at].order : nil }

    mutating func take() -> Message {
      defer { at += 1 }
      return buffer[at].message
    }
  }
}
