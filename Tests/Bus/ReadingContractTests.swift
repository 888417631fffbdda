import Foundation
import Messaging
import Testing
import Wire

/// What every bus promises to whoever reads.
@Suite(.serialized) struct ReadingContractTests {
  /// Fills partitions with records from number 0 on.
  private func fill(_ bus: any Bus, _ counts: [TopicPartition: Int]) throws {
    let producer = try bus.makeProducer()
    defer { producer.close() }
    for (partition, count) in counts { try producer.deliver(row(1, partition, count: count)) }
  }

  @Test(arguments: Implementation.allCases)
  func pollReadsFromTheGivenOffsetsInOrder(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      try fill(bus, [b(0): 100, b(1): 100, b(2): 100])
      try bus.assign([b(0): 90, b(2): 100, b(1): 0])
      let messages = try bus.collect(110)
      #expect(messages.count == 110)
      #expect(messages.filter { $0.source == b(0) }.map(\.offset) == Array(90..<100))
      #expect(messages.filter { $0.source == b(1) }.map(number) == Array(0..<100))
      try fill(bus, [b(2): 1])
      let next = try bus.collect(1)
      #expect(next.map(\.source) == [b(2)] && next.map(\.offset) == [100])
    }
  }

  @Test(arguments: Implementation.allCases)
  func pollKeepsItsLimits(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      try fill(bus, [a: 100])
      try bus.assign([a: 0])
      var sizes: [Int] = []
      var seen = 0
      try eventually("50 messages") {
        let got = try bus.poll(limit: 7, byteLimit: 1 << 20, wait: .milliseconds(20)).messages.count
        sizes.append(got)
        seen += got
        return seen >= 50 ? () : nil
      }
      #expect(sizes.max() == 7)
      let single = try eventually("a message") {
        let got = try bus.poll(limit: 7, byteLimit: 1, wait: .milliseconds(20)).messages
        return got.isEmpty ? nil : got
      }
      #expect(single.count == 1)
      #expect(try bus.poll(limit: 0, byteLimit: 1, wait: .zero).messages.isEmpty)
      #expect(try bus.poll(limit: -1, byteLimit: -1, wait: .zero).messages.isEmpty)
    }
  }

  @Test(arguments: Implementation.allCases)
  func nothingOfAnEarlierAssignmentIsDeliveredAfterAnother(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      try fill(bus, [a: 500, c: 500])
      for _ in 0..<5 {
        try bus.assign([a: 0])
        _ = try bus.collect(1)
        try bus.assign([c: 250])
        let messages = try bus.collect(250)
        #expect(messages.allSatisfy { $0.source == c })
        #expect(messages.map(\.offset) == Array(250..<500))
      }
      try bus.assign([:])
      #expect(try bus.poll(limit: 10, byteLimit: 1000, wait: .milliseconds(50)).messages.isEmpty)
    }
  }

  @Test(arguments: Implementation.allCases)
  func aPositionOutsideTheLogIsReportedAndTheOthersGoOn(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      try fill(bus, [a: 10, c: 10])
      try bus.assign([a: 11, c: 10])
      let lost = try eventually("the report") {
        let polled = try bus.poll(limit: 100, byteLimit: 1000, wait: .milliseconds(20))
        return polled.outOfRange.isEmpty ? nil : polled.outOfRange
      }
      #expect(lost == [a])
      try fill(bus, [a: 10, c: 1])
      #expect(try bus.collect(1).map(\.source) == [c])
      try bus.assign([a: 19, c: 11])
      #expect(try bus.collect(1).map(\.offset) == [19])
    }
  }

  @Test(arguments: Implementation.allCases)
  func positionsBelowZeroAreRefused(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      #expect(throws: BusError.self) { try bus.assign([a: -1]) }
      #expect(throws: BusError.self) { try bus.assign([TopicPartition("a", -1): 0]) }
      #expect(throws: BusError.self) { try bus.commit([a: -2], group: "countersign.test") }
    }
  }

  @Test(arguments: Implementation.allCases)
  func anAssignedTopicThatIsNotThereIsAnErrorOfPoll(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      try bus.assign([TopicPartition("nowhere", 0): 0])
      let error = try eventually("the error") { () throws -> BusError? in
        do {
          _ = try bus.poll(limit: 1, byteLimit: 1, wait: .milliseconds(50))
          return nil
        } catch let error as BusError { return error }
      }
      #expect(error.kind == .unknownTopic)
      #expect(throws: BusError.self) { try bus.partitionCount(of: "nowhere") }
    }
  }

  @Test(arguments: Implementation.allCases)
  func wakeEndsAPollThatWaitsOrTheNextOne(on implementation: Implementation) throws {
    let brokers = try Brokers(implementation)
    defer { brokers.stop() }
    let bus = try brokers.client()
    defer { bus.close() }
    try bus.assign([a: 0])
    bus.wake()
    let first = try ContinuousClock().measure { _ = try bus.poll(limit: 1, byteLimit: 1, wait: .seconds(60)) }
    #expect(first < patience)
    // Not a task: polls of other tests may hold all of the pool's threads.
    Thread.detachNewThread {
      usleep(200_000)
      bus.wake()
    }
    let second = try ContinuousClock().measure { _ = try bus.poll(limit: 1, byteLimit: 1, wait: .seconds(60)) }
    #expect(second < patience)
  }

  @Test(arguments: Implementation.allCases)
  func partitionsAndWatermarksAreAskedWithoutMakingTopics(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      #expect(try bus.partitionCount(of: "b") == 3)
      #expect(try bus.watermarks(of: b(2)) == Watermarks(low: 0, high: 0))
      try fill(bus, [b(2): 5])
      #expect(try bus.watermarks(of: b(2)) == Watermarks(low: 0, high: 5))
      for _ in 0..<2 {
        let count = #expect(throws: BusError.self) { try bus.partitionCount(of: "nowhere") }
        #expect(count?.kind == .unknownTopic)
        let marks = #expect(throws: BusError.self) { try bus.watermarks(of: TopicPartition("nowhere", 0)) }
        #expect(marks?.kind == .unknownTopic)
      }
      #expect(throws: BusError.self) { try bus.watermarks(of: b(3)) }
    }
  }

  @Test(arguments: Implementation.allCases)
  func readBringsTheStretchThatExistsAndLeavesPollAlone(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      try fill(bus, [a: 3000, c: 2])
      try bus.assign([a: 0])
      _ = try bus.poll(limit: 1, byteLimit: 1, wait: .zero)
      func offsets(_ range: Range<Int64>, stopAfter: Int = .max) throws -> [Int64] {
        var seen: [Int64] = []
        try bus.read(a, range) {
          seen.append($0.offset)
          return seen.count < stopAfter
        }
        return seen
      }
      #expect(try offsets(10..<2500) == Array(10..<2500))
      #expect(try offsets(2990..<99_999) == Array(2990..<3000))
      #expect(try offsets(-5..<2) == [0, 1])
      #expect(try offsets(3000..<3001).isEmpty)
      #expect(try offsets(5..<5).isEmpty)
      #expect(try offsets(0..<3000, stopAfter: 4) == [0, 1, 2, 3])
      #expect(try bus.numbers(in: c) == [0, 1])
      #expect(try bus.numbers(in: b(0)).isEmpty)
      #expect(throws: BusError.self) { try bus.read(TopicPartition("nowhere", 0), 0..<1) { _ in true } }
      var assigned = try bus.collect(2000)
      while assigned.count < 2999 { assigned += try bus.collect(1) }
      #expect(assigned.allSatisfy { $0.source == a })
    }
  }

  @Test(arguments: Implementation.allCases)
  func committedOffsetsAreSeenByOtherClients(on implementation: Implementation) throws {
    try withBus(implementation) { bus, brokers in
      try fill(bus, [b(0): 5, b(1): 5])
      let other = try brokers.client(group: "countersign.other")
      defer { other.close() }
      #expect(try other.committed(by: "countersign.test", [b(0), b(1)]).isEmpty)
      for offset in Int64(1)...5 { try bus.commit([b(0): offset], group: "countersign.test") }
      try bus.commit([b(1): 3], group: "another.group")
      try bus.assign([a: 0])
      let seen = try eventually("the commit") {
        _ = try bus.poll(limit: 1, byteLimit: 1, wait: .milliseconds(20))
        let committed = try other.committed(by: "countersign.test", [b(0), b(1), b(0)])
        return committed[b(0)] == 5 ? committed : nil
      }
      #expect(seen == [b(0): 5])
      try eventually("the other group's commit") {
        try other.committed(by: "another.group", [b(0), b(1)]) == [b(1): 3] ? () : nil
      }
      #expect(try other.committed(by: "countersign.test", []).isEmpty)
      #expect(try other.committed(by: "no.such.group", [b(0)]).isEmpty)
    }
  }

  @Test(arguments: Implementation.allCases)
  func closingABusSendsItsLastCommitAndEndsItsUse(on implementation: Implementation) throws {
    let brokers = try Brokers(implementation)
    defer { brokers.stop() }
    let bus = try brokers.client()
    try fill(bus, [a: 5])
    try bus.assign([a: 0])
    _ = try bus.collect(5)
    try bus.commit([a: 4], group: "countersign.test")
    try bus.commit([a: 5], group: "countersign.test")
    bus.close()
    bus.close()
    bus.wake()
    let error = #expect(throws: BusError.self) { try bus.poll(limit: 1, byteLimit: 1, wait: .zero) }
    #expect(error?.kind == .fatal)
    #expect(throws: BusError.self) { try bus.assign([a: 0]) }
    #expect(throws: BusError.self) { try bus.makeProducer() }
    #expect(throws: BusError.self) { try bus.commit([a: 5], group: "countersign.test") }
    let other = try brokers.client()
    defer { other.close() }
    #expect(try other.committed(by: "countersign.test", [a]) == [a: 5])
  }
}
