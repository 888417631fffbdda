import CRdKafka
import Dispatch
import Messaging
import Synchronization
import Wire

/// One assigned reader. `assign` and `poll` exclude each other; `wake` comes from any thread.
final class Consumer: @unchecked Sendable {
  private let handle: Handle
  private let queue: OpaquePointer
  private let reading: Mutex<Reading>
  /// Ends a poll that takes nothing: librdkafka's queue cannot be waited on without taking from it.
  private let bell = DispatchSemaphore(value: 0)

  init(
    _ settings: Settings, _ role: Settings.Role, group: String, log: @escaping KafkaLog
  ) throws(BusError) {
    guard let batch = cs_batch_new() else { throw BusError(.fatal, "no memory for a batch") }
    do throws(BusError) {
      handle = try Handle(settings, role, group: group, log: log)
    } catch {
      cs_batch_free(batch)
      throw error
    }
    rd_kafka_poll_set_consumer(handle.client)
    queue = rd_kafka_queue_get_consumer(handle.client)
    reading = Mutex(Reading(client: handle.client, queue: queue, batch: batch, settings: settings))
  }

  deinit { rd_kafka_queue_destroy(queue) }

  func assign(_ positions: [TopicPartition: Int64]) throws(BusError) {
    try reading.withLock { reading throws(BusError) in try reading.assign(positions) }
  }

  /// Errors that are found behind messages are thrown by the next poll.
  func poll(limit: Int, byteLimit: Int, wait: Duration) throws(BusError) -> Brought {
    guard limit > 0 else {
      rest(wait)
      return Brought()
    }
    return try reading.withLock { reading throws(BusError) in
      try reading.poll(limit: limit, byteLimit: byteLimit, wait: milliseconds(wait))
    }
  }

  func wake() {
    bell.signal()
    rd_kafka_queue_yield(queue)
  }

  private func rest(_ wait: Duration) {
    guard bell.wait(timeout: .now() + .milliseconds(Int(milliseconds(wait)))) == .success else { return }
    while bell.wait(timeout: .now()) == .success {}
  }
}

struct Brought: Sendable {
  var polled = Polled()
  /// A partition was read to its end (only where the role is `reader`).
  var ended = false
}

private struct Reading: ~Copyable {
  private let client: OpaquePointer
  private let queue: OpaquePointer
  private let batch: UnsafeMutablePointer<cs_batch>
  private let settings: Settings
  private var sources: [TopicPartition] = []
  private var askedForTopics: ContinuousClock.Instant?
  private var error: BusError?

  init(client: OpaquePointer, queue: OpaquePointer, batch: UnsafeMutablePointer<cs_batch>, settings: Settings) {
    self.client = client
    self.queue = queue
    self.batch = batch
    self.settings = settings
  }

  deinit { cs_batch_free(batch) }

  /// librdkafka looks once a second for the leaders of topics that it does not know, so that the first record of each costs
  /// a second. It is told of all of them at once; what it knows it forgets after a while.
  private mutating func learnTopics() {
    guard askedForTopics.map({ $0.duration(to: .now) > .seconds(300) }) ?? true else { return }
    askedForTopics = .now
    var answer: UnsafePointer<rd_kafka_metadata>?
    if rd_kafka_metadata(client, 1, nil, &answer, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR { rd_kafka_metadata_destroy(answer) }
  }

  mutating func assign(_ positions: [TopicPartition: Int64]) throws(BusError) {
    let sorted = positions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let list = try partitionList(sorted)
    defer { rd_kafka_topic_partition_list_destroy(list) }
    rd_kafka_assign(client, nil)
    // Errors of an earlier assignment carry no version in librdkafka 2.0.2 and would count as errors of the next one.
    while let event = rd_kafka_queue_poll(queue, 0) { rd_kafka_event_destroy(event) }
    error = nil
    sources = sorted.map(\.0)
    guard cs_batch_assign(batch, list) == 0 else { throw BusError(.fatal, "no memory for an assignment") }
    guard !sorted.isEmpty else { return }
    learnTopics()
    let answer = rd_kafka_assign(client, list)
    guard answer == RD_KAFKA_RESP_ERR_NO_ERROR else { throw BusError(answer, "assigning partitions") }
  }

  mutating func poll(limit: Int, byteLimit: Int, wait: Int32) throws(BusError) -> Brought {
    if let error = error.take() { throw error }
    cs_poll(queue, batch, max(0, limit), max(0, byteLimit), wait)
    let brought = Brought(polled: polled(), ended: batch.pointee.ended_count > 0)
    if let failure = failure() {
      guard !brought.polled.messages.isEmpty || !brought.polled.outOfRange.isEmpty else { throw failure }
      error = failure
    }
    return brought
  }

  private func polled() -> Polled {
    var polled = Polled()
    // One copy for the whole batch; its frames are slices of it.
    let bytes = Array(UnsafeBufferPointer(start: batch.pointee.bytes, count: batch.pointee.length))
    polled.messages.reserveCapacity(batch.pointee.count)
    for record in UnsafeBufferPointer(start: batch.pointee.records, count: batch.pointee.count) {
      polled.messages.append(
        Message(
          source: sources[Int(record.source)], offset: record.offset, timestamp: record.timestamp,
          frame: Frame(bytes[record.at..<(record.at + record.length)])))
    }
    let lost = UnsafeBufferPointer(start: batch.pointee.out_of_range, count: batch.pointee.out_of_range_count)
    polled.outOfRange = lost.map { sources[Int($0)] }
    return polled
  }

  private func failure() -> BusError? {
    let code = batch.pointee.error
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
    let words = withUnsafeBytes(of: &batch.pointee.error_text) { text(Array($0.bindMemory(to: CChar.self))) }
    return BusError(code, "reading", settings.withoutSecrets(words))
  }
}
