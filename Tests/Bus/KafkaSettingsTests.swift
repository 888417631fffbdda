import KafkaBus
import Messaging
import Synchronization
import Testing

/// What an operator who configures the connection wrongly gets to read.
@Suite(.serialized) struct KafkaSettingsTests {
  private let secret = "hunter2-is-not-to-be-seen"

  private func failure(_ properties: [String: String], log: @escaping KafkaLog = { _, _ in }) -> BusError? {
    do {
      let bus = try KafkaBus(
        properties: ["bootstrap.servers": "127.0.0.1:1"].merging(properties) { $1 }, group: "g", log: log)
      bus.close()
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ["bootstrap.serverz": "x"], ["linger.ms": "soon"], ["security.protocol": "carrier-pigeon"],
    ["bootstrap.servers": ""],
    ["security.protocol": "ssl", "ssl.ca.location": "/no/such/file.pem"],
    ["security.protocol": "ssl", "ssl.certificate.location": "/no/such/certificate.pem"],
    ["security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-999"],
    ["security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN"],
  ])
  func aWrongPropertyIsFatalAndNamed(_ properties: [String: String]) throws {
    let error = try #require(failure(properties))
    #expect(error.kind == .fatal)
    let words = error.description.lowercased()
    #expect(
      properties.contains { words.contains($0.key) || (!$0.value.isEmpty && words.contains($0.value.lowercased())) }
        || words.contains("sasl.username"))
  }

  @Test(arguments: [
    "acks", "enable.idempotence", "auto.offset.reset", "enable.auto.commit", "group.id", "transactional.id",
  ])
  func whatCorrectnessRestsOnCannotBeConfigured(_ name: String) throws {
    let error = try #require(failure([name: "1"]))
    #expect(error.kind == .fatal && error.description.contains(name))
  }

  @Test(arguments: ["ssl.key.pem", "ssl.certificate.pem", "ssl.ca.pem", "sasl.oauthbearer.config", "sasl.password"])
  func secretsAreInNoMessage(_ name: String) {
    let lines = Mutex("")
    let properties = [
      name: secret, "security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN", "debug": "conf,security",
    ]
    let error = failure(properties) { _, line in lines.withLock { $0 += line } }
    #expect(error?.description.contains(secret) != true)
    #expect(lines.withLock { !$0.contains(secret) })
    #expect(error == nil || error?.kind == .fatal)
  }

  /// A broker that speaks no TLS answers with what is no TLS or just hangs up, which alone is no refusal; librdkafka's
  /// words differ, and all of them name the handshake.
  @Test func aHandshakeThatFailsIsReportedWithTheReason() throws {
    let broker = try EmbeddedBroker(topics: ["a": 1])
    defer { broker.stop() }
    let bus = try kafka(broker.port, ["security.protocol": "ssl"])
    defer { bus.close() }
    let error = try #require(throws: BusError.self) { try bus.partitionCount(of: "a") }
    #expect(error.kind == .denied || error.kind == .unavailable)
    #expect(error.description.contains("SSL handshake") || error.description.contains("SSL_HANDSHAKE"))
  }

  @Test func aRefusedLoginIsDeniedAndKeepsThePassword() throws {
    let broker = try EmbeddedBroker(topics: ["a": 1])
    defer { broker.stop() }
    let login = [
      "security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN", "sasl.username": "u", "sasl.password": secret,
    ]
    let bus = try kafka(broker.port, login)
    defer { bus.close() }
    let error = try #require(throws: BusError.self) { try bus.partitionCount(of: "a") }
    #expect(error.kind == .denied)
    #expect(!error.description.contains(secret))
  }

  @Test func aBrokerThatIsAwayIsUnavailableForQuestionsAndSilentForPolls() throws {
    let bus = try kafka(1)
    defer { bus.close() }
    let error = #expect(throws: BusError.self) { try bus.partitionCount(of: "a") }
    #expect(error?.kind == .unavailable)
    #expect(error?.description.contains("127.0.0.1:1") == true)
    try bus.assign([a: 0])
    #expect(try bus.poll(limit: 1, byteLimit: 1, wait: .milliseconds(200)).messages.isEmpty)
    try bus.commit([a: 1], group: "countersign.test")
    let producer = try bus.makeProducer()
    #expect(try producer.send(row(1, a, count: 1)) == false)
    producer.close()
  }

  @Test func librdkafkasWordsReachTheLog() throws {
    let lines = Mutex<[String]>([])
    let bus = try KafkaBus(properties: ["bootstrap.servers": "127.0.0.1:1"], group: "g") { severity, line in
      lines.withLock { $0.append("\(severity) \(line)") }
    }
    defer { bus.close() }
    try eventually("a line about the broker") {
      lines.withLock { $0.contains { $0.contains("127.0.0.1:1") } } ? () : nil
    }
  }
}
