import CRdKafka
import Messaging

/// librdkafka's properties for each of the instances that a bus consists of.
struct Settings: Sendable {
  enum Role { case admin, consumer, reader, producer }

  /// What the caller configured; `init` refuses what the bus sets itself.
  private let properties: [String: String]
  private let embedded: Bool

  /// What correctness rests on.
  private static let own: Set<String> = [
    "acks", "request.required.acks", "enable.idempotence", "enable.gapless.guarantee", "message.timeout.ms",
    "delivery.timeout.ms", "transactional.id", "enable.auto.commit", "auto.commit.enable", "enable.auto.offset.store",
    "auto.offset.reset", "enable.partition.eof", "group.id", "group.instance.id", "allow.auto.create.topics",
  ]

  init(_ properties: [String: String], embedded: Bool) throws(BusError) {
    if let taken = properties.keys.sorted().first(where: Settings.own.contains) {
      throw BusError(.fatal, "Kafka property \(taken) is set by the bus itself")
    }
    self.properties = properties
    self.embedded = embedded
  }

  /// - Parameter group: none for instances that only ask.
  /// - Returns: an `rd_kafka_conf_t` that the caller owns.
  /// - Throws: `fatal` with librdkafka's words for a property or a value that it does not take.
  func configuration(_ role: Role, group: String?) throws(BusError) -> OpaquePointer {
    guard let configuration = rd_kafka_conf_new() else { throw BusError(.fatal, "no memory for a configuration") }
    do throws(BusError) {
      for (name, value) in defaults(role, group: group).merging(properties, uniquingKeysWith: { $1 }).sorted(by: <) {
        try set(name, value, in: configuration)
      }
    } catch {
      rd_kafka_conf_destroy(configuration)
      throw error
    }
    return configuration
  }

  private func set(_ name: String, _ value: String, in configuration: OpaquePointer) throws(BusError) {
    var words = [CChar](repeating: 0, count: 512)
    guard rd_kafka_conf_set(configuration, name, value, &words, words.count) != RD_KAFKA_CONF_OK else { return }
    throw BusError(.fatal, "Kafka property \(name): \(withoutSecrets(text(words)))")
  }

  private func defaults(_ role: Role, group: String?) -> [String: String] {
    var all = [
      "client.id": "countersign",
      "socket.nagle.disable": "true",
      "reconnect.backoff.ms": "50",
      "reconnect.backoff.max.ms": "1000",
      "log.connection.close": "false",
      // How long a topic may be missing before that is an error.
      "topic.metadata.propagation.max.ms": "2000",
    ]
    if role == .producer {
      all.merge([
        "acks": "all",
        "enable.idempotence": "true",
        "enable.gapless.guarantee": "true",
        "message.timeout.ms": "0",
        // The embedded broker does not look at sequence numbers: with several requests in flight, a retry would
        // reorder.
        "max.in.flight": embedded ? "1" : "5",
        // Each batch of each partition by itself: zstd takes as long to begin as lz4 takes for all of it.
        "compression.codec": "lz4",
        "linger.ms": "1",
        // The producer limits itself (KafkaProducer); librdkafka must not refuse records in the middle of a row.
        "queue.buffering.max.messages": "10000000",
        "queue.buffering.max.kbytes": "2000000",
      ]) { $1 }
      return all
    }
    all.merge([
      "enable.auto.commit": "false",
      "enable.auto.offset.store": "false",
      "auto.offset.reset": "error",
      "allow.auto.create.topics": "false",
      "check.crcs": "true",
      // Under these a consumer stalls for a second whenever its queue is full.
      "queued.min.messages": "100000",
      "queued.max.messages.kbytes": "65536",
      // Kafka answers at the next record; the embedded broker answers a fetch that found nothing only when this is
      // over. Asking again each 2 ms took a tenth of all CPU at full load, and made latency worse on a busy machine.
      "fetch.wait.max.ms": "20",
    ]) { $1 }
    if let group { all["group.id"] = group }
    if role == .reader { all["enable.partition.eof"] = "true" }
    // Watermarks have no time limit of their own in librdkafka 2.0.2.
    if role == .admin { all["socket.timeout.ms"] = "5000" }
    return all
  }

  /// The text, or a stand-in where it quotes a secret.
  func withoutSecrets(_ text: String) -> String {
    let bytes = Array(text.utf8)
    for (name, value) in properties where Settings.isSecret(name) && !value.isEmpty {
      if contains(bytes, Array(value.utf8)) { return "refused (its message quotes \(name) and is left out)" }
    }
    return text
  }

  private static func isSecret(_ name: String) -> Bool {
    ["password", "secret", "pem", "token", "oauthbearer.config"].contains { name.contains($0) }
  }

  private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard part.count <= bytes.count else { return false }
    return (0...(bytes.count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part) }
  }
}

/// The text of a C buffer up to its first zero.
func text(_ buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
