@testable import Lanes
import Messaging
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
}
