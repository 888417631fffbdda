import Messaging
import Synchronization

/// The bus on librdkafka, to Apache Kafka or the embedded broker.
///
/// It keeps one connection set for questions and commits, and opens others at the first `assign`, at the first `read`
/// and for each producer.
public final class KafkaBus: Bus {
  private struct State {
    /// Nil once the bus is closed.
    var admin: Admin?
    var consumer: Consumer?
    /// A reader that is not in use.
    var reader: PartitionReader?
    var partitionCounts: [String: Int] = [:]
  }

  private let settings: Settings
  private let group: String
  private let log: KafkaLog
  private let state: Mutex<State>

  /// Connects in the background; a broker that is away is no error here.
  ///
  /// - Parameters:
  ///   - properties: librdkafka's, such as `bootstrap.servers`, `security.protocol`, `sasl.*`, `ssl.*`. They go before
  ///     the bus's own, but for those on which correctness rests.
  ///   - group: the name under which the broker's ACLs know its readers, `countersign.SERVICE`. None is joined.
  ///   - embedded: whether the broker is `EmbeddedBroker`, which needs other settings than Kafka.
  /// - Throws: `fatal` with librdkafka's words for a property that is unknown, refused or wrong. Values of secret
  ///   properties are in no message and in no log line.
  public init(
    properties: [String: String], group: String, embedded: Bool = false, log: @escaping KafkaLog = { _, _ in }
  ) throws(BusError) {
    guard !group.isEmpty else { throw BusError(.fatal, "a bus needs the name of its group") }
    guard !(properties["bootstrap.servers"] ?? properties["metadata.broker.list"] ?? "").isEmpty else {
      throw BusError(.fatal, "Kafka property bootstrap.servers is missing")
    }
    settings = try Settings(properties, embedded: embedded)
    self.group = group
    self.log = log
    state = Mutex(State(admin: try Admin(settings, log: log)))
  }

  public func partitionCount(of topic: String) throws(BusError) -> Int {
    try partitionCount(of: topic, timeout: 5000)
  }

  private func partitionCount(of topic: String, timeout: Int32) throws(BusError) -> Int {
    let count = try admin().partitionCount(of: topic, timeout: timeout)
    state.withLock { $0.partitionCounts[topic] = count }
    return count
  }

  /// Asks the broker only where the topic was not seen with so many partitions yet.
  private func isThere(_ partition: TopicPartition, timeout: Int32) throws(BusError) -> Bool {
    guard partition.partition >= 0 else { return false }
    if let count = state.withLock({ $0.partitionCounts[partition.topic] }), partition.partition < count { return true }
    return try partition.partition < partitionCount(of: partition.topic, timeout: timeout)
  }

  public func watermarks(of partition: TopicPartition) throws(BusError) -> Watermarks {
    guard try isThere(partition, timeout: 5000) else { throw BusError(.unknownTopic, "no partition \(partition)") }
    return try admin().watermarks(of: partition, timeout: 5000)
  }

  public func assign(_ positions: [TopicPartition: Int64]) throws(BusError) {
    try consumer().assign(positions)
  }

  public func poll(limit: Int, byteLimit: Int, wait: Duration) throws(BusError) -> Polled {
    try admin().pump()
    return try consumer().poll(limit: limit, byteLimit: byteLimit, wait: wait).polled
  }

  public func wake() { state.withLock { $0.consumer }?.wake() }

  private func consumer() throws(BusError) -> Consumer {
    try state.withLock { state throws(BusError) in
      guard state.admin != nil else { throw closedError }
      if let consumer = state.consumer { return consumer }
      let consumer = try Consumer(settings, .consumer, group: group, log: log)
      state.consumer = consumer
      return consumer
    }
  }

  public func read(
    _ partition: TopicPartition, _ range: Range<Int64>, visit: (Message) -> Bool
  ) throws(BusError) {
    let marks = try watermarks(of: partition)
    let wanted = range.clamped(to: marks.low..<max(marks.low, marks.high))
    guard !wanted.isEmpty else { return }
    let reader = try reader()
    defer { keep(reader) }
    try reader.read(partition, wanted, low: { () throws(BusError) in try self.watermarks(of: partition).low }, visit)
  }

  private func reader() throws(BusError) -> PartitionReader {
    if let idle = state.withLock({ $0.reader.take() }) { return idle }
    return try PartitionReader(settings, group: group, log: log)
  }

  private func keep(_ reader: PartitionReader) {
    state.withLock { if $0.admin != nil { $0.reader = reader } }
  }

  public func commit(_ positions: [TopicPartition: Int64], group: String) throws(BusError) {
    try admin().commit(positions, group: group)
  }

  public func committed(
    by group: String, _ partitions: [TopicPartition]
  ) throws(BusError) -> [TopicPartition: Int64] {
    try admin().committed(by: group, partitions)
  }

  public func makeProducer() throws(BusError) -> any Producer {
    _ = try admin()
    return try KafkaProducer(settings, log: log) { [weak self] partition throws(BusError) in
      guard let self else { throw BusError(.fatal, "the bus is closed") }
      return try isThere(partition, timeout: 1000)
    }
  }

  /// Ends a `poll` that waits, gives the last commits up to half a second and closes. Calls under way end on their own;
  /// later ones throw `fatal`. Producers stay open until they are closed themselves.
  public func close() {
    let (admin, consumer) = state.withLock { state in
      defer { state = State() }
      return (state.admin, state.consumer)
    }
    consumer?.wake()
    admin?.finish()
  }

  private var closedError: BusError { BusError(.fatal, "the bus is closed") }

  private func admin() throws(BusError) -> Admin {
    guard let admin = state.withLock({ $0.admin }) else { throw closedError }
    return admin
  }
}
