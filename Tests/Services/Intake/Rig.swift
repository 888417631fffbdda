import JSON
import Lanes
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_intake

/// The whole service on a bus and a database in memory.
final class Rig {
  static let lanes: Int32 = 4
  let broker: MemoryBroker
  let clock: TestClock
  let decider: IntakeDecider
  private(set) var store: SQLiteStore
  /// The database before anything came.
  let fresh: [UInt8]
  private var engine: LaneEngine<IntakeDecider>
  private(set) var mailbox: Mailbox<IntakeDecider>
  private let outside: any Producer
  private let reader: MemoryBus
  private var sent: Int64 = 0
  private let seal = Seal(key: Fixture.key)

  private let keysKept: Double?
  private let gatherSeconds: Double
  /// The built-in executor over a database; nil for none.
  private let webhooks: ((SQLiteStore) -> WebhookExecutor)?

  init(
    _ decider: IntakeDecider? = nil, webhooks: ((SQLiteStore) -> WebhookExecutor)? = nil, keysKept: Double? = nil,
    gatherSeconds: Double = 0
  ) throws {
    self.keysKept = keysKept
    self.gatherSeconds = gatherSeconds
    self.webhooks = webhooks
    var topics: [String: Int32] = ["intake": 4, "executions": 2]
    for topic in Topic.all where topic.kind == .internal { topics[topic.name] = Rig.lanes }
    broker = MemoryBroker(topics: topics, seed: 3)
    clock = TestClock(Fixture.now)
    self.decider = try decider ?? Fixture.decider()
    reader = broker.client()
    outside = try broker.client().makeProducer()
    store = try SQLiteStore(path: ":memory:")
    let caller = WebhookCaller(executor: webhooks?(store))
    (engine, mailbox) = try Rig.start(self.decider, store, broker, clock, seal, caller, keysKept, gatherSeconds, instance: "a")
    fresh = try store.snapshot()
  }

  private static func start(
    _ decider: IntakeDecider, _ store: SQLiteStore, _ broker: MemoryBroker, _ clock: TestClock, _ seal: Seal,
    _ caller: WebhookCaller, _ keysKept: Double?, _ gatherSeconds: Double, instance: String
  ) throws -> (LaneEngine<IntakeDecider>, Mailbox<IntakeDecider>) {
    let mailbox = Mailbox<IntakeDecider>(wake: {})
    var config = LaneConfig(instance: instance, lanes: lanes, doors: ["intake", "executions"])
    config.exclusive = true
    config.keysKeptSeconds = keysKept
    config.gatherSeconds = gatherSeconds
    let engine = LaneEngine(
      decider, store: store, bus: broker.client(), clock: clock, config: config, seal: seal, caller: caller,
      mailbox: mailbox, seed: 11)
    try engine.start()
    for _ in 0..<10 { try engine.turn(wait: .zero) }
    return (engine, mailbox)
  }

  /// Ends the process without a goodbye and starts it anew on a database as `snapshot` has it.
  func restart(on snapshot: [UInt8]) throws {
    clock.move(60)
    store = try SQLiteStore(snapshot: snapshot)
    let caller = WebhookCaller(executor: webhooks?(store))
    (engine, mailbox) = try Rig.start(decider, store, broker, clock, seal, caller, keysKept, gatherSeconds, instance: "b\(clock.wall.microseconds)")
    try run()
  }

  func put(_ body: [UInt8]?, topic: String = "intake", partition: Int32 = 0, _ headers: [(String, String?)] = []) throws
  {
    sent += 1
    let frame = Fixture.frame(body, headers)
    _ = try outside.send(
      Outgoing(id: sent, partition: TopicPartition(topic, partition), frames: Array(frame.bytes), count: 1))
    _ = outside.reports()
  }

  /// A record of policy's, sealed and numbered.
  func say(_ topic: Topic, _ body: some Body, caseID: String, number: Int64) throws {
    sent += 1
    var writer = JSONWriter()
    body.write(&writer)
    let lane = Wire.lane(of: caseID, among: Rig.lanes)
    var frame = FrameWriter()
    frame.begin(key: caseID.utf8, body: writer.finish())
    frame.header("ce_subject", caseID)
    frame.header("ce_type", type(of: body).type)
    frame.header("ce_epoch", "1")
    frame.header("ce_sequence", "\(number)")
    seal.close(&frame, topic: topic.name, partition: lane)
    _ = try outside.send(Outgoing(id: sent, partition: TopicPartition(topic.name, lane), frames: frame.bytes, count: 1))
    _ = outside.reports()
  }

  /// Turns until nothing is left to do.
  func run() throws {
    var idle = 0
    for _ in 0..<500 where idle < 5 { idle = try engine.turn(wait: .zero) ? 0 : idle + 1 }
    try #require(idle >= 5, "the engine does not come to rest")
  }

  /// What was said on a topic: keys, types and records in the order of each lane.
  func records(_ topic: Topic) throws -> [IntakeRecord] { try said(topic).map(\.record) }

  private func said(_ topic: Topic) throws -> [(order: Int64, lane: Int32, record: IntakeRecord)] {
    var found: [(Int64, Int32, IntakeRecord)] = []
    for lane in 0..<Rig.lanes {
      let partition = TopicPartition(topic.name, lane)
      let marks = try reader.watermarks(of: partition)
      var frames: [Frame] = []
      try reader.read(partition, marks.low..<marks.high) { message in
        frames.append(message.frame)
        return true
      }
      // What was sent twice has the same number.
      var last: Int64 = 0
      for frame in frames {
        guard let number = frame.integer("ce_sequence"), number > last else { continue }
        last = number
        let record = try IntakeRecord.read(type: frame.text("ce_type") ?? "", topic: topic, frame: frame)
        found.append((frame.integer("ce_order") ?? 0, lane, record))
      }
    }
    return found
  }

  var replies: [IntakeReply] {
    get throws {
      try records(.replies).compactMap { if case .replied(let reply, _) = $0 { reply } else { nil } }
    }
  }

  var admitted: [(body: CaseAdmitted, caseID: String)] {
    get throws {
      try records(.cases).compactMap { if case .admitted(let body, let caseID) = $0 { (body, caseID) } else { nil } }
    }
  }

  /// The states as the database has them, and as the records fold to.
  func checkFold() throws {
    var folded: [String: IntakeState] = [:]
    let all = try [Topic.cases, .effects, .replies, .webhooks].flatMap { try said($0) }
    for (_, _, record) in all.sorted(by: { ($0.lane, $0.order) < ($1.lane, $1.order) }) {
      folded[record.key] = decider.evolve(folded[record.key], record)
    }
    #expect(try states() == folded)
  }

  func states() throws -> [String: IntakeState] {
    let rows = try store.read { try $0.query("SELECT key, body FROM states", []) }
    var states: [String: IntakeState] = [:]
    for row in rows {
      guard case .text(let key) = row[0], case .blob(let body) = row[1] else { continue }
      states[key] = try IntakeState(JSON.parse(body, limits: .stored))
    }
    return states
  }
}
