import Identity
import JSON
import Lanes
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_reviewer

/// Makes no call: notices stay owed.
struct HeldCaller: Caller {
  func begin(_ call: NoticeCall, key: String, end: @escaping @Sendable (Delivery) -> Void) {}
}

/// The whole service on a bus and a database in memory.
final class DeskRig {
  static let lanes: Int32 = 4
  let broker: MemoryBroker
  let clock = TestClock(DeskFixture.now)
  let decider: ReviewerDecider
  private(set) var store: SQLiteStore
  private var engine: LaneEngine<ReviewerDecider>
  private var mailbox: Mailbox<ReviewerDecider>
  private let outside: any Producer
  private var sent: Int64 = 0
  private var numbers: [Int32: Int64] = [:]
  private static let seal = Seal(key: DeskFixture.key)

  init(people: People = DeskFixture.people, looksAgain: Bool = false) throws {
    var topics: [String: Int32] = [:]
    for topic in Topic.all where topic.kind != .door { topics[topic.name] = topic.kind == .table ? 1 : Self.lanes }
    broker = MemoryBroker(topics: topics, seed: 5)
    var decider = try DeskFixture.decider(people: people)
    decider.looksAgain = looksAgain
    self.decider = decider
    outside = try broker.client().makeProducer()
    store = try SQLiteStore(path: ":memory:")
    (engine, mailbox) = try Self.start(decider, store, broker, clock, "a")
  }

  private static func start(
    _ decider: ReviewerDecider, _ store: SQLiteStore, _ broker: MemoryBroker, _ clock: TestClock, _ instance: String
  ) throws -> (LaneEngine<ReviewerDecider>, Mailbox<ReviewerDecider>) {
    let mailbox = Mailbox<ReviewerDecider>(wake: {})
    var config = LaneConfig(instance: instance, lanes: lanes)
    config.exclusive = true
    let engine = LaneEngine(
      decider, store: store, bus: broker.client(), clock: clock, config: config, seal: seal, caller: HeldCaller(),
      mailbox: mailbox, seed: 3)
    try engine.start(ReviewTask.migrations)
    for _ in 0..<10 { try engine.turn(wait: .zero) }
    return (engine, mailbox)
  }

  /// Ends the process without a goodbye and starts it anew, on a database as `snapshot` has it.
  func restart(on snapshot: [UInt8]) throws {
    clock.move(60)
    store = try SQLiteStore(snapshot: snapshot)
    (engine, mailbox) = try Self.start(decider, store, broker, clock, "b\(clock.wall.microseconds)")
    try run()
  }

  /// A record of policy's, sealed and numbered.
  func say(_ body: some Body, caseID: String = DeskFixture.caseID, bytes: [UInt8]? = nil) throws {
    sent += 1
    var writer = JSONWriter()
    body.write(&writer)
    let written = writer.finish()
    let lane = Wire.lane(of: caseID, among: Self.lanes)
    numbers[lane, default: 0] += 1
    var frame = FrameWriter()
    frame.begin(key: caseID.utf8, body: bytes ?? written)
    frame.header("ce_subject", caseID)
    frame.header("ce_type", type(of: body).type)
    frame.header("ce_epoch", "1")
    frame.header("ce_sequence", "\(numbers[lane] ?? 0)")
    Self.seal.close(&frame, topic: Topic.reviewsRequested.name, partition: lane)
    let partition = TopicPartition(Topic.reviewsRequested.name, lane)
    _ = try outside.send(Outgoing(id: sent, partition: partition, frames: frame.bytes, count: 1))
    _ = outside.reports()
    try run()
  }

  func command(_ person: Person, _ command: Command, caseID: String = DeskFixture.caseID) throws -> DeskAnswer {
    let ticket = mailbox.submit(id: "c\(sent)") { _ in .command(caseID, person, command) }
    try run()
    return try #require(try ticket.result?.get())
  }

  /// Where commands go in.
  var door: Mailbox<ReviewerDecider> { mailbox }

  /// Works until it is told to stop, for a service that is asked over HTTP.
  func pump(until isOver: () -> Bool) throws {
    while !isOver() { _ = try engine.turn(wait: .milliseconds(2)) }
  }

  func run() throws {
    var idle = 0
    for _ in 0..<1_000 where idle < 5 { idle = try engine.turn(wait: .zero) ? 0 : idle + 1 }
    try #require(idle >= 5, "the engine does not come to rest")
  }

  func said(_ topic: Topic) throws -> [(order: Int64, record: ReviewerRecord)] {
    let reader = broker.client()
    var found: [(Int64, ReviewerRecord)] = []
    for lane in 0..<Int32(try reader.partitionCount(of: topic.name)) {
      let partition = TopicPartition(topic.name, lane)
      let marks = try reader.watermarks(of: partition)
      var frames: [Frame] = []
      try reader.read(partition, marks.low..<marks.high) { frames.append($0.frame); return true }
      var last: Int64 = 0
      for frame in frames where (frame.integer("ce_sequence") ?? 0) > last {
        last = frame.integer("ce_sequence") ?? 0
        found.append(
          (frame.integer("ce_order") ?? 0, try ReviewerRecord.read(type: frame.text("ce_type") ?? "", topic: topic, frame: frame)))
      }
    }
    return found
  }

  func states() throws -> [String: ReviewTask] {
    var states: [String: ReviewTask] = [:]
    for row in try store.read({ try $0.query("SELECT key, body FROM states", []) }) {
      guard case .text(let key) = row[0], case .blob(let body) = row[1] else { continue }
      states[key] = try ReviewTask(JSON.parse(body, limits: .stored))
    }
    return states
  }

  /// The states are what the records fold to.
  func checkFold() throws {
    var folded: [String: ReviewTask] = [:]
    let all = try [Topic.reviews, .escalations, .decisions].flatMap { try said($0) }
    for (_, record) in all.sorted(by: { $0.order < $1.order }) { folded[record.key] = decider.evolve(folded[record.key], record) }
    #expect(try states() == folded)
  }
}
