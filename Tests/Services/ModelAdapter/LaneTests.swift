import Foundation
import JSON
import Lanes
import Messaging
import Storage
import Synchronization
import Testing
import Vault
import Wire

@testable import countersign_model_adapter

/// Answers calls at once with what a test says.
struct GivenCaller: Caller {
  let give: @Sendable (AdapterCall) -> AdapterResult
  func begin(_ call: AdapterCall, key: String, end: @escaping @Sendable (AdapterResult) -> Void) { end(give(call)) }
}

private struct FixedClock: LaneClock {
  var wall: Instant { start }
  var story: Instant { start }
}

@Suite struct LaneTests {
  private let seal = Seal(key: Array(repeating: 1, count: 32))

  /// A request as policy's relay sends it.
  private func send(_ request: ModelRequested, key: String, number: Int, _ bus: MemoryBus) throws {
    var body = JSONWriter()
    request.write(&body)
    var frame = FrameWriter()
    frame.begin(key: key.utf8, body: body.finish())
    frame.header(Header.type, ModelRequested.type)
    frame.header(Header.subject, key)
    frame.header(Header.sequence, "\(number)")
    frame.header(Header.epoch, "1")
    seal.close(&frame, topic: Topic.modelRequests.name, partition: 0)
    let producer = try bus.makeProducer()
    _ = try producer.send(
      Outgoing(id: Int64(number), partition: TopicPartition(Topic.modelRequests.name, 0), frames: frame.bytes, count: 1))
  }

  @Test func aCaseGoesThroughLanesStoreAndBusAndItsValuesCanBeHad() throws {
    let topics = Dictionary(Topic.all.map { ($0.name, Int32(1)) }) { first, _ in first }
    let broker = MemoryBroker(topics: topics, seed: 1)
    let path = FileManager.default.temporaryDirectory.appending(path: "adapter-\(UUID().uuidString).sqlite").path
    let store = try openStore("sqlite:\(path)")
    defer {
      store.close()
      for tail in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + tail) }
    }
    let caller = GivenCaller { _ in
      let fields: JSON = ["id": "T-1001", "subject": "Export", "status": "open"]
      return .source(
        Fetched(outcome: .found(id: "/tickets/T-1001", fields: fields, score: nil, age: 0), values: ["tok_name_x": "Mira"]))
    }
    var config = LaneConfig(instance: "a", lanes: 1)
    config.exclusive = true
    let engine = LaneEngine(
      try Shipped.decider(), store: store, bus: broker.client(), clock: FixedClock(), config: config, seal: seal,
      caller: caller, mailbox: Mailbox<ModelDecider>(limit: 10, wake: {}), seed: 1)
    try engine.start()
    let data = try Shipped.sample("workflows/ticket-summary/samples/ts-0001.json")
    try send(request("ticket-summary", data), key: "case-1", number: 1, broker.client())
    for _ in 0..<30 {
      broker.tick()
      try engine.turn(wait: .zero)
    }
    var types: [String] = []
    try broker.client().read(TopicPartition(Topic.modelProposals.name, 0), 0..<Int64.max) { message in
      types.append(message.frame.text("ce_type") ?? "")
      return true
    }
    #expect(types == [ProposalPending.type, ProposalMade.type])
    let held = try #require(try sealed(store, "case-1"))
    #expect(try Shipped.sealer.open(held, caseID: "case-1") == ["tok_name_x": "Mira"])
    #expect(try sealed(store, "case-2") == nil)
  }
}
