import Messaging
import Testing
import Wire

/// What the in-memory broker does when it is told to misbehave.
struct MemoryFaultTests {
  private func broker(seed: UInt64 = 1, _ faults: Faults = Faults()) -> MemoryBroker {
    MemoryBroker(topics: ["a": 1, "b": 3, "c": 1], seed: seed, faults: faults)
  }

  @Test func aDuplicatedRowAppearsTwice() throws {
    let broker = broker()
    let bus = broker.client()
    let producer = try bus.makeProducer()
    broker.nextRow(.duplicate)
    #expect(try producer.deliver(row(1, a, count: 3)).first?.error == nil)
    try producer.deliver(row(2, a, from: 3, count: 1))
    #expect(try bus.numbers(in: a) == [0, 1, 2, 0, 1, 2, 3])
  }

  @Test func aLostAcknowledgementLeavesTheRecordsAndSpendsTheProducer() throws {
    let broker = broker()
    let bus = broker.client()
    let producer = try bus.makeProducer()
    broker.nextRow(.loseAcknowledgement)
    let report = try producer.deliver(row(1, a, count: 3)).first
    #expect(report?.lastOffset == -1)
    #expect(report?.error?.kind == .unavailable)
    #expect(try bus.numbers(in: a) == [0, 1, 2])
    let error = #expect(throws: BusError.self) { try producer.send(row(2, a, count: 1)) }
    #expect(error?.kind == .fatal)
  }

  @Test func aRefusedRowMakesAGapWhenLaterRowsWereOnTheirWay() throws {
    let broker = broker()
    let bus = broker.client()
    let producer = try bus.makeProducer()
    broker.nextRow(.refuse(after: 2))
    #expect(try producer.send(row(1, a, count: 5)))
    #expect(try producer.send(row(2, a, from: 5, count: 2)))
    let reports = producer.reports()
    #expect(reports.map { $0.error == nil } == [false, true])
    #expect(try bus.numbers(in: a) == [0, 1, 5, 6])
    #expect(throws: BusError.self) { try producer.send(row(3, a, count: 1)) }
    let next = try bus.makeProducer()
    #expect(try next.deliver(row(1, a, from: 2, count: 5)).first?.error == nil)
  }

  @Test func aRefusalNeverTakesTheWholeRow() throws {
    let broker = broker()
    let bus = broker.client()
    broker.nextRow(.refuse(after: 99))
    broker.nextRow(.refuse(after: -1))
    #expect(try bus.makeProducer().deliver(row(1, a, count: 3)).first?.error != nil)
    #expect(try bus.makeProducer().deliver(row(1, c, count: 3)).first?.error != nil)
    #expect(try bus.numbers(in: a) == [0, 1])
    #expect(try bus.numbers(in: c).isEmpty)
  }

  @Test func aDelayedRecordAndWhatFollowsItAppearAfterMorePolls() throws {
    var faults = Faults()
    faults.delay = 1
    faults.longestDelay = 3
    let broker = broker(faults)
    let bus = broker.client()
    try bus.makeProducer().deliver(row(1, a, count: 10))
    broker.faults = Faults()
    try bus.makeProducer().deliver(row(1, a, from: 10, count: 1))
    try bus.assign([a: 0])
    let rounds = try (0..<6).map { _ in try bus.poll(limit: 100, byteLimit: 10_000, wait: .zero).messages.map(number) }
    #expect(rounds[0].isEmpty)
    #expect(rounds.flatMap { $0 } == Array(0...10))
  }

