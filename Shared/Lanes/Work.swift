import JSON
import Messaging
import Storage
import Wire

/// How far one input partition has been handled.
struct Position: Sendable, Equatable {
  var lane: Int32
  var nextOffset: Int64
  var mark: Mark
  /// Where reading went past records that were not handled, because they stand before their predecessors.
  var held: Int64?

  /// All before it is handled: what is stored and published.
  var safeOffset: Int64 { min(nextOffset, held ?? .max) }

  /// The mark of a stream whose beginning is gone: any number may come first.
  static let anyNumber = Mark(epoch: 0, number: -1)
}

/// The last number of an output stream and the epoch that gave it.
struct Given: Sendable, Equatable {
  var number: Int64 = 0
  var epoch: Int64 = 0
}

/// The stream of all records of a lane, in `numbers`.
let orderStream = "*"

struct StreamKey: Hashable, Sendable {
  let topic: String
  let lane: Int32
}

/// All that one transaction is going to change. Thrown away as a whole when it fails.
struct Work<D: Decider> {
  let epochs: [Int32: Int64]
  let now: Instant
  let wall: Instant

  var states: [String: D.State] = [:]
  /// Keys whose states are loaded, where there are any.
  let loaded: Set<String>
  /// What else the records of this batch turned out to touch: it runs again with that loaded and locked.
  var missing = Needs()
  /// A changed one without a state is deleted.
  var changed: Set<String> = []
  /// Rows of the service's own that follow from the records.
  var rows: [IndexRow] = []
  var numbers: [StreamKey: Given]
  var changedNumbers: Set<StreamKey> = []
  var positions: [TopicPartition: Position]
  var changedPositions: Set<TopicPartition> = []
  var batches: [StreamKey: OutboxBatch] = [:]
  /// Streams in the order of their first record, so that a run is the same each time.
  var streams: [StreamKey] = []
  var touched: Set<Int32> = []
  var ended: [(key: String, call: String)] = []
  var absorbed: [Message] = []
  /// Who hears of it once it is durable.
  var hearers: [() -> Void] = []
  var alerts: [LaneAlert] = []
  /// Partitions in which records are missing, with the number that was found instead of the next one.
  var gaps: [TopicPartition: Int64] = [:]
  var halted: [Int32: String] = [:]
  var saidHeads: [Int32] = []
  /// Lanes in which a loss was accepted.
  var losses: [Int32] = []
  var messages = 0
  var duplicates = 0
  var poison = 0
}

/// What a run of a batch found out and the next one must begin with.
struct Needs: Error {
  /// Keys whose states it needs.
  var keys: Set<String> = []
  /// Lanes that it writes into.
  var lanes: Set<Int32> = []
  /// What took an idempotency key and then failed, by its place in the batch: it must not keep the key.
  var failures: [Int: Unreadable] = [:]
  var isEmpty: Bool { keys.isEmpty && lanes.isEmpty && failures.isEmpty }

  mutating func add(_ more: Needs) {
    keys.formUnion(more.keys)
    lanes.formUnion(more.lanes)
    failures.merge(more.failures) { first, _ in first }
  }
}

/// A run of records of one stream, as it lies in the outbox.
struct OutboxBatch: Sendable {
  let stream: StreamKey
  let first: Int64
  let epoch: Int64
  var writer = FrameWriter()
}

/// A record that is laid out but for its numbers.
struct Draft {
  let topic: Topic
  let lane: Int32
  let type: String
  let key: String
  let subject: String?
  let facts: [(Fact, String)]
  let body: [UInt8]

  init<R: ServiceRecord>(_ record: R, lanes: Int32) {
    var writer = JSONWriter(reserving: 768)
    record.write(&writer)
    self.init(
      topic: record.topic, lane: record.topic.kind == .table ? 0 : Wire.lane(of: record.key, among: lanes),
      type: record.type, key: record.key, subject: record.subject, facts: record.facts, body: writer.finish())
  }

  init(
    topic: Topic, lane: Int32, type: String, key: String, subject: String?, facts: [(Fact, String)], body: [UInt8]
  ) {
    self.topic = topic
    self.lane = lane
    self.type = type
    self.key = key
    self.subject = subject
    self.facts = facts
    self.body = body
  }

  /// About how large the record will be.
  var size: Int { body.count + key.utf8.count + facts.reduce(600) { $0 + $1.1.utf8.count + 24 } }
}

