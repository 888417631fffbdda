@testable import Lanes
import JSON
import Messaging
import Storage
import Wire

/// What is checked while a world runs.
extension World {
  /// A transaction is durable.
  func committed(_ changes: Changes, by life: Life) {
    let slot = life.slot
    var said: [(order: Int64, topic: String, frame: Frame)] = []
    for row in changes.outbox {
      guard let topic = try? row[0].text(), let bytes = try? row[5].blob(), let frames = Frame.split(bytes[...]) else {
        return violate("an outbox row that is not frames")
      }
      for frame in frames {
        slot.committed.insert(name(topic, frame))
        said.append((frame.integer("ce_order") ?? 0, topic, frame))
        noteElsewhere(row, frame, life)
        cast.said(frame, on: topic)
        say("\(life.instance) says \(name(topic, frame)) #\(frame.integer("ce_order") ?? 0) \(frame.text("ce_type") ?? "") \(frame.text("ce_cause") ?? "") \(ToyRecord.of(frame)?.item ?? "")")
      }
    }
    // Also what a database handled that was lost, or that lives on beside the new one: its records tell.
    for row in changes.handled {
      guard let topic = try? row[0].text(), let part = try? row[1].integer(), let number = try? row[2].integer(),
        let frame = try? row[3].blob()
      else { continue }
      slot.handled[TopicPartition(topic, Int32(part)), default: [:]][number] = Frame(frame[...])
    }
    guard life.ownStore == nil else { return }
    noteRun(life)
    noteReached(life)
    for (_, _, frame) in said where frame.text("ce_cause")?.hasPrefix("timer:") ?? false { checkTimer(frame, life) }
    for (_, topic, frame) in said.sorted(by: { $0.order < $1.order }) { slot.model.apply(frame, topic: topic) }
    for row in changes.positions {
      guard let topic = try? row[0].text(), let part = try? row[1].integer(), let number = try? row[5].integer() else { continue }
      let name = "\(topic)/\(part)"
      say("\(life.instance) stands in \(name) at \(row[3]) after \(number)")
      if number < slot.marks[name] ?? -1 { violate("\(life.instance): the mark of \(name) goes back to \(number)") }
      slot.marks[name] = number
    }
    for row in changes.lanes {
      guard let lane = try? row[0].integer(), let epoch = try? row[2].integer(), let attempts = try? row[5].integer() else {
        continue
      }
      let known = slot.taken[lane]
      let isTaking = attempts > known?.attempts ?? 0
      if let known, epoch < known.epoch || (isTaking && epoch == known.epoch) {
        violate("\(life.instance) takes lane \(lane) under epoch \(epoch), which is not new")
      }
      if epoch > known?.epoch ?? 0 { noteInput(slot, Int32(lane)) }
      slot.taken[lane] = (epoch, attempts)
    }
  }

  /// A command is carried out at an instance that does not work its lane.
  private func noteElsewhere(_ row: Row, _ frame: Frame, _ life: Life) {
    guard frame.text("ce_cause")?.hasPrefix("command:") ?? false, let lane = try? row[1].integer(),
      let owned = life.engine?.owned(), !owned.contains(Int32(lane))
    else { return }
    hit(.commandElsewhere, "lane \(lane) at \(life.instance)")
  }

  /// A lane was taken: all that lies there now comes before its timers.
  private func noteInput(_ slot: Slot, _ lane: Int32) {
    let unread = inputs(of: slot).filter { $0.partition % World.lanes == lane }.map { partition in
      (partition, (try? outside.watermarks(of: partition).high) ?? 0)
    }
    slot.mustRead[lane] = Dictionary(unread) { first, _ in first }
  }

  /// It goes over to a new run of the broker: what it saw lie there comes before the timers of its lanes.
  func noteRun(_ life: Life) {
    guard life.ownStore == nil, let engine = life.engine, let run = engine.brokerRun() else { return }
    let before = life.brokerRun
    life.brokerRun = run
    guard let before, before != run, run == broker.run else { return }
    let seen = inputs(of: life.slot).compactMap { partition in life.ends[partition].map { (partition, $0) } }
    for lane in engine.owned() {
      life.slot.mustRead[lane] = Dictionary(seen.filter { $0.0.partition % World.lanes == lane }) { first, _ in first }
    }
  }