  @Test func reorderingKeepsEachPartitionsOrder() throws {
    var faults = Faults()
    faults.reorder = 1
    let bus = broker(faults).client()
    let producer = try bus.makeProducer()
    for p in Int32(0)..<3 { try producer.deliver(row(1, b(p), count: 50)) }
    try bus.assign([b(0): 0, b(1): 0, b(2): 0])
    var firsts: Set<TopicPartition> = []
    var seen: [Message] = []
    while seen.count < 150 {
      let messages = try bus.poll(limit: 40, byteLimit: 10_000, wait: .zero).messages
      if let first = messages.first { firsts.insert(first.source) }
      seen += messages
    }
    #expect(firsts.count > 1)
    for p in Int32(0)..<3 { #expect(seen.filter { $0.source == b(p) }.map(number) == Array(0..<50)) }
  }

  @Test func aRowOnTheWireArrivesAfterItsProducerIsClosed() throws {
    let broker = broker()
    let bus = broker.client()
    let zombie = try bus.makeProducer()
    broker.nextRow(.hold)
    #expect(try zombie.send(row(1, a, count: 2)))
    #expect(try zombie.send(row(2, a, from: 2, count: 1)))
    #expect(try zombie.send(row(3, c, count: 1)))
    #expect(zombie.reports().map(\.id) == [3])
    zombie.close()
    bus.close()
    let other = broker.client()
    #expect(try other.numbers(in: a).isEmpty)
    broker.tick()
    #expect(try other.numbers(in: a) == [0, 1, 2])
    #expect(zombie.reports().isEmpty)
  }

  @Test func whatIsLostOnTheWireTakesWhatFollowsWithIt() throws {
    var faults = Faults()
    faults.loseOnWire = 1
    let broker = broker(faults)
    let bus = broker.client()
    let producer = try bus.makeProducer()
    broker.nextRow(.hold)
    #expect(try producer.send(row(1, a, count: 2)))
    broker.tick()
    #expect(try producer.send(row(2, a, from: 2, count: 1)))
    #expect(producer.reports().map { $0.error == nil } == [false, false])
    #expect(try bus.numbers(in: a).isEmpty)
  }

  @Test func aLogCutAtItsEndGivesItsOffsetsAgain() throws {
    let broker = broker()
    let bus = broker.client()
    try bus.makeProducer().deliver(row(1, a, count: 5))
    try bus.assign([a: 0])
    _ = try bus.collect(5)
    broker.cutEnd(of: a, by: 2)
    #expect(try bus.watermarks(of: a) == Watermarks(low: 0, high: 3))
    #expect(try bus.poll(limit: 1, byteLimit: 1, wait: .zero).outOfRange == [a])
    #expect(try bus.makeProducer().deliver(row(1, a, from: 7, count: 1)).first?.lastOffset == 3)
    broker.cutEnd(of: a, by: 99)
    broker.cutEnd(of: TopicPartition("nowhere", 0), by: 1)
    #expect(try bus.watermarks(of: a) == Watermarks(low: 0, high: 0))
  }

  @Test func retentionDropsTheHeadAndTheReaderHearsOfIt() throws {
    let broker = broker()
    let bus = broker.client()
    try bus.makeProducer().deliver(row(1, a, count: 5))
    broker.dropOldest(of: a, 3)
    #expect(try bus.watermarks(of: a) == Watermarks(low: 3, high: 5))
    try bus.assign([a: 2])
    #expect(try bus.poll(limit: 9, byteLimit: 999, wait: .zero).outOfRange == [a])
    try bus.assign([a: 3])
    #expect(try bus.collect(2).map(\.offset) == [3, 4])
    #expect(try bus.numbers(in: a) == [3, 4])
  }

  @Test func aBrokerThatForgetsIsEmptyAndHasAnotherName() throws {
    let broker = broker()
    let bus = broker.client()
    let before = broker.run
    try bus.makeProducer().deliver(row(1, a, count: 5))
    try bus.commit([a: 5], group: "g")
    try bus.assign([a: 5])
    broker.forget()
    #expect(broker.run != before)
    var name: String?
    try bus.read(TopicPartition("broker", 0), 0..<9) {
      name = $0.frame.body.map { String(decoding: $0, as: UTF8.self) }
      return true
    }
    #expect(name == broker.run)
    #expect(try bus.watermarks(of: a) == Watermarks(low: 0, high: 0))
    #expect(try bus.committed(by: "g", [a]).isEmpty)
    #expect(try bus.poll(limit: 9, byteLimit: 999, wait: .zero).outOfRange == [a])
  }

  @Test func aBrokerThatIsAwayAnswersNothingAndKeepsWhatIsSentOnTheWire() throws {
    let broker = broker()
    let bus = broker.client()
    let producer = try bus.makeProducer()
    try bus.assign([a: 0])
    broker.away = true
    let error = #expect(throws: BusError.self) { try bus.watermarks(of: a) }
    #expect(error?.kind == .unavailable)
    #expect(try producer.send(row(1, a, count: 2)))
    try bus.commit([a: 1], group: "g")
    broker.tick()
    #expect(try bus.poll(limit: 9, byteLimit: 999, wait: .zero).messages.isEmpty)
    broker.away = false
    broker.tick()
    #expect(producer.reports().map(\.lastOffset) == [1])
    #expect(try bus.collect(2).count == 2)
    #expect(try bus.committed(by: "g", [a]).isEmpty)
  }

  @Test func clientsHaveAssignmentsOfTheirOwn() throws {
    let broker = broker()
    let (one, other) = (broker.client(), broker.client())
    try one.makeProducer().deliver(row(1, a, count: 3))
    try one.assign([a: 0])
    try other.assign([a: 2])
    one.close()
    #expect(try other.collect(1).map(\.offset) == [2])
  }

  /// Everything random at once, twice with the same seed and once with another.
  @Test func theSameSeedGivesTheSameHistory() throws {
    var faults = Faults()
    faults.duplicate = 0.1
    faults.loseAcknowledgement = 0.1
    faults.refuse = 0.1
    faults.hold = 0.2
    faults.loseOnWire = 0.1
    faults.delay = 0.1
    faults.reorder = 0.5
    func history(_ seed: UInt64) throws -> [String] {
      let broker = broker(seed: seed, faults)
      let bus = broker.client()
      try bus.assign([b(0): 0, b(1): 0, b(2): 0])
      var producer = try bus.makeProducer()
      var lines: [String] = [broker.run]
      for n in 0..<300 {
        do { _ = try producer.send(row(Int64(n), b(Int32(n % 3)), from: n * 10, count: 3)) } catch {
          producer.close()
          producer = try bus.makeProducer()
        }
        if n % 7 == 0 { broker.tick() }
        lines += producer.reports().map { "report \($0.id) \($0.lastOffset)" }
        let polled = try bus.poll(limit: 5, byteLimit: 10_000, wait: .zero)
        lines += polled.messages.map { "\($0.source) \($0.offset) \($0.frame.text("ce_id") ?? "")" }
      }
      return lines
    }
    let first = try history(7)
    #expect(first == (try history(7)))
    #expect(first != (try history(8)))
    #expect(first.count > 300)
  }

  @Test func splitMix64GivesThePublishedNumbers() {
    var random = SplitMix64(seed: 1_234_567)
    #expect((0..<3).map { _ in random.next() } == [6457827717110365317, 3203168211198807973, 9817491932198370423])
    let half = (0..<10_000).count { _ in random.chance(0.5) }
    #expect((4_700...5_300).contains(half))
    #expect((0..<100).allSatisfy { _ in !random.chance(0) && random.chance(1) })
  }

  @Test func aRandomUUIDHasItsVersionAndVariant() {
    var random = SplitMix64(seed: 3)
    let all = Set((0..<100).map { _ in randomUUID(using: &random) })
    #expect(all.count == 100)
    for text in all {
      let parts = text.split(separator: "-")
      #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
      #expect(parts[2].first == "4" && "89ab".contains(parts[3].prefix(1)))
      #expect(text.utf8.allSatisfy { "0123456789abcdef-".utf8.contains($0) })
    }
  }
}
