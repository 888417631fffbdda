import Lanes
import Ledger
import Messaging
import Storage
import Wire

@testable import countersign_audit

/// Audit on the bus in memory, fed as the other services would.
final class AuditWorld {
  let broker: MemoryBroker
  let ledger: TestLedger
  let clock = TestClock(Records.start)
  private let bus: MemoryBus
  private(set) var engine: LaneEngine<AuditDecider>
  private(set) var mailbox: Mailbox<AuditDecider>
  private var nextID: Int64 = 1
  private let pace: Double

  /// - Parameter pace: seconds of a turn.
  init(pace: Double = 0.3) throws {
    self.pace = pace
    broker = MemoryBroker(topics: Dictionary(uniqueKeysWithValues: Topic.all.map { ($0.name, $0.kind == .table ? 1 : 4) }), seed: 1)
    ledger = try TestLedger()
    bus = broker.client()
    (engine, mailbox) = Self.makeEngine(ledger, bus, clock)
    try engine.start(Tables.migrations)
  }

  private static func makeEngine(
    _ ledger: TestLedger, _ bus: MemoryBus, _ clock: TestClock
  ) -> (LaneEngine<AuditDecider>, Mailbox<AuditDecider>) {
    var config = LaneConfig(instance: "audit-1", lanes: 4)
    config.exclusive = true
    let mailbox = Mailbox<AuditDecider>(wake: {})
    let engine = LaneEngine(
      AuditDecider(), store: ledger.store, bus: bus, clock: clock, config: config, seal: Records().seal,
      caller: NoCaller<Never>(), absorber: ledger.absorber, mailbox: mailbox, seed: 1)
    return (engine, mailbox)
  }

  func send(_ messages: [Message]) throws { try broker.take(messages, by: bus, from: &nextID) }

  func run(turns: Int = 40) throws {
    for _ in 0..<turns {
      try engine.turn(wait: .zero)
      broker.tick()
      clock.move(pace)
    }
  }

  func published(_ topic: Topic) throws -> [Frame] {
    var frames: [Frame] = []
    for lane in 0..<Int32(4) {
      let source = TopicPartition(topic.name, lane)
      let marks = try bus.watermarks(of: source)
      try bus.read(source, marks.low..<marks.high) { frames.append($0.frame); return true }
    }
    return frames
  }
}
