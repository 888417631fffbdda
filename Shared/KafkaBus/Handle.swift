import CRdKafka
import Messaging

/// Receives librdkafka's log lines: severity as in syslog (3 error … 7 debug) and the text, without secrets and
/// without a line end. Called from librdkafka's threads.
public typealias KafkaLog = @Sendable (_ severity: Int, _ text: String) -> Void

/// One librdkafka instance. It is destroyed when the last reference goes, so no call can run into a close.
///
/// Unchecked: `rd_kafka_t` is thread-safe.
final class Handle: @unchecked Sendable {
  let client: OpaquePointer
  let settings: Settings
  private let log: Unmanaged<LogHook>

  /// - Throws: `fatal` with librdkafka's words, for example for a certificate that cannot be read.
  init(_ settings: Settings, _ role: Settings.Role, group: String?, log hook: @escaping KafkaLog) throws(BusError) {
    self.settings = settings
    let configuration = try settings.configuration(role, group: group)
    let events = RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR
    rd_kafka_conf_set_events(configuration, events)
    log = Unmanaged.passRetained(LogHook(settings: settings, emit: hook))
    rd_kafka_conf_set_opaque(configuration, log.toOpaque())
    rd_kafka_conf_set_log_cb(configuration, passOn)
    var words = [CChar](repeating: 0, count: 512)
    let type = role == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
    guard let client = rd_kafka_new(type, configuration, &words, words.count) else {
      rd_kafka_conf_destroy(configuration)
      log.release()
      throw BusError(.fatal, "Kafka client: \(settings.withoutSecrets(text(words)))")
    }
    self.client = client
  }

  deinit {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    log.release()
  }
}

private final class LogHook: Sendable {
  let settings: Settings
  let emit: KafkaLog

  init(settings: Settings, emit: @escaping KafkaLog) {
    self.settings = settings
    self.emit = emit
  }
}

private func passOn(
  _ client: OpaquePointer?, _ severity: Int32, _ facility: UnsafePointer<CChar>?, _ line: UnsafePointer<CChar>?
) {
  guard let client, let facility, let line, let opaque = rd_kafka_opaque(client) else { return }
  let hook = Unmanaged<LogHook>.fromOpaque(opaque).takeUnretainedValue()
  let text = String(cString: line)
  // Every instance gets all configured properties, those of the other role too; gapless is what we want.
  let expected = ["is a producer property", "is a consumer property", "enable.gapless.guarantee is experimental"]
  if expected.contains(where: text.contains) { return }
  hook.emit(Int(severity), "\(String(cString: facility)) \(hook.settings.withoutSecrets(text))")
}
