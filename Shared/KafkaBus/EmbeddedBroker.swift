import CRdKafka
import Glibc
import Messaging
import Synchronization
import Wire

/// Kafka's number for the Metadata request.
private let metadataRequest: Int16 = 3

/// librdkafka's own cluster in this process: a broker for one machine that any Kafka client can talk to.
///
/// What it lacks: nothing is kept when it stops; a partition keeps 5 MiB or 100,000 batches and drops the oldest
/// silently; messages up to 1 MB; no transactions, no compaction; it does not check an idempotent producer's numbers
/// (use one request in flight, as `KafkaBus(embedded: true)` does); topics that a client asks for come into being
/// with four partitions unless the client forbids it. It listens on 127.0.0.1 only.
public final class EmbeddedBroker: Sendable {
  /// Names this run of the broker: the body of the only record in topic `broker`, partition 0. Another one means
  /// another, empty log.
  public let run: String
  /// The bootstrap port. Metadata then names the broker's own port, which differs from run to run.
  public let port: UInt16
  private let open: Mutex<Open?>

  /// Returns when clients can connect.
  ///
  /// - Parameters:
  ///   - topics: their partition counts, 1 to 10,000. Topic `broker` is added.
  ///   - port: 0 for a free one.
  /// - Throws: `fatal` where a topic's name or count is refused or the port is taken.
  public init(topics: [String: Int32], port: UInt16 = 0, log: @escaping KafkaLog = { _, _ in }) throws(BusError) {
    var random = SystemRandomNumberGenerator()
    run = randomUUID(using: &random)
    let open = try Open(log: log)
    for (topic, count) in topics.merging(["broker": 1], uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
      try open.create(topic, count)
    }
    try open.announce(run)
    self.port = try open.listen(on: port)
    self.open = Mutex(open)
  }

  /// Closes all connections; everything is forgotten.
  public func stop() { open.withLock { $0 = nil } }

  /// Used under the lock.
  private final class Open {
    private var handle: Handle?
    private let cluster: OpaquePointer
    private var forwarder: OpaquePointer?

    init(log: @escaping KafkaLog) throws(BusError) {
      // Found by the property of its own librdkafka instance, which also ends it.
      let settings = try Settings(["test.mock.num.brokers": "1", "linger.ms": "0"], embedded: true)
      let handle = try Handle(settings, .producer, group: nil, log: log)
      guard let cluster = rd_kafka_handle_mock_cluster(handle.client) else {
        throw BusError(.fatal, "the embedded broker did not start")
      }
      self.handle = handle
      self.cluster = cluster
      // By itself it speaks Metadata up to version 2, in which a client cannot forbid that asking makes a topic.
      let answer = rd_kafka_mock_set_apiversion(cluster, metadataRequest, 0, 4)
      guard answer == RD_KAFKA_RESP_ERR_NO_ERROR else { throw BusError(answer, "the embedded broker's versions") }
    }

    deinit {
      if let forwarder { cs_forwarder_stop(forwarder) }
      handle = nil
    }

    func create(_ topic: String, _ count: Int32) throws(BusError) {
      try checkTopic(topic)
      guard (1...10_000).contains(count) else { throw BusError(.fatal, "topic \(topic): no count \(count)") }
      let answer = rd_kafka_mock_topic_create(cluster, topic, count, 1)
      guard answer == RD_KAFKA_RESP_ERR_NO_ERROR else { throw BusError(answer, "topic \(topic)") }
    }

    /// Writes the first record, so that whoever reaches the port finds it.
    func announce(_ run: String) throws(BusError) {
      let bus = try KafkaBus(
        properties: ["bootstrap.servers": String(cString: rd_kafka_mock_cluster_bootstraps(cluster))],
        group: "countersign.broker", embedded: true)
      defer { bus.close() }
      let producer = try bus.makeProducer()
      defer { producer.close() }
      var frame = FrameWriter()
      frame.begin(key: "broker".utf8, body: run.utf8)
      frame.end()
      let row = Outgoing(id: 1, partition: TopicPartition("broker", 0), frames: frame.bytes, count: 1)
      let deadline = ContinuousClock.now + .seconds(5)
      var sent = false
      while ContinuousClock.now < deadline {
        if !sent { sent = try producer.send(row) }
        if let report = producer.reports().first {
          if let error = report.error { throw error }
          return
        }
        usleep(1000)
      }
      throw BusError(.unavailable, "the embedded broker did not take its first record")
    }

    func listen(on port: UInt16) throws(BusError) -> UInt16 {
      let own = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
      guard let target = own.split(separator: ":").last.flatMap({ UInt16($0) }) else {
        throw BusError(.fatal, "the embedded broker has no port")
      }
      guard let forwarder = cs_forwarder_start(port, target) else {
        throw BusError(.fatal, "cannot listen on 127.0.0.1:\(port): \(String(cString: strerror(errno)))")
      }
      self.forwarder = forwarder
      return cs_forwarder_port(forwarder)
    }
  }
}
