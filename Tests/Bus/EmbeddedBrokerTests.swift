import CRdKafka
import KafkaBus
import Messaging
import Testing
import Wire

@Suite(.serialized) struct EmbeddedBrokerTests {
  private func run(_ bus: any Bus) throws -> String? {
    var run: String?
    try bus.read(TopicPartition("broker", 0), 0..<10) {
      run = $0.frame.body.map { String(decoding: $0, as: UTF8.self) }
      return true
    }
    return run
  }

  @Test func itNamesItsRunBeforeAnyClientCanReachIt() throws {
    let broker = try EmbeddedBroker(topics: ["a": 2])
    defer { broker.stop() }
    let bus = try kafka(broker.port)
    defer { bus.close() }
    #expect(try run(bus) == broker.run)
    #expect(try bus.watermarks(of: TopicPartition("broker", 0)).high == 1)
    #expect(try bus.partitionCount(of: "broker") == 1)
  }

  @Test func aPortThatIsTakenOrATopicThatCannotBeIsAnError() throws {
    let broker = try EmbeddedBroker(topics: [:])
    defer { broker.stop() }
    let taken = #expect(throws: BusError.self) { try EmbeddedBroker(topics: [:], port: broker.port) }
    #expect(taken?.description.contains("\(broker.port)") == true)
    #expect(throws: BusError.self) { try EmbeddedBroker(topics: ["a": 0]) }
    #expect(throws: BusError.self) { try EmbeddedBroker(topics: ["a b": 1]) }
  }

  /// In librdkafka 2.0.2 a request to a group's coordinator that has timed out by itself ends the process when the broker
  /// comes back.
  @Test func aBrokerThatWasAwayLongerThanARequestLastsHarmsNobody() throws {
    let first = try EmbeddedBroker(topics: ["a": 1])
    let bus = try kafka(first.port)
    defer { bus.close() }
    try bus.commit([a: 1], group: "readers")
    try eventually("the commit") { try bus.committed(by: "readers", [a])[a] == 1 ? () : nil }
    let port = first.port
    first.stop()
    try bus.commit([a: 2], group: "readers")
    #expect(throws: BusError.self) { try bus.committed(by: "readers", [a]) }

    let second = try EmbeddedBroker(topics: ["a": 1], port: port)
    defer { second.stop() }
    try eventually("the commit that waited") {
      _ = try bus.poll(limit: 0, byteLimit: 0, wait: .milliseconds(20))
      return (try? bus.committed(by: "readers", [a]))?[a] == 2 ? () : nil
    }
  }

  /// An engine that may not read (its outbox is full, its database is away, it stands by) must not turn in circles.
  @Test func aPollThatTakesNothingWaitsAndLeavesWhatIsThere() throws {
    let broker = try EmbeddedBroker(topics: ["a": 1])
    defer { broker.stop() }
    let bus = try kafka(broker.port)
    defer { bus.close() }
    let producer = try bus.makeProducer()
    defer { producer.close() }
    try producer.deliver(row(1, a, count: 5))
    try bus.assign([a: 0])
    let began = ContinuousClock.now
    #expect(try bus.poll(limit: 0, byteLimit: 0, wait: .milliseconds(60)).messages.isEmpty)
    #expect(began.duration(to: .now) >= .milliseconds(50))
    bus.wake()
    bus.wake()
    #expect(try bus.poll(limit: 0, byteLimit: 0, wait: .seconds(600)).messages.isEmpty, "a call from outside ends it")
    #expect(try bus.collect(5).count == 5)
  }

  @Test func clientsLiveThroughABrokerThatComesBackEmpty() throws {
    let first = try EmbeddedBroker(topics: ["a": 1])
    let bus = try kafka(first.port)
    defer { bus.close() }
    let producer = try bus.makeProducer()
    defer { producer.close() }
    try producer.deliver(row(1, a, count: 5))
    try bus.assign([a: 0])
    _ = try bus.collect(5)
    let port = first.port
    first.stop()
    #expect(try bus.poll(limit: 1, byteLimit: 1, wait: .milliseconds(300)).messages.isEmpty)
    #expect(try producer.send(row(2, a, from: 5, count: 1)))

    let second = try EmbeddedBroker(topics: ["a": 1], port: port)
    defer { second.stop() }
    #expect(second.run != first.run)
    let lost = try eventually("out of range") {
      let polled = try bus.poll(limit: 10, byteLimit: 1000, wait: .milliseconds(50))
      return polled.outOfRange.isEmpty ? nil : polled.outOfRange
    }
    #expect(lost == [a])
    try eventually("the row sent meanwhile") {
      producer.reports().contains { $0.id == 2 && $0.error == nil } ? () : nil
    }
    try bus.assign([a: 0])
    #expect(try bus.collect(1).map(number) == [5])
    // A question is asked over a connection of its own, which may find the broker later than the reader and the sender.
    try eventually("the second run's name") { (try? run(bus)) == second.run ? () : nil }
  }

