@testable import Lanes
import Messaging
import Storage
import Wire

extension World {
  // MARK: The log

  /// What one partition holds.
  func log(_ partition: TopicPartition) throws -> [Message] {
    let marks = try outside.watermarks(of: partition)
    var all: [Message] = []
    try outside.read(partition, marks.low..<marks.high) {
      all.append($0)
      return true
    }
    return all
  }

  private func pickStream() -> (Slot, TopicPartition)? {
    guard let slot = pick(slots.dropLast()), let topic = pick(cast.streams(of: slot.service.service)) else { return nil }
    return (slot, TopicPartition(topic.name, Int32.random(in: 0..<World.lanes, using: &random)))
  }

  private func firstUnconfirmed(_ slot: Slot, _ partition: TopicPartition) throws -> Int64? {
    guard slot.lives.contains(where: \.isStarted) else { return nil }
    let rows = try slot.store.read {
      try $0.query(
        "SELECT min(first) FROM outbox WHERE topic = ? AND lane = ?",
        [.text(partition.topic), .integer(Int64(partition.partition))])
    }
    if case .integer(let first)? = rows.first?.first { return first }
    return nil
  }

  /// The log loses its end, as far as outboxes still hold it, and the writer starts anew.
  func cutLog() throws {
    guard let (slot, partition) = pickStream(), let first = try firstUnconfirmed(slot, partition) else { return }
    let end = try log(partition).reversed().prefix { ($0.frame.integer("ce_sequence") ?? 0) >= first }.count
    guard end > 0 else { return }
    kill(slot)
    broker.cutEnd(of: partition, by: Int.random(in: 1...end, using: &random))
    forgetInput(partition)
    hit(.logCut, "\(partition)")
  }

  /// The log loses records for good.
  func loseLog() throws {
    guard chance(0.5), let (slot, partition) = pickStream(), try firstUnconfirmed(slot, partition) == nil else {
      return
    }
    let end = try log(partition).suffix(2)
    guard !end.isEmpty, end.allSatisfy({ $0.frame.integer("ce_sequence") != nil }) else { return }
    broker.cutEnd(of: partition, by: end.count)
    forgetInput(partition)
    let left = Set(try log(partition).compactMap { $0.frame.integer("ce_sequence") })
    for message in end {
      guard let number = message.frame.integer("ce_sequence"), !left.contains(number) else { continue }
      losses.add(partition, number, message.frame)
    }
    hit(.logLost, "\(partition) \(end.map { $0.frame.integer("ce_sequence") ?? 0 })")
  }

  func forgetAll() throws {
    guard chance(0.7), slots.allSatisfy({ $0.lives.contains(where: \.isStarted) }) else { return }
    try cast.forget(self)
    broker.forget()
    forgetInput(nil)
    hit(.brokerForgets, broker.run)
  }

  // MARK: Databases

  private func unsent(_ slot: Slot) throws -> Bool {
    let rows = try slot.store.read { try $0.query("SELECT topic, lane, frames FROM outbox", []) }
    for row in rows {
      let partition = TopicPartition(try row[0].text(), Int32(try row[1].integer()))
      let present = Set(try log(partition).compactMap { $0.frame.text("ce_id") })
      for frame in Frame.split(try row[2].blob()[...]) ?? [] where !present.contains(frame.text("ce_id") ?? "") { return true }
    }
    return false
  }

  /// Lets a service say all that it has to say. - Returns: whether it has.
  private func drain(_ slot: Slot) throws -> Bool {
    guard !broker.away else { return false }
    isChaotic = false
    let faults = broker.faults
    broker.faults = Faults()
    defer {
      isChaotic = true
      broker.faults = faults
    }
    for _ in 0..<6 {
      broker.tick()
      for life in slot.lives { turn(life) }
    }
    return try !unsent(slot)
  }

  func replace(_ slot: Slot, _ backup: Slot.Backup) throws {
    clock.move(3)
    slot.store = try SQLiteStore(snapshot: backup.bytes)
    slot.isModelCurrent = false
    slot.marks = backup.marks
    slot.taken = [:]
    slot.backups.removeAll()
  }

  /// A database is replaced by an older backup. All that it ever said is in the log.
  func restoreClean(keepingProcesses: Bool) throws {
    guard let slot = pick(slots), let backup = pick(slot.backups), try drain(slot) else { return }
    if keepingProcesses {
      hit(.failover, "\(slot.service.service)")
    } else {
      kill(slot)
      hit(.cleanRestore, "\(slot.service.service)")
    }
    try replace(slot, backup)
  }

  /// As `restoreClean`, but part of what was said was not sent, or the old processes live on with the old database.
  func restoreTorn() throws {
    guard let slot = pick(slots), let backup = pick(slot.backups) else { return }
    if chance(0.5) {
      kill(slot)
      hit(.tornRestore, "\(slot.service.service)")
    } else {
      for life in slot.lives where life.ownStore == nil { life.ownStore = slot.store }
      hit(.splitBrain, "\(slot.service.service)")
    }
    try replace(slot, backup)
  }
}

/// What the log has lost for good, and the person who gives it up.
struct Losses {
  private var numbers: [TopicPartition: Set<Int64>] = [:]
  private var names: Set<String> = []

  mutating func add(_ partition: TopicPartition, _ number: Int64, _ frame: Frame) {
    numbers[partition, default: []].insert(number)
    guard let record = ToyRecord.of(frame) else { return }
    names.formUnion([record.key, record.item])
  }

  func concerns(_ name: String) -> Bool { names.contains(name) }
  func concerns(_ row: Row) -> Bool { if case .text(let key) = row[0] { names.contains(key) } else { false } }
  func contains(_ partition: TopicPartition, _ number: Int64) -> Bool { numbers[partition]?.contains(number) ?? false }

  /// For each stream that stands still before a loss: gives up what is known to be lost, and nothing else.
  func accept(_ world: World) throws {
    for slot in world.slots {
      for life in slot.lives {
        guard let engine = life.engine, !engine.stopped().isEmpty else { continue }
        for partition in world.inputs(of: slot) where engine.stopped()[partition.partition] != nil {
          let mark = try world.position(slot, partition).number
          let next = try world.log(partition).compactMap { $0.frame.integer("ce_sequence") }.filter { $0 > mark }.min()
            ?? (numbers[partition]?.max() ?? 0) + 1  // nothing came after it
          guard next > mark + 1, (mark + 1..<next).allSatisfy({ contains(partition, $0) }) else { continue }
          world.say("\(life.instance): a person gives up \(partition) \(mark + 1)-\(next - 1)")
          _ = engine.accept(
            Loss(
              topic: partition.topic, partition: partition.partition, from: mark + 1, to: next - 1, person: "p", reason: "lost"))
        }
      }
    }
  }
}
