import JSON
import Storage
import Testing
import Wire

@testable import countersign_intake

@Suite("Once only") struct IdempotencyTests {
  @Test("a repeated item is answered with the first one's case, over partitions and in one batch") func repeated()
    throws
  {
    let rig = try Rig()
    try rig.put(Fixture.item("i-1"), partition: 0)
    try rig.run()
    for partition in [Int32(0), 1, 2, 3, 3] { try rig.put(Fixture.item("i-1"), partition: partition) }
    for _ in 0..<2 { try rig.put(Fixture.item("i-2"), partition: 1) }
    try rig.run()
    let cases = try rig.admitted
    #expect(cases.map(\.body.item).sorted() == ["i-1", "i-2"])
    let replies = try rig.replies
    #expect(replies.count == 6 && replies.allSatisfy { $0.status == .duplicate })
    for reply in replies { #expect(reply.firstCase == cases.first { $0.body.item == reply.item }?.caseID) }
    try rig.checkFold()
  }

  @Test("other content under the same id is told apart, the same id of another source is another item") func reused()
    throws
  {
    let rig = try Rig()
    try rig.put(Fixture.item("i-1"))
    try rig.put(Fixture.item("i-1", Fixture.ticket("Other words.")))
    try rig.run()
    let replies = try rig.replies
    #expect(replies.map(\.code) == ["id.reused"] && replies.map(\.status) == [.rejected])
    #expect(try replies.map(\.firstCase) == rig.admitted.map(\.caseID))
    let hashes = rig.decider.door.hashes
    #expect(hashes.claimKey(source: "a", item: "bc") != hashes.claimKey(source: "ab", item: "c"))
  }

  @Test("ids are forgotten some time after the configured window, and not before") func window() throws {
    let day = 86_400.0
    let rig = try Rig(keysKept: 30 * day)
    let start = Fixture.now.microseconds
    // Keys are dropped in whole runs of 131,072.
    let entries = (0..<131_072).map { number in
      let name = (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
      return KeyEntry(key: name + name, value: [1], at: start - Int64(number % 100))
    }
    let young = KeyEntry(key: [UInt8](repeating: 9, count: 16), value: [2], at: start + Int64(29 * day) * 1_000_000)
    try rig.store.transaction { _ = try $0.claim("idempotency", entries + [young]) }
    func held() throws -> [KeyEntry?] { try rig.store.read { try $0.find("idempotency", [entries[7].key, young.key]) } }
    rig.clock.move(29 * day)
    try rig.run()
    #expect(try held() == [entries[7], young])
    rig.clock.move(2 * day)
    try rig.run()
    #expect(try held() == [nil, young])
  }

  @Test("a restart, an old backup and one from before the first item all know what was taken in") func recovery() throws
  {
    let rig = try Rig()
    try rig.put(Fixture.item("i-1", Fixture.ticket(customer: ["email": "a@example.org"])))
    try rig.run()
    let early = try rig.store.snapshot()
    for number in 2..<30 { try rig.put(Fixture.item("i-\(number)"), partition: Int32(number % 4)) }
    try rig.run()
    let first = Dictionary(uniqueKeysWithValues: try rig.admitted.map { ($0.body.item, $0.caseID) })
    for snapshot in [try rig.store.snapshot(), early, rig.fresh] {
      let before = try rig.replies.count
      try rig.restart(on: snapshot)
      for number in 1..<30 {
        let customer: JSON? = number == 1 ? ["email": "a@example.org"] : nil
        try rig.put(Fixture.item("i-\(number)", Fixture.ticket(customer: customer)), partition: 2)
      }
      try rig.run()
      #expect(try rig.admitted.count == 29)
      let replies = try rig.replies
      #expect(replies.count == before + 29)
      for reply in replies { #expect(reply.status == .duplicate && reply.firstCase == first[reply.item ?? ""]) }
      try rig.checkFold()
    }
  }
}