  /// librdkafka 2.0.2 can take 45 s to end an instance whose commit found no coordinator.
  @Test func withTheBrokerAwayClosingTakesNoLongerThanItSays() throws {
    let broker = try EmbeddedBroker(topics: ["a": 1])
    var bus: KafkaBus? = try kafka(broker.port)
    let producer = try #require(try bus?.makeProducer())
    try producer.deliver(row(1, a, count: 5))
    try bus?.assign([a: 0])
    _ = try bus?.collect(5)
    broker.stop()
    #expect(try producer.send(row(2, a, count: 5)))
    try bus?.commit([a: 5], group: "countersign.test")
    let took = ContinuousClock().measure {
      producer.close()
      bus?.close()
      bus = nil
    }
    #expect(took < .seconds(10))
  }

  @Test func whatItDropsSilentlyIsReportedToTheReader() throws {
    let broker = try EmbeddedBroker(topics: ["a": 1])
    defer { broker.stop() }
    let bus = try kafka(broker.port, ["compression.codec": "none"])
    defer { bus.close() }
    let producer = try bus.makeProducer()
    defer { producer.close() }
    for n in 0..<8 { try producer.deliver(row(Int64(n), a, from: n * 900, count: 900, padding: 1000)) }
    let low = try bus.watermarks(of: a).low
    #expect(low > 0)
    try bus.assign([a: 0])
    try eventually("out of range") {
      try bus.poll(limit: 10, byteLimit: 1000, wait: .milliseconds(20)).outOfRange == [a] ? () : nil
    }
    #expect(try bus.numbers(in: a) == Array(Int(low)..<7200))
  }

  @Test func aRecordOverTheLimitSpendsTheProducer() throws {
    let broker = try EmbeddedBroker(topics: ["a": 1])
    defer { broker.stop() }
    let bus = try kafka(broker.port)
    defer { bus.close() }
    let producer = try bus.makeProducer()
    defer { producer.close() }
    let error = #expect(throws: BusError.self) { try producer.send(row(1, a, count: 1, padding: 2_000_000)) }
    #expect(error?.kind == .fatal)
    #expect(throws: BusError.self) { try producer.send(row(2, a, count: 1)) }
  }

  @Test func manyConnectionsAtOnceAreServed() throws {
    let broker = try EmbeddedBroker(topics: ["a": 1])
    defer { broker.stop() }
    var buses: [KafkaBus] = []
    for _ in 0..<12 { buses.append(try kafka(broker.port)) }
    for bus in buses { #expect(try bus.partitionCount(of: "a") == 1) }
    for bus in buses { bus.close() }
  }

  /// A frame counts its headers and their names in 16 bits; Kafka does not.
  @Test func headersThatAFrameCannotHoldAreLeftOut() throws {
    let broker = try EmbeddedBroker(topics: ["a": 1])
    defer { broker.stop() }
    try produce(to: broker.port, headers: [("n", 70_000)])
    try produce(to: broker.port, headers: [(String(repeating: "x", count: 65_536), 1), ("short", 1)])
    let bus = try kafka(broker.port)
    defer { bus.close() }
    try bus.assign([a: 0])
    let messages = try bus.collect(2)
    #expect(messages.map { $0.frame.headers.count } == [65_535, 1])
    #expect(messages[1].frame.text("short") == "v")
    #expect(messages.allSatisfy { Frame.split($0.frame.bytes)?.count == 1 && $0.frame.body?.count == 4 })
  }

  /// Writes one record with the given headers, each so many times, past our own producer.
  private func produce(to port: UInt16, headers wanted: [(String, Int)]) throws {
    let configuration = rd_kafka_conf_new()
    rd_kafka_conf_set(configuration, "bootstrap.servers", "127.0.0.1:\(port)", nil, 0)
    let client = try #require(rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0))
    let topic = try #require(rd_kafka_topic_new(client, "a", nil))
    let headers = rd_kafka_headers_new(8)
    for (name, count) in wanted { for _ in 0..<count { rd_kafka_header_add(headers, name, -1, "v", 1) } }
    var body: [UInt8] = [1, 2, 3, 4]
    let error = body.withUnsafeMutableBytes { bytes in
      var arguments = [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 4)
      arguments[0].vtype = RD_KAFKA_VTYPE_RKT
      arguments[0].u.rkt = topic
      arguments[1].vtype = RD_KAFKA_VTYPE_VALUE
      arguments[1].u.mem.ptr = bytes.baseAddress
      arguments[1].u.mem.size = bytes.count
      arguments[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
      arguments[2].u.i = Int32(RD_KAFKA_MSG_F_COPY)
      arguments[3].vtype = RD_KAFKA_VTYPE_HEADERS
      arguments[3].u.headers = headers
      return rd_kafka_produceva(client, &arguments, arguments.count)
    }
    #expect(error == nil)
    #expect(rd_kafka_flush(client, 20_000) == RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_topic_destroy(topic)
    rd_kafka_destroy(client)
  }
}
