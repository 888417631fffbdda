import JSON
@testable import Lanes
import Messaging
import Storage
import Wire

/// An engine with its types forgotten.
struct Engine {
  let start: () throws -> Void
  let turn: () throws -> Void
  let stop: (Instant) throws -> Void
  let stopped: () -> [Int32: String]
  let owned: () -> [Int32]
  let brokerRun: () -> String?
  /// Where each input is read on.
  let reached: () -> [TopicPartition: Int64]
  let describe: () -> String
  let accept: (Loss) -> Ticket<Void>
  /// The mailbox, for a world that knows which service it is.
  let mailbox: Any
}

/// The fold of what a service has said, kept apart from the service.
protocol Model {
  mutating func apply(_ frame: Frame, topic: String)
  /// The rows that its states should have, in the order of their keys.
  func rows(lanes: Int32) -> [Row]
}

struct Fold<D: Decider>: Model {
  let decider: D
  private var states: [String: D.State] = [:]

  init(_ decider: D) { self.decider = decider }

  mutating func apply(_ frame: Frame, topic: String) {
    guard let topic = Topic.named(topic), topic != D.service.dead, topic != D.service.heads,
      let record = try? D.Record.read(type: frame.text("ce_type") ?? "", topic: topic, frame: frame)
    else { return }
    states[record.key] = decider.evolve(states[record.key], record)
  }

  func rows(lanes: Int32) -> [Row] {
    states.sorted { $0.key < $1.key }.map { key, state in
      var writer = JSONWriter()
      state.write(&writer)
      let due = state.timers.map(\.due).min()
      return [
        .text(key), .integer(Int64(lane(of: key, among: lanes))), due.map { .integer($0.microseconds) } ?? .null,
        state.calls.isEmpty ? .null : .integer(Int64(state.calls.count)), .blob(writer.finish()),
      ]
    }
  }
}

/// A service that a world can run.
struct SimulatedService: Sendable {
  let service: Service
  let inputs: [Topic]
  let doors: [String]
  /// In bytes: what the world lets a record have.
  let recordLimit: Int
  let makeModel: @Sendable () -> any Model
  let makeEngine: @Sendable (Life, LaneConfig, _ seed: UInt64) -> Engine

  /// - Parameters:
  ///   - absorber: what the service keeps besides its states; made anew for each process.
  ///   - result: what a call gives, once it ends; nil where it never does.
  init<D: Decider>(
    _ decider: D, doors: [String] = [], recordLimit: Int = 8_000, migrations: [Migration] = [],
    absorber: @escaping @Sendable (World) -> (any Absorber)? = { _ in nil },
    result: @escaping @Sendable (D.State.Call, String, World) -> D.CallResult? = { _, _, _ in nil }
  ) {
    service = D.service
    inputs = decider.inputs
    self.doors = doors
    self.recordLimit = recordLimit
    makeModel = { Fold(decider) }
    makeEngine = { life, config, seed in
      let mailbox = Mailbox<D>(limit: 100, wake: {})
      let world = life.world
      let engine = LaneEngine(
        decider, store: FaultyStore(life), bus: FaultyBus(life, world.broker.client()), clock: world.clock, config: config,
        seal: world.seal, caller: WorldCaller(life: life, result: result),
        absorber: Handled(life: life, then: absorber(world)), mailbox: mailbox,
        seed: seed, notice: { life.noticed($0) })
      return Engine(
        start: { try engine.start([Handled.migration] + migrations) }, turn: { try engine.turn(wait: .zero) },
        stop: { try engine.stop(until: $0) }, stopped: { engine.stoppedLanes },
        owned: { engine.ownedLanes },
        brokerRun: { engine.brokerRun },
        reached: {
          // Positions in another run of the broker say nothing about this one.
          let isOfThisRun = engine.brokerRun == nil || engine.brokerRun == world.broker.run
          return engine.positions.mapValues { isOfThisRun ? $0.nextOffset : 0 }
        }, describe: { engine.summary },
        accept: { mailbox.accept($0) },
        mailbox: mailbox)
    }
  }
}

extension LaneEngine {
  /// For the trace of a world that never came to rest.
  fileprivate var summary: String {
    let own = lanes.sorted { $0.key < $1.key }.map { lane, it in
      "lane \(lane): attempts \(it.attempts) suspects \(it.suspects) catch-up \(it.catchUp) leaving \(it.leaving)"
    }
    return "\(config.instance): \(own) inbox \(inbox.count) singly \(singly.count) due \(nextDue.map { "\($0)" } ?? "never")"
      + " held \(holdUntil > clock.wall) resumed \(resumed.count) relay \(relay.pendingBytes) awaited \(awaited) gapped \(gapped) positions \(positions.filter { $0.value.held != nil })"
  }
}

/// Makes calls as the world pleases: late, never, or after the process has died.
struct WorldCaller<Call: LaneCall, Result: Sendable>: Caller {
  let life: Life
  let result: @Sendable (Call, String, World) -> Result?

  func begin(_ call: Call, key: String, end: @escaping @Sendable (Result) -> Void) {
    let (world, result) = (life.world, result)
    world.began(call.id, key: key, repeatable: call.repeatable, by: life) {
      if let given = result(call, key, world) { end(given) }
    }
  }
}

/// Keeps, in the service's database, each message that it handled.
struct Handled: Absorber {
  let life: Life
  /// The service's own.
  let then: (any Absorber)?
  var keepsEverything: Bool { then?.keepsEverything ?? false }

  static let table = Table(
    "handled", keyCount: 3,
    [Column("topic", .text), Column("part", .integer), Column("number", .integer), Column("frame", .blob)])
  static let migration = Migration("toy-1", [.create(table)])

  func absorb(_ messages: [Message], in transaction: any StoreTransaction) throws {
    let numbered = messages.compactMap { message -> Row? in
      guard let number = message.frame.integer("ce_sequence"), Topic.named(message.source.topic)?.kind == .internal else {
        return nil
      }
      return [
        .text(message.source.topic), .integer(Int64(message.source.partition)), .integer(number),
        .blob(Array(message.frame.bytes)),
      ]
    }
    for row in try transaction.load(Self.table, numbered.map { Array($0.prefix(3)) }) {
      if let row { life.world.violate("\(life.instance) handles \(row[0]) \(row[1]) \(row[2]) twice") }
    }
    try transaction.insert(Self.table, numbered)
    try then?.absorb(messages, in: transaction)
  }
}
