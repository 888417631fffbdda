import Messaging
import Storage
import Wire

extension LaneEngine {
  /// Records are missing before the position's next one: looks for them once over the whole partition. A stream whose
  /// missing record is nowhere stands still, and its lane with it.
  ///
  /// - Parameter number: the one that was found instead.
  func lookBack(_ partition: TopicPartition, seen number: Int64) throws {
    guard let position = positions[partition] else { return }
    let (offset, highest) = try find(partition, position)
    awaited[partition] = max(awaited[partition] ?? 0, number, highest)
    guard let offset else { return try stop(partition, position) }
    go(partition, to: offset)
    try reassign()
  }

  private func go(_ partition: TopicPartition, to offset: Int64) {
    guard let position = positions[partition] else { return }
    let passed = position.held ?? position.nextOffset
    positions[partition]!.held = offset > passed ? passed : nil
    positions[partition]!.nextOffset = offset
  }

  private func stop(_ partition: TopicPartition, _ position: Position) throws {
    let text = "\(partition): number \(position.mark.number + 1) is missing; countersign accept-loss \(partition) \(position.mark.number + 1)-N --reason gives up what is lost"
    lanes[position.lane]?.stopped = text
    gapped.insert(partition)
    pendingAlerts.append(LaneAlert(code: .gap, lane: position.lane, text: text))
    try reassign()
  }

  /// Where the record that follows the position's mark stands, nil where it is nowhere or the broker cannot be asked, and
  /// the highest number that is there.
  private func find(_ partition: TopicPartition, _ position: Position) throws -> (offset: Int64?, highest: Int64) {
    do throws(BusError) {
      let marks = try bus.watermarks(of: partition)
      var found: Int64?
      var highest: Int64 = 0
      try bus.read(partition, marks.low..<marks.high) { message in
        guard let record = ownRecord(message), record.epoch >= position.mark.epoch else { return true }
        highest = max(highest, record.number)
        if found == nil, record.number == position.mark.number + 1 { found = message.offset }
        return true
      }
      return (found, highest)
    } catch {
      if error.kind == .unavailable { return (nil, 0) }
      throw error
    }
  }

  /// Streams that stand still go on by themselves when their writer has sent the missing records again.
  func watchGaps() throws {
    for partition in gapped.sorted() {
      guard let position = positions[partition], lanes[position.lane]?.stopped != nil else {
        gapped.remove(partition)
        continue
      }
      let (found, highest) = try find(partition, position)
      guard let offset = found else { continue }
      awaited[partition] = max(awaited[partition] ?? 0, highest)
      gapped.remove(partition)
      go(partition, to: offset)
      lanes[position.lane]!.stopped = nil
      pendingAlerts.append(
        LaneAlert(code: .healed, lane: position.lane, text: "\(partition) goes on at \(position.mark.number + 1)"))
      try reassign()
    }
    try watchAwaited()
    try watchEnds()
  }

  /// A log that was cut and grew again holds, at offsets that were handled before, records that were not. Looks at the ends
  /// of the streams that are read to their end, each about every ten seconds.
  private func watchEnds() throws {
    let streams = positions.filter { !config.doors.contains($0.key.topic) && lanes[$0.value.lane]?.stopped == nil }.keys.sorted()
    guard !streams.isEmpty else { return }
    for _ in 0..<(streams.count + 9) / 10 {
      endsWatched = (endsWatched + 1) % streams.count
      let partition = streams[endsWatched]
      guard let position = positions[partition], awaited[partition] == nil else { continue }
      let high = try bus.watermarks(of: partition).high
      guard position.nextOffset >= high else { continue }
      try bus.read(partition, max(0, high - 20)..<high) { message in
        if let record = ownRecord(message), record.epoch >= position.mark.epoch, record.number > position.mark.number {
          awaited[partition] = max(awaited[partition] ?? 0, record.number)
        }
        return true
      }
    }
  }

  /// A stream that showed a number and ends before it was reached, because records stand in it out of order, is looked
  /// through again.
  private func watchAwaited() throws {
    for (partition, number) in awaited.sorted(by: { $0.key < $1.key }) where !gapped.contains(partition) {
      guard let position = positions[partition], let lane = lanes[position.lane], position.mark.number < number else {
        awaited[partition] = nil
        if positions[partition]?.held != nil {
          positions[partition]?.held = nil
          released.insert(partition)
        }
        continue
      }
      guard lane.stopped == nil, !lane.leaving, try position.nextOffset >= bus.watermarks(of: partition).high else { continue }
      try lookBack(partition, seen: number)
    }
  }

  /// The position lies outside the log: records were dropped before we read them, or the log was cut.
  func overrun(_ partition: TopicPartition) throws {
    // A new run of the broker is the likeliest reason, and then everything begins anew.
    let run = brokerRun
    try checkBrokerRun()
    guard brokerRun == run, let position = positions[partition] else { return }
    let marks = try bus.watermarks(of: partition)
    // It may have been moved since the bus said so.
    guard position.nextOffset < marks.low || position.nextOffset > marks.high else { return try reassign() }
    if config.doors.contains(partition.topic), position.nextOffset < marks.low {
      let text = "\(partition): the broker dropped \(marks.low - position.nextOffset) records before they were read"
      pendingAlerts.append(LaneAlert(code: .overrun, lane: position.lane, text: text))
    }
    // Of our own streams the numbers tell whether anything is missing.
    positions[partition]!.nextOffset = position.nextOffset < marks.low ? marks.low : marks.high
    positions[partition]!.held = nil
    if let end = lanes[position.lane]?.catchUp[partition] { lanes[position.lane]!.catchUp[partition] = min(end, marks.high) }
    noteCatchUp()
    try reassign()
  }