extension Work {
  /// Whether the state under `key` and the lane of `draft` are at hand; what is not is noted as missing.
  mutating func isReady(_ draft: Draft, key: String) -> Bool {
    if !loaded.contains(key) { missing.keys.insert(key) }
    if epochs[draft.lane] == nil { missing.lanes.insert(draft.lane) }
    return loaded.contains(key) && epochs[draft.lane] != nil
  }

  /// Numbers a record and lays it into its stream's batch.
  ///
  /// - Parameter more: how many records of the same step follow.
  mutating func append(
    _ draft: Draft, cause: Cause, more: Int = 0, trace: ArraySlice<UInt8>?, service: Service, seal: Seal
  ) {
    let lane = draft.lane
    let stream = StreamKey(topic: draft.topic.name, lane: lane)
    let epoch = epochs[lane] ?? 0
    let number = next(stream, epoch)
    let orders = StreamKey(topic: orderStream, lane: lane)
    // Tables are copies: recovery does not read them.
    let order = draft.topic.kind == .table ? numbers[orders]?.number ?? 0 : next(orders, epoch)
    touched.insert(lane)
    if batches[stream] == nil {
      batches[stream] = OutboxBatch(stream: stream, first: number, epoch: epoch)
      streams.append(stream)
    }
    let head = RecordHead(
      topic: stream.topic, lane: lane, epoch: epoch, number: number, order: order, cause: cause, more: more, at: now,
      trace: trace, service: service)
    head.lay(draft, into: &batches[stream]!.writer, seal: seal)
  }

  private mutating func next(_ stream: StreamKey, _ epoch: Int64) -> Int64 {
    let number = (numbers[stream]?.number ?? 0) + 1
    numbers[stream] = Given(number: number, epoch: epoch)
    changedNumbers.insert(stream)
    return number
  }
}

/// What the mechanism adds to a draft.
struct RecordHead {
  let topic: String
  let lane: Int32
  let epoch: Int64
  let number: Int64
  let order: Int64
  let cause: Cause
  let more: Int
  let at: Instant
  let trace: ArraySlice<UInt8>?
  let service: Service

  func lay(_ draft: Draft, into writer: inout FrameWriter, seal: Seal) {
    var text: [UInt8] = []
    text.reserveCapacity(96)
    func decimal(_ value: Int64) -> [UInt8] {
      text.removeAll(keepingCapacity: true)
      appendDecimal(value, to: &text)
      return text
    }
    writer.begin(key: draft.key.utf8, body: draft.body)
    writer.header(Header.specVersion, "1.0")
    text.append(contentsOf: topic.utf8)
    for part in [Int64(lane), epoch, number] {
      text.append(UInt8(ascii: "/"))
      appendDecimal(part, to: &text)
    }
    writer.header(Header.id, text)
    writer.header(Header.source, sourceName(service))
    writer.header(Header.type, draft.type)
    writer.header(Header.time, at.description)
    if let subject = draft.subject { writer.header(Header.subject, subject) }
    writer.header(Header.sequence, decimal(number))
    writer.header(Header.epoch, decimal(epoch))
    writer.header(Header.order, decimal(order))
    text.removeAll(keepingCapacity: true)
    cause.append(to: &text)
    writer.header(Header.cause, text)
    if more > 0 { writer.header("ce_more", decimal(Int64(more))) }
    writer.header(Header.contentType, "application/json")
    writer.header(Header.traceParent, traceParent(draft.subject ?? draft.key))
    for (fact, value) in draft.facts { writer.header(fact.rawValue, value) }
    seal.close(&writer, topic: topic, partition: lane)
  }

  /// The trace of the cause goes on; what no record of ours led to belongs to its case's trace.
  private func traceParent(_ subject: String) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(55)
    text.append(contentsOf: "00-".utf8)
    if let trace, trace.count == 55 {
      text.append(contentsOf: trace[(trace.startIndex + 3)..<(trace.startIndex + 35)])
    } else {
      text.append(contentsOf: Trace.id(of: subject))
    }
    text.append(UInt8(ascii: "-"))
    Trace.append(Trace.span(topic: topic, lane: lane, epoch: epoch, number: number), to: &text)
    text.append(contentsOf: "-01".utf8)
    return text
  }
}

func sourceName(_ service: Service) -> String {
  switch service {
  case .intake: "countersign/intake"
  case .policy: "countersign/policy"
  case .modelAdapter: "countersign/model-adapter"
  case .reviewer: "countersign/reviewer"
  case .audit: "countersign/audit"
  }
}
