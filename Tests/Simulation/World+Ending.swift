@testable import Lanes
import Messaging
import Storage
import Wire

/// What is checked when a world has come to rest.
extension World {
  func checkEnd() throws {
    for slot in slots { checkStreams(slot) }
    guard profile.isExact else { return try checkNoticed() }
    for slot in slots where !slot.refusals.isEmpty { violate("\(slot.service.service) refused to start: \(slot.refusals[0])") }
    for life in slots.flatMap(\.lives) {
      for (lane, text) in life.engine?.stopped() ?? [:] { violate("\(life.instance) stands still in lane \(lane): \(text)") }
    }
    if try !isQuiet() { violate("it never came to rest: \(try describeUnrest())") }
    guard violations.isEmpty else { return }
    try checkComplete()
    try cast.checkItems(self)
    if profile != .forgetful { for slot in slots { try checkLogFold(slot) } }
  }

  /// Every stream was handled without a hole, whatever happened.
  private func checkStreams(_ slot: Slot) {
    for (partition, frames) in slot.handled.sorted(by: { $0.key < $1.key }) {
      for number in stride(from: Int64(1), through: frames.keys.max() ?? 0, by: 1) where frames[number] == nil {
        if !losses.contains(partition, number) { violate("\(slot.service.service) left out \(partition) \(number)") }
      }
    }
  }

  /// A history that was torn may lose something, but not without a word.
  private func checkNoticed() throws {
    if try !isQuiet(), !isNoticed { violate("it never came to rest, and nothing was said") }
  }

  /// Whether somebody has said that something may be lost.
  var isNoticed: Bool {
    let alarms: Set<LaneAlert.Code> = [.regressed, .gap, .zombie, .recovered]
    return slots.contains { !$0.refusals.isEmpty || $0.alerts.contains { alarms.contains($0.code) } }
  }

  /// Every reader has handled all that was said.
  private func checkComplete() throws {
    for writer in slots {
      let numbers = try writer.store.read { try $0.query("SELECT topic, lane, number FROM numbers", []) }
      for row in numbers {
        let partition = TopicPartition(try row[0].text(), Int32(try row[1].integer()))
        guard partition.topic != "*", !partition.topic.hasPrefix("audit.") else { continue }
        for reader in slots where inputs(of: reader).contains(partition) {
          let last = reader.handled[partition]?.keys.max() ?? 0
          let count = try row[2].integer()
          let lag: Int64 = partition.topic.hasSuffix(".heads") ? 2 : 0
          guard last + lag < count, !(last + 1...count).allSatisfy({ losses.contains(partition, $0) }) else { continue }
          violate("\(reader.service.service) handled \(partition) up to \(last) of \(count)")
        }
      }
    }
  }

  /// What the log itself tells, read anew, gives the states: also after all restores.
  private func checkLogFold(_ slot: Slot) throws {
    var model = slot.service.makeModel()
    for lane in 0..<World.lanes {
      var said: [(order: Int64, topic: String, frame: Frame)] = []
      for topic in Topic.streams(of: slot.service.service) {
        let partition = TopicPartition(topic.name, lane)
        var byNumber: [Int64: Frame] = [:]
        for message in try log(partition) {
          guard seal.verifies(message.frame, topic: partition.topic, partition: lane),
            let number = message.frame.integer("ce_sequence")
          else { continue }
          byNumber[number] = message.frame
        }
        let count = byNumber.keys.max() ?? 0
        for number in stride(from: Int64(1), through: count, by: 1) where byNumber[number] == nil {
          if !losses.contains(partition, number) { violate("\(partition) has no number \(number)") }
        }
        said += byNumber.values.map { ($0.integer("ce_order") ?? 0, topic.name, $0) }
      }
      for (_, topic, frame) in said.sorted(by: { $0.order < $1.order }) { model.apply(frame, topic: topic) }
    }
    let expected = model.rows(lanes: World.lanes).filter { !losses.concerns($0) }
    let rows = try states(of: slot).filter { !losses.concerns($0) }
    if rows != expected { violate("\(slot.service.service): \(describe(rows)) is not what its log says: \(describe(expected))") }
  }

  private func describeUnrest() throws -> String {
    try slots.map { slot in
      let waiting = try inputs(of: slot).filter { !$0.topic.hasSuffix(".heads") }.compactMap { partition -> String? in
        let (at, high) = (try position(slot, partition).offset, try outside.watermarks(of: partition).high)
        return at < high ? "\(partition) at \(at) of \(high)" : nil
      }
      let outbox = try slot.store.read { try $0.query("SELECT topic, lane, first FROM outbox", []) }
      return "\(slot.service.service): \(describe(try states(of: slot))) | \(waiting) | outbox \(outbox.prefix(5))"
    }.joined(separator: " || ") + slots.flatMap(\.lives).map { $0.engine?.describe() ?? "" }.joined(separator: "\n    ")
  }
}
