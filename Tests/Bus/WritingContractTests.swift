import Messaging
import Testing
import Wire

/// What every bus promises to whoever writes.
@Suite(.serialized) struct WritingContractTests {
  @Test(arguments: Implementation.allCases)
  func aRecordComesBackByteForByte(on implementation: Implementation) throws {
    var writer = FrameWriter()
    let none: [UInt8]? = nil
    writer.begin(key: none, body: none)
    writer.end()
    writer.begin(key: [UInt8](), body: [UInt8]())
    writer.header("null", none)
    writer.header("empty", [UInt8]())
    writer.header("", "a header without a name")
    writer.end()
    writer.begin(key: [0, 255, 0], body: [UInt8](repeating: 7, count: 100_000))
    writer.header("twice", "first")
    writer.header("twice", [0, 1, 254, 255])
    writer.header("ünïcode", "✓")
    writer.end()
    try withBus(implementation) { bus, _ in
      let producer = try bus.makeProducer()
      defer { producer.close() }
      try producer.deliver(Outgoing(id: 1, partition: a, frames: writer.bytes, count: writer.count))
      try bus.assign([a: 0])
      let messages = try bus.collect(3)
      #expect(messages.flatMap { Array($0.frame.bytes) } == writer.bytes)
      #expect(messages.map(\.offset) == [0, 1, 2])
      #expect(messages.allSatisfy { $0.source == a })
      #expect(messages[0].frame.key == nil && messages[0].frame.body == nil)
      #expect(messages[1].frame.key?.isEmpty == true && messages[1].frame.body?.isEmpty == true)
    }
  }

  @Test(arguments: Implementation.allCases)
  func eachRowHasOneReportWithTheOffsetOfItsLastRecord(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      let producer = try bus.makeProducer()
      defer { producer.close() }
      let reports = try producer.deliver(
        row(1, b(0), count: 3), row(2, b(1), count: 1), row(3, b(0), count: 2000, padding: 1000),
        row(4, b(2), count: 0))
      #expect(reports.allSatisfy { $0.error == nil })
      #expect(reports.map(\.id).sorted() == [1, 2, 3, 4])
      let last = Dictionary(uniqueKeysWithValues: reports.map { ($0.id, $0.lastOffset) })
      #expect(last == [1: 2, 2: 0, 3: 2002, 4: -1])
      #expect(producer.reports().isEmpty)
    }
  }

  @Test(arguments: Implementation.allCases)
  func recordsOfAPartitionKeepTheOrderOfTheCalls(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      let producer = try bus.makeProducer()
      defer { producer.close() }
      for n in 0..<50 {
        for p in Int32(0)..<3 {
          let next = row(Int64(n * 3) + Int64(p), b(p), from: n * 10, count: 10)
          try eventually("room in the queue") { try producer.send(next) ? () : nil }
        }
      }
      var reports: [Report] = []
      try eventually("all reports") {
        reports += producer.reports()
        return reports.count == 150 ? () : nil
      }
      for p in Int32(0)..<3 { #expect(try bus.numbers(in: b(p)) == Array(0..<500)) }
    }
  }

  @Test(arguments: Implementation.allCases)
  func aRowForAPartitionThatIsNotThereIsRefusedAndMakesNone(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      let producer = try bus.makeProducer()
      defer { producer.close() }
      for partition in [TopicPartition("nowhere", 0), b(3), b(-1), TopicPartition("not a name", 0)] {
        let error = #expect(throws: BusError.self) { try producer.send(row(1, partition, count: 1)) }
        #expect(error?.kind == .unknownTopic)
      }
      #expect(throws: BusError.self) { try bus.partitionCount(of: "nowhere") }
      #expect(try producer.deliver(row(2, a, count: 1)).first?.error == nil)
    }
  }

  @Test(arguments: Implementation.allCases)
  func aRowThatIsNotWholeFramesSpendsTheProducer(on implementation: Implementation) throws {
    let whole = row(1, a, count: 1).frames
    let broken: [[UInt8]] = [
      Array(whole.dropLast()), whole + [1, 2], [255, 255, 255, 255], [2, 0, 0, 0, 0, 0],
      [4, 0, 0, 0] + [UInt8](repeating: 0, count: 4), whole.map { $0 == 5 ? 200 : $0 },
    ]
    try withBus(implementation) { bus, _ in
      for frames in broken {
        let producer = try bus.makeProducer()
        defer { producer.close() }
        let error = #expect(throws: BusError.self) {
          try producer.send(Outgoing(id: 1, partition: a, frames: frames, count: 1))
        }
        #expect(error?.kind == .fatal)
        #expect(throws: BusError.self) { try producer.send(row(2, a, count: 1)) }
      }
    }
  }

  @Test(arguments: Implementation.allCases)
  func producersAreIndependentAndClosedOnesSendNothing(on implementation: Implementation) throws {
    try withBus(implementation) { bus, _ in
      let first = try bus.makeProducer()
      let second = try bus.makeProducer()
      defer { second.close() }
      try first.deliver(row(1, a, count: 1))
      first.close()
      first.close()
      let error = #expect(throws: BusError.self) { try first.send(row(2, a, count: 1)) }
      #expect(error?.kind == .fatal)
      #expect(first.reports().isEmpty)
      #expect(try second.deliver(row(1, a, from: 1, count: 1)).first?.lastOffset == 1)
      #expect(try bus.numbers(in: a) == [0, 1])
    }
  }
}
