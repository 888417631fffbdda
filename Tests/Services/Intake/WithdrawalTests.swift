import JSON
import Lanes
import Testing
import Wire

@testable import countersign_intake

@Suite("Taking an item back") struct WithdrawalTests {
  private func withdrawal(_ id: String, reason: String = "sent in error") -> [UInt8] {
    Fixture.item(id, ["reason": .string(reason)], type: "countersign.item.withdrawn.v1")
  }

  private func cases(_ rig: Rig) throws -> [String] {
    try rig.records(.cases).map { record in
      switch record {
      case .admitted(let body, _): "admitted \(body.item)"
      case .withdrawn(let body, _): "withdrawn \(body.item) \(body.reason)"
      default: "other"
      }
    }
  }

  @Test("after its item, in the same batch and later, also over partitions") func after() throws {
    let rig = try Rig()
    try rig.put(Fixture.item("w-1", Fixture.ticket(customer: ["email": "a@example.org"])))
    try rig.put(withdrawal("w-1"))
    try rig.run()
    #expect(try cases(rig) == ["admitted w-1", "withdrawn w-1 sent in error"])
    #expect(try rig.replies.isEmpty)
    try rig.put(withdrawal("w-1"), partition: 3)
    try rig.run()
    #expect(try cases(rig).count == 3)
    let caseID = try #require(try rig.admitted.first?.caseID)
    #expect(try rig.records(.cases).allSatisfy { $0.key == caseID })
    // What the vault holds of the case is not lost over it.
    #expect(try rig.states()[caseID] != nil)
    try rig.checkFold()
  }

  @Test("before its item it waits and is matched, in the same batch and after a restart") func before() throws {
    let rig = try Rig()
    try rig.put(withdrawal("w-1"))
    try rig.put(Fixture.item("w-1"))
    try rig.put(withdrawal("w-2"), partition: 1)
    try rig.run()
    #expect(try rig.replies.map(\.status).filter { $0 == .parked }.count == 2)
    try rig.restart(on: rig.fresh)
    #expect(try rig.states().keys.sorted() == ["support-desk/w-2"])
    try rig.put(Fixture.item("w-2"), partition: 2)
    try rig.run()
    #expect(
      try Set(cases(rig)) == [
        "admitted w-1", "withdrawn w-1 sent in error", "admitted w-2", "withdrawn w-2 sent in error",
      ])
    let matched = try rig.replies.filter { $0.status == .matched }
    #expect(try Set(matched.map(\.firstCase)) == Set(rig.admitted.map(\.caseID)))
    #expect(try rig.states().isEmpty)
    try rig.checkFold()
  }

  @Test("after 15 minutes it is answered as unmatched, and a second one does not wait longer") func unmatched() throws {
    let rig = try Rig()
    try rig.put(withdrawal("w-1"))
    try rig.run()
    rig.clock.move(600)
    try rig.put(withdrawal("w-1"))
    try rig.run()
    rig.clock.move(299)
    try rig.run()
    #expect(try rig.replies.map(\.status) == [.parked, .parked])
    rig.clock.move(2)
    try rig.run()
    #expect(try rig.replies.map(\.status) == [.parked, .parked, .unmatched])
    #expect(try rig.replies.allSatisfy { $0.code == "withdrawn.unknown" })
    try rig.put(Fixture.item("w-1"))
    try rig.run()
    #expect(try cases(rig) == ["admitted w-1"])
    try rig.checkFold()
  }

  @Test("by HTTP it is answered with the case, or with how long it waits") func answers() throws {
    let rig = try Rig()
    let door = rig.decider.door
    let reader = rig.decider.reader
    func send(_ body: [UInt8]) throws -> IntakeAnswer? {
      let envelope = try reader.structured(body[...])
      let ticket = rig.mailbox.submit(id: "http/1") {
        door.judge(envelope, record: "http/1", .http(source: "support-desk"), &$0)
      }
      try rig.run()
      return try ticket.result?.get()
    }
    #expect(try send(withdrawal("w-1")) == .parked(until: Fixture.now.adding(seconds: 900)))
    guard case .taken(let caseID)? = try send(Fixture.item("w-2")) else {
      Issue.record("not taken")
      return
    }
    #expect(try send(Fixture.item("w-2")) == .repeated(caseID))
    #expect(try send(withdrawal("w-2")) == .withdrawn(caseID))
    guard case .refused(let code, let first, _)? = try send(Fixture.item("w-2", Fixture.ticket("Other."))) else {
      Issue.record("not refused")
      return
    }
    #expect(code == "id.reused" && first == caseID)
    let ask = rig.mailbox.submit(id: "ask") { [hashes = door.hashes] _ in
      .ask(source: "support-desk", item: "w-2", claimKey: hashes.claimKey(source: "support-desk", item: "w-2"))
    }
    try rig.run()
    #expect(try ask.result?.get() == .found(case: caseID, withdrawalWaits: false))
  }

  @Test("a reason is a short text and nothing else") func reasons() throws {
    for data: JSON in [["reason": 5], ["why": "x"], "text", ["reason": .string(String(repeating: "x", count: 401))]] {
      let body = Fixture.item("w-1", data, type: "countersign.item.withdrawn.v1")
      #expect(try Fixture.rejection(Fixture.message(body))?.code == .schemaViolation)
    }
  }
}
