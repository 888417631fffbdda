import JSON
import Lanes
import Storage
import Testing
import Wire

@testable import countersign_intake

@Suite("Gathering") struct GatheringTests {
  @Test("after a small batch messages wait for more of them, and the first after a quiet does not") func messages() throws {
    let rig = try Rig(gatherSeconds: 0.02)
    rig.clock.move(1)
    try rig.put(Fixture.item("i-1"))
    try rig.run()
    #expect(try rig.admitted.map(\.body.item) == ["i-1"])
    for item in ["i-2", "i-3"] {
      try rig.put(Fixture.item(item))
      try rig.run()
    }
    #expect(try rig.admitted.count == 1)
    rig.clock.move(0.02)
    try rig.run()
    #expect(Set(try rig.admitted.map(\.body.item)) == ["i-1", "i-2", "i-3"])
  }

  @Test("a command does not wait, and what has gathered goes with it") func commands() throws {
    let rig = try Rig(gatherSeconds: 0.02)
    rig.clock.move(1)
    try rig.put(Fixture.item("i-1"))
    try rig.run()
    try rig.put(Fixture.item("i-2"))
    let envelope = try rig.decider.reader.structured(Fixture.item("i-3")[...])
    let ticket = rig.mailbox.submit(id: "http/1") { [door = rig.decider.door] in
      door.judge(envelope, record: "http/1", .http(source: "support-desk"), &$0)
    }
    try rig.run()
    #expect(ticket.result != nil)
    #expect(try rig.admitted.count == 3)
  }

  @Test("after three deaths, when messages go one by one, none of them waits") func care() throws {
    let rig = try Rig(gatherSeconds: 0.02)
    for _ in 0..<3 { try rig.restart(on: rig.store.snapshot()) }
    for item in ["i-1", "i-2", "i-3"] {
      try rig.put(Fixture.item(item))
      try rig.run()
    }
    #expect(try rig.admitted.count == 3)
  }
}
