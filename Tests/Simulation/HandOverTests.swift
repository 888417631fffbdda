@testable import Lanes
import Messaging
import Storage
import Testing
import Wire

@Suite("Handing over a lane") struct HandOverTests {
  /// Two processes share a database and a broker that is slow to answer; nothing else is wrong.
  @Test("sends no record a second time", arguments: 0..<UInt64(8)) func isClean(seed: UInt64) throws {
    let clients = Clients()
    let world = try World(seed: 3 + seed * 10, cast: clients)
    world.isChaotic = false
    world.startMissing()
    for _ in 0..<12 { clients.publish(world, kinds: [.plain]) }
    for round in 0..<40 {
      world.clock.move(0.4)
      // What is sent now stays on the wire until the next tick.
      for _ in 0..<4 where round % 3 == 0 { world.broker.nextRow(.hold) }
      if round < 30 { clients.publish(world, kinds: [.plain]) }
      world.broker.tick()
      let running = world.slots.flatMap(\.lives)
      // A second process appears late, and half of the lanes go over to it.
      for life in running where round > 4 || life.instance.hasSuffix("-1") || life.instance.hasSuffix("-3") { world.turn(life) }
    }
    var ids: Set<String> = []
    for topic in Topic.streams(of: .intake) {
      for lane in 0..<World.lanes {
        for message in try world.log(TopicPartition(topic.name, lane)) {
          let id = message.frame.text("ce_id") ?? ""
          #expect(ids.insert(id).inserted, "\(id) stands twice in the log")
        }
      }
    }
    #expect(ids.count > 12)
    #expect(world.violations.isEmpty)
  }

  /// The first process has heard that its records arrived, and loses its lanes before it has cleared them away.
  @Test("leaves alone what lies in the outbox of a lane that it has lost", arguments: 0..<UInt64(4))
  func isNotCleared(seed: UInt64) throws {
    let clients = Clients()
    let world = try World(seed: 3 + seed * 10, cast: clients)
    world.isChaotic = false
    world.startMissing()
    let intake = world.slots[0]
    let (first, second) = (intake.lives[0], intake.lives[1])
    func hasCases() throws -> Bool {
      guard first.isStarted else { return false }
      return try !intake.store.read { try $0.query("SELECT first FROM outbox WHERE topic = 'cases'", []) }.isEmpty
    }
    for _ in 0..<40 where try !hasCases() {
      clients.publish(world, kinds: [.plain])
      world.clock.move(0.02)
      world.turn(first)
    }
    // It hears what has arrived, and clears that away with what it says next.
    world.turn(first)
    #expect(try hasCases())
    world.clock.move(11)
    for _ in 0..<20 { world.broker.nextRow(.loseAcknowledgement) }
    world.turn(second)
    world.stopOrderly(first)
    try world.run(steps: 0)
    #expect(world.violations.isEmpty)
  }

  /// Two processes on one database that goes over to a copy. One of them wrote into a lane of the other before the copy
  /// was made, and does so again before the other, which has said more since, has noticed.
  @Test("numbers nothing in a copy of the database that the log is ahead of", arguments: 0..<UInt64(8))
  func isNoFork(seed: UInt64) throws {
    let clients = Clients()
    let world = try World(seed: 3 + seed * 10, cast: clients)
    world.isChaotic = false
    world.startMissing()
    let intake = world.slots[0]
    func play(_ rounds: Int, _ lives: [Life], _ act: () -> Void) {
      for _ in 0..<rounds {
        act()
        world.clock.move(0.4)
        for _ in 0..<2 { for life in lives { world.turn(life) } }
      }
    }
    play(12, intake.lives) { clients.publish(world, kinds: [.plain]) }
    play(6, intake.lives) { clients.touch(world) }
    let backup = try intake.backup()
    play(4, intake.lives) { for _ in 0..<3 { clients.touch(world) } }
    // All of it reaches the log, also what lies in the outbox of another's lane.
    play(6, intake.lives) {}
    try world.replace(intake, backup)
    for life in intake.lives.reversed() {
      for _ in 0..<6 { clients.touch(world) }
      world.turn(life)
    }
    try world.run(steps: 0)
    #expect(world.violations.isEmpty)
    var said: [String: Frame] = [:]
    for topic in Topic.streams(of: .intake) {
      for lane in 0..<World.lanes {
        for message in try world.log(TopicPartition(topic.name, lane)) {
          let id = message.frame.text("ce_id") ?? ""
          let isSame = said[id].map { Array($0.bytes) == Array(message.frame.bytes) } ?? true
          #expect(isSame, "\(id) stands for two records")
          said[id] = message.frame
        }
      }
    }
  }

  /// The database goes over to the last copy that does not know of a call that has begun, and the processes die.
  @Test("repeats no call of which a copy of the database knows nothing", arguments: 0..<12)
  func isBegunOnce(call: Int) throws {
    let clients = Clients()
    let world = try World(seed: 3 + UInt64(call) * 10, cast: clients)
    world.isChaotic = false
    let policy = world.slots[1]
    var copies: [(backup: Slot.Backup, begun: Set<String>)] = []
    var acting: [String] = []
    for round in 0..<400 where acting.count <= call {
      world.startMissing()
      if round < 30 { clients.publish(world, kinds: [.plain]) }
      world.clock.move(0.05)
      world.endCalls()
      for life in world.slots.flatMap(\.lives) {
        guard acting.count <= call else { break }
        // A database that was never migrated has no bytes.
        if life.slot === policy, policy.lives.contains(where: \.isStarted) {
          let begun = try policy.store.read { try $0.query("SELECT key FROM begun", []) }.map { try $0[0].text() }
          copies.append((try policy.backup(), Set(begun)))
        }
        world.turn(life)
        acting += world.calls.filter { $0.id == "act" }.map(\.key).filter { !acting.contains($0) }
      }
    }
    let key = try #require(acting.dropFirst(call).first)
    let copy = try #require(copies.last { !$0.begun.contains(key) })
    world.kill(policy)
    try world.replace(policy, copy.backup)
    try world.run(steps: 0)
    #expect(world.violations.isEmpty)
    #expect(world.executions[key] == 1)
  }
}
