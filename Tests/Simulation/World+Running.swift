@testable import Lanes
import Messaging
import Storage
import Wire

extension World {
  /// Runs through a time of trouble and a time of peace, and checks what is left.
  func run(steps: Int = 260) throws {
    var faults = Faults()
    faults.delay = 0.05
    faults.reorder = 0.2
    faults.hold = 0.3
    faults.loseOnWire = 0.1
    broker.faults = faults
    hit(.delayedRecord, "on")
    hit(.reorderedPoll, "on")
    for step in 0..<steps {
      startMissing()
      try cast.serve(self)
      try act(step)
      if violations.count > 3 { return }
    }
    try makePeace()
    if violations.isEmpty { try checkEnd() }
  }

  private func act(_ step: Int) throws {
    clock.move(chance(0.03) ? Double.random(in: 5...30, using: &random) : Double.random(in: 0.001...0.3, using: &random))
    broker.now = clock.wall.microseconds / 1000
    endCalls()
    switch Int.random(in: 0..<100, using: &random) {
    case let roll where roll < 21: try cast.act(self, roll: roll)
    case 21..<27: broker.tick()
    case 27..<33: try disturb(step)
    default: if let life = pick(slots.flatMap(\.lives)) { turn(life) }
    }
  }

  private func putForeign() {
    guard let topic = pick([Topic.cases, Topic.outcomes]) else { return }
    hit(.foreignRecord, topic.name)
    let partition = TopicPartition(topic.name, Int32.random(in: 0..<World.lanes, using: &random))
    outsider.put(
      partition, key: "x", body: Array("{}".utf8), headers: [("ce_subject", "x"), ("ce_type", "toy.item")], self)
  }

  private func disturb(_ step: Int) throws {
    // A database that was never migrated has no bytes.
    if chance(0.3), let slot = pick(slots), slot.lives.contains(where: \.isStarted), let backup = try? slot.backup() {
      slot.backups.append(backup)
    }
    switch Int.random(in: 0..<10, using: &random) {
    case 0:
      broker.away.toggle()
      if broker.away { hit(.brokerAway, "") }
    case 1:
      broker.away = false
      if let life = pick(slots.flatMap(\.lives)) { stopOrderly(life) }
    // One world in ten is torn: there its own disaster takes the place of others.
    case 2 where profile != .torn:
      clock.move(7_200)
      hit(.clockForward, "")
    case 3 where profile != .torn:
      clock.move(-7_200)
      hit(.clockBack, "")
    case 4 where !broker.away && profile != .torn: putForeign()
    case 5: broker.away = false
    default: try disturbByProfile()
    }
  }

  private func disturbByProfile() throws {
    broker.away = false
    switch profile {
    case .kafka: try chance(0.5) || !cast.mayLose ? cutLog() : loseLog()
    case .forgetful: try forgetAll()
    case .restoring: try restoreClean(keepingProcesses: false)
    case .shared: try restoreClean(keepingProcesses: true)
    case .torn: try restoreTorn()
    }
  }

  /// No more faults and no more work from outside; everything that was begun comes to its end.
  private func makePeace() throws {
    say("peace")
    isChaotic = false
    broker.faults = Faults()
    broker.away = false
    for slot in slots { for life in slot.lives where life.ownStore != nil { life.isDead = true } }
    bury()
    // Past all that was decided before the clock was set back.
    clock.move(clock.latest.seconds(since: clock.wall) + 200)
    for round in 0..<240 {
      clock.move(round < 150 ? 0.7 : 40)
      // A service that handles one thing at a time needs its turns.
      try playRound(turns: round < 60 ? 3 : round < 150 ? 20 : 80)
      if round % 10 == 9 { try losses.accept(self) }
      if round > 10, try isQuiet() { break }
      // Of a torn history no more is asked than that somebody says so.
      if round > 60, !profile.isExact, isNoticed { return }
    }
    // What the last records led to, and the heads.
    for round in 0..<400 where try round < 25 || !hasReadHeads() {
      clock.move(0.06)
      try playRound()
    }
  }

  private func playRound(turns: Int = 3) throws {
    startMissing()
    broker.tick()
    endCalls()
    try cast.serve(self)
    for number in 0..<turns {
      // An engine that gathers does nothing until then.
      if number > 0, !isChaotic { clock.move(0.02) }
      for life in slots.flatMap(\.lives) { turn(life) }
    }
  }

  /// Nothing is open that should come to its end by itself.
  func isQuiet() throws -> Bool {
    for slot in slots {
      let open = try states(of: slot).filter { !losses.concerns($0) && cast.isOpen($0, of: slot) }
      if !open.isEmpty { return false }
      let rows = try slot.store.read { try $0.query("SELECT count(*) FROM outbox WHERE topic NOT LIKE '%.heads'", []) }
      if rows[0][0] != .integer(0), !profile.isForgetful { return false }
      for partition in inputs(of: slot) where !partition.topic.hasSuffix(".heads") {
        if try position(slot, partition).offset < outside.watermarks(of: partition).high { return false }
      }
    }
    return true
  }

  private func hasReadHeads() throws -> Bool {
    try inputs(of: slots[slots.count - 1]).allSatisfy { try position(slots[slots.count - 1], $0).offset >= outside.watermarks(of: $0).high }
  }

  func inputs(of slot: Slot) -> [TopicPartition] {
    slot.service.inputs.flatMap { topic in (0..<World.lanes).map { TopicPartition(topic.name, $0) } }
      + slot.service.doors.flatMap { door in (0..<World.doorPartitions).map { TopicPartition(door, $0) } }
  }

  func position(_ slot: Slot, _ partition: TopicPartition) throws -> (offset: Int64, number: Int64) {
    let rows = try slot.store.read {
      try $0.query(
        "SELECT next_offset, number FROM positions WHERE topic = ? AND part = ?",
        [.text(partition.topic), .integer(Int64(partition.partition))])
    }
    return try rows.first.map { (try $0[0].integer(), try $0[1].integer()) } ?? (0, 0)
  }
}
