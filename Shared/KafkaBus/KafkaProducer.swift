import CRdKafka
import Messaging
import Synchronization

final class KafkaProducer: Producer {
  /// What may wait in memory before `send` says that the queue is full.
  private static let recordLimit = 200_000
  private static let byteLimit = 64 << 20

  private let open: Mutex<Open?>
  private let isThere: @Sendable (TopicPartition) throws(BusError) -> Bool

  /// - Parameter isThere: asks the broker for a partition, or remembers its answer; throws `unavailable` soon.
  init(
    _ settings: Settings, log: @escaping KafkaLog,
    isThere: @escaping @Sendable (TopicPartition) throws(BusError) -> Bool
  ) throws(BusError) {
    self.isThere = isThere
    open = Mutex(try Open(settings, log: log))
  }

  func send(_ outgoing: Outgoing) throws(BusError) -> Bool {
    do throws(BusError) {
      // librdkafka would make a topic that is missing, and 2.0.2 is not safe with a partition that is.
      guard try isThere(outgoing.partition) else {
        throw BusError(.unknownTopic, "no partition \(outgoing.partition)")
      }
    } catch {
      guard error.kind == .unavailable else { throw error }
      return false
    }
    return try open.withLock { open throws(BusError) in
      guard let open else { throw BusError(.fatal, "the producer is closed") }
      return try open.send(outgoing)
    }
  }

  func reports() -> [Report] { open.withLock { $0?.reports() ?? [] } }

  func close() { open.withLock { $0 = nil } }

  /// Used under the lock.
  private final class Open {
    private var handle: Handle?
    private let client: OpaquePointer
    private let producer: UnsafeMutablePointer<cs_producer>
    private var topics: [String: OpaquePointer] = [:]

    init(_ settings: Settings, log: @escaping KafkaLog) throws(BusError) {
      let handle = try Handle(settings, .producer, group: nil, log: log)
      guard let producer = cs_producer_new(handle.client) else { throw BusError(.fatal, "no memory for a producer") }
      self.handle = handle
      self.producer = producer
      client = handle.client
    }

    deinit {
      cs_producer_close(producer)
      for topic in topics.values { rd_kafka_topic_destroy(topic) }
      handle = nil
      cs_producer_free(producer)
    }

    func send(_ outgoing: Outgoing) throws(BusError) -> Bool {
      try checkSpent()
      let waiting = producer.pointee.waiting_records
      let bytes = producer.pointee.waiting_bytes + outgoing.frames.count
      // A row larger than the limit goes when nothing else waits.
      if waiting > 0, waiting + max(0, outgoing.count) > recordLimit || bytes > byteLimit { return false }
      let topic = try topic(outgoing.partition.topic)
      let taken = outgoing.frames.withUnsafeBufferPointer {
        cs_produce(producer, topic, outgoing.partition.partition, $0.baseAddress, $0.count, outgoing.id)
      }
      if taken != 0 { try checkSpent() }
      return true
    }

    private func topic(_ name: String) throws(BusError) -> OpaquePointer {
      if let topic = topics[name] { return topic }
      guard let topic = rd_kafka_topic_new(client, name, nil) else {
        throw BusError(.fatal, "topic \(name): \(String(cString: rd_kafka_err2str(rd_kafka_last_error())))")
      }
      topics[name] = topic
      return topic
    }

    private func checkSpent() throws(BusError) {
      guard producer.pointee.error != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
      let words = withUnsafeBytes(of: &producer.pointee.error_text) { text(Array($0.bindMemory(to: CChar.self))) }
      throw BusError(.fatal, "the producer is spent: \(words)")
    }

    func reports() -> [Report] {
      cs_reports(producer)
      defer { producer.pointee.report_count = 0 }
      return UnsafeBufferPointer(start: producer.pointee.reports, count: producer.pointee.report_count).map { report in
        let failed = report.error != RD_KAFKA_RESP_ERR_NO_ERROR
        return Report(
          id: report.id, lastOffset: report.last_offset, error: failed ? BusError(report.error, "delivery") : nil)
      }
    }
  }
}