  /// What was read once may be read again, when records are missing in it.
  private func noteReached(_ life: Life) {
    guard !life.slot.mustRead.isEmpty, let reached = life.engine?.reached() else { return }
    for (lane, unread) in life.slot.mustRead {
      life.slot.mustRead[lane] = unread.filter { partition, end in reached[partition].map { $0 < end } ?? true }
    }
  }

  private func checkTimer(_ frame: Frame, _ life: Life) {
    let lane = Wire.lane(of: frame.text("ce_cause").map { String($0.drop { $0 != "@" }.dropFirst()) } ?? "", among: World.lanes)
    guard let unread = life.slot.mustRead[lane], let reached = life.engine?.reached() else { return }
    for (partition, end) in unread.sorted(by: { $0.key < $1.key }) where reached[partition] ?? .max < end {
      violate("\(life.instance): \(frame.text("ce_cause") ?? "") fired before \(partition) was read to \(end), which lay there first")
    }
  }

  /// A log has lost its end, or all that it held.
  func forgetInput(_ partition: TopicPartition?) {
    for slot in slots {
      for lane in slot.mustRead.keys {
        guard let partition else {
          slot.mustRead[lane] = nil
          continue
        }
        guard let end = slot.mustRead[lane]?[partition] else { continue }
        slot.mustRead[lane]?[partition] = min(end, (try? outside.watermarks(of: partition).high) ?? 0)
      }
    }
  }

  private func name(_ topic: String, _ frame: Frame) -> String {
    "\(topic) \(frame.text("ce_id") ?? "")"
  }

  /// A process hands rows to its producer.
  func sending(_ outgoing: Outgoing, by life: Life) {
    for frame in Frame.split(outgoing.frames[...]) ?? [] where !life.slot.committed.contains(name(outgoing.partition.topic, frame)) {
      violate("\(life.instance) sends \(name(outgoing.partition.topic, frame)), which is not committed")
    }
    broker.nextRow(drawFate(outgoing.count))
  }

  private func drawFate(_ count: Int) -> Fate {
    guard isChaotic, chance(0.25) else { return .deliver }
    switch Int.random(in: 0..<5, using: &random) {
    case 0:
      hit(.duplicateRow, "")
      return .duplicate
    case 1:
      hit(.lostAcknowledgement, "")
      return .loseAcknowledgement
    case 2:
      hit(.refusedRow, "")
      return .refuse(after: Int.random(in: 0..<max(1, count), using: &random))
    default:
      hit(.heldRow, "")
      return .hold
    }
  }

  /// The states of a service are the fold of what it has said, timers and calls included.
  func check(_ slot: Slot) {
    cast.checkAnswers(self)
    guard slot.isModelCurrent, let rows = try? states(of: slot) else { return }
    let expected = slot.model.rows(lanes: World.lanes)
    guard rows != expected else { return }
    violate("\(slot.service.service): the states are not the fold of its records: \(describe(rows)) instead of \(describe(expected))")
    slot.isModelCurrent = false
  }

  func states(of slot: Slot) throws -> [Row] {
    try slot.store.read { try $0.query("SELECT key, lane, due, calls, body FROM states ORDER BY key", []) }
  }

  func describe(_ rows: [Row]) -> String {
    rows.map { row in
      if case .blob(let body) = row[4] { "\(row[0]) \(row[2]) \(row[3]) \(String(decoding: body, as: UTF8.self))" } else { "\(row)" }
    }.joined(separator: "; ")
  }
}

extension ToyRecord {
  static func of(_ frame: Frame) -> ToyRecord? {
    guard let type = frame.text("ce_type"), type.hasPrefix("toy.") else { return nil }
    return try? ToyRecord.read(type: type, topic: .cases, frame: frame)
  }
}