  /// The id that an embedded broker writes at its start; nil on Kafka, where the topic is not there or empty.
  func readBrokerRun() throws -> String? {
    let partition = TopicPartition(Topic.broker.name, 0)
    do throws(BusError) {
      let marks = try bus.watermarks(of: partition)
      guard marks.low < marks.high else { return nil }
      var run: String?
      try bus.read(partition, marks.low..<marks.high) { message in
        run = message.frame.body.map { String(decoding: $0, as: UTF8.self) }
        return true
      }
      return run
    } catch {
      if error.kind == .unknownTopic { return nil }
      throw error
    }
  }

  /// A new run of a broker that forgets: its log is empty, so everything is read from its beginning and all that the
  /// outbox holds is sent again; the marks tell what was handled before.
  func watchBroker() throws {
    try watchGaps()
    try checkBrokerRun()
  }

  /// A failure to ask leaves everything as it is.
  func checkBrokerRun() throws {
    do {
      try confirmBrokerRun()
    } catch let error as BusError where error.kind == .unavailable {
      return
    }
  }

  /// As `checkBrokerRun`. - Throws: `BusError` `unavailable` too.
  func confirmBrokerRun() throws {
    guard brokerRun != nil, let run = try readBrokerRun() else { return }
    guard run != brokerRun else { return relay.trustBroker() }
    // Asked before anything changes: a failure leaves everything as it is.
    let ends = try positions.keys.sorted().map { ($0, try bus.watermarks(of: $0).high) }
    try resetPositions(run)
    brokerRun = run
    for partition in positions.keys {
      positions[partition]!.nextOffset = 0
      positions[partition]!.held = nil
    }
    awaited.removeAll()
    // What lies in the new log comes before overdue timers, as when a lane is taken.
    for lane in lanes.keys { lanes[lane]!.catchUp = [:] }
    for (partition, end) in ends { awaitInput(partition, to: end) }
    committedOffsets.removeAll()
    relay.resendAll()
    relay.trustBroker()
    pendingAlerts.append(LaneAlert(code: .newBroker, lane: lanes.keys.min() ?? 0, text: "the broker began a new run"))
    try reassign()
    for lane in lanes.keys { try expectOffsets(lane) }
  }

  /// Notes where our streams end in this run of a broker that forgets.
  func expectOffsets(_ lane: Int32) throws {
    guard brokerRun != nil else { return }
    for topic in Topic.streams(of: D.service) {
      let high = try bus.watermarks(of: TopicPartition(topic.name, lane)).high
      relay.expect(StreamKey(topic: topic.name, lane: lane), from: high)
    }
  }

  func resetPositions(_ run: String) throws {
    try store.transaction { transaction in
      let known = try transaction.lock(Tables.meta, [[.text("broker")]])[0]
      guard try known?[1].text() != run else { return }
      try transaction.execute("UPDATE positions SET next_offset = 0", [])
      try transaction.execute("UPDATE lanes SET note = '' WHERE note <> ?", [.text(recovering)])
      try transaction.upsert(Tables.meta, [[.text("broker"), .text(run)]])
    }
  }

  /// The number of lanes is chosen once; it must be the partitions of every internal topic.
  func checkLaneCount() throws {
    let wanted = config.lanes
    try store.transaction { transaction in
      // Of two instances that start on a new database, one waits here and finds what the other has made.
      try transaction.upsert(Tables.meta, [[.text("starting"), .text("")]])
      let row = try transaction.lock(Tables.meta, [[.text("lanes")]])[0]
      if let row, try row[1].text() != "\(wanted)" {
        throw LaneError.cannotStart(
          "this database works with \(try row[1].text()) lanes, the configuration says \(wanted). The number cannot change: set LANES=\(try row[1].text()).")
      }
      guard row == nil else { return }
      try transaction.upsert(Tables.meta, [[.text("lanes"), .text("\(wanted)")]])
      try transaction.upsert(
        Tables.lanes,
        (0..<wanted).map {
          [.integer(Int64($0)), .text(""), .integer(0), .integer(0), .integer(0), .integer(0), .text(""), .text("")]
        })
    }
    for topic in Topic.streams(of: D.service) + decider.inputs {
      let count = try bus.partitionCount(of: topic.name)
      guard count == Int(wanted) else {
        throw LaneError.cannotStart(
          "topic \(topic.name) has \(count) partitions, but there are \(wanted) lanes. Create it with \(wanted) partitions.")
      }
    }
  }

  /// Publishes our positions under our group, for lag tools and for the relay on a broker that drops early.
  func commitOffsets(_ wall: Instant) throws {
    guard wall >= nextOffsetCommit else { return }
    nextOffsetCommit = wall.adding(seconds: brokerRun == nil ? 1 : 0.02)
    let moved = positions.mapValues(\.safeOffset).filter { committedOffsets[$0.key] != $0.value && $0.value > 0 }
    guard !moved.isEmpty else { return }
    try? bus.commit(moved, group: D.service.group)
    if let brokerRun { try? bus.commit(moved, group: group(of: D.service, run: brokerRun)) }
    for (partition, offset) in moved { committedOffsets[partition] = offset }
  }
}
