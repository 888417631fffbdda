import CRdKafka
import Messaging
import Synchronization

/// Milliseconds that a request to a group's coordinator may last: as long as can be set, so that it never ends by itself.
///
/// In librdkafka 2.0.2 one that timed out while it waited for the coordinator still sends itself once the broker is back,
/// and then ends the process (`Assertion eonce->refcnt > 0`). Whoever asks waits as long as it likes and lets go; what
/// is on its way ends by the socket's time-out.
let coordinatorTimeout: Int32 = 3_600_000

/// The instance that asks the broker things and commits. Any thread.
final class Admin: @unchecked Sendable {
  private struct State: ~Copyable {
    var commits = Commits()
    /// The last trouble with the connection, until something succeeds: librdkafka's calls say only that time ran out.
    var trouble: BusError?
  }

  private let handle: Handle
  private let queue: OpaquePointer
  private let state = Mutex(State())
  private let log: KafkaLog

  init(_ settings: Settings, log: @escaping KafkaLog) throws(BusError) {
    handle = try Handle(settings, .admin, group: nil, log: log)
    queue = rd_kafka_queue_get_main(handle.client)
    self.log = log
  }

  deinit { rd_kafka_queue_destroy(queue) }

  func partitionCount(of topic: String, timeout: Int32) throws(BusError) -> Int {
    try checkTopic(topic)
    guard let asked = rd_kafka_topic_new(handle.client, topic, nil) else {
      throw BusError(rd_kafka_last_error(), "topic \(topic)")
    }
    defer { rd_kafka_topic_destroy(asked) }
    var answer: UnsafePointer<rd_kafka_metadata>?
    try check(rd_kafka_metadata(handle.client, 0, asked, &answer, timeout), "topic \(topic)")
    guard let answer else { throw BusError(.unavailable, "topic \(topic): no answer") }
    defer { rd_kafka_metadata_destroy(answer) }
    guard answer.pointee.topic_cnt == 1, let found = answer.pointee.topics?.pointee else {
      throw BusError(.unknownTopic, "no topic \(topic)")
    }
    try check(found.err, "topic \(topic)")
    return Int(found.partition_cnt)
  }

  func watermarks(of partition: TopicPartition, timeout: Int32) throws(BusError) -> Watermarks {
    var low: Int64 = 0
    var high: Int64 = 0
    let answer = rd_kafka_query_watermark_offsets(
      handle.client, partition.topic, partition.partition, &low, &high, timeout)
    try check(answer, "watermarks of \(partition)")
    return Watermarks(low: low, high: high)
  }

  func committed(by group: String, _ partitions: [TopicPartition]) throws(BusError) -> [TopicPartition: Int64] {
    guard !partitions.isEmpty else { return [:] }
    let list = try partitionList(Set(partitions).map { ($0, 0) })
    defer { rd_kafka_topic_partition_list_destroy(list) }
    let what = "committed offsets of \(group)"
    guard let replies = rd_kafka_queue_new(handle.client),
      let options = rd_kafka_AdminOptions_new(handle.client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)
    else { throw BusError(.fatal, "no memory for a request") }
    defer { rd_kafka_queue_destroy(replies) }
    defer { rd_kafka_AdminOptions_destroy(options) }
    var words = [CChar](repeating: 0, count: 512)
    try check(rd_kafka_AdminOptions_set_request_timeout(options, coordinatorTimeout, &words, words.count), what)
    var request = rd_kafka_ListConsumerGroupOffsets_new(group, list)
    defer { rd_kafka_ListConsumerGroupOffsets_destroy(request) }
    rd_kafka_ListConsumerGroupOffsets(handle.client, &request, 1, options, replies)
    guard let event = rd_kafka_queue_poll(replies, 6000) else {
      throw explained(BusError(.unavailable, "\(what): no answer"))
    }
    defer { rd_kafka_event_destroy(event) }
    try check(rd_kafka_event_error(event), what)
    return try offsets(in: event, what)
  }

  private func offsets(in event: OpaquePointer, _ what: String) throws(BusError) -> [TopicPartition: Int64] {
    var count = 0
    guard let result = rd_kafka_event_ListConsumerGroupOffsets_result(event),
      let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count), count == 1, let group = groups[0]
    else { throw BusError(.fatal, "\(what): not the answer to the question") }
    if let error = rd_kafka_group_result_error(group) { try check(rd_kafka_error_code(error), what) }
    guard let partitions = rd_kafka_group_result_partitions(group) else { return [:] }
    var found: [TopicPartition: Int64] = [:]
    for element in elements(partitions) {
      let partition = TopicPartition(String(cString: element.topic), element.partition)
      try check(element.err, "\(what) in \(partition)")
      if element.offset >= 0 { found[partition] = element.offset }
    }
    return found
  }

  /// Sends the positions, or leaves them for `pump` while an earlier commit of that group is on its way.
  func commit(_ positions: [TopicPartition: Int64], group: String) throws(BusError) {
    rd_kafka_topic_partition_list_destroy(try partitionList(positions.map { ($0, $1) }))
    state.withLock { $0.commits.add(positions, group: group) }
    pump()
  }

  /// Takes the broker's answers and sends the commits that wait. Never blocks.
  func pump() { serve(wait: 0) }

  /// Gives the last commits half a second to reach the broker.
  func finish() {
    for _ in 0..<10 {
      guard !state.withLock({ $0.commits.isIdle }) else { return }
      serve(wait: 50)
    }
  }

  private func serve(wait: Int32) {
    var event = rd_kafka_queue_poll(queue, wait)
    while let current = event {
      take(current)
      rd_kafka_event_destroy(current)
      event = rd_kafka_queue_poll(queue, 0)
    }
    state.withLock { $0.commits.send(handle.client, queue) }
  }

  private func take(_ event: OpaquePointer) {
    if rd_kafka_event_type(event) == RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT {
      if let error = state.withLock({ $0.commits.take(event) }) { log(4, "COMMIT \(error)") }
      return
    }
    let error = rd_kafka_event_error(event)
    guard error != RD_KAFKA_RESP_ERR_NO_ERROR, error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN else { return }
    let words = rd_kafka_event_error_string(event).map { handle.settings.withoutSecrets(String(cString: $0)) }
    state.withLock { $0.trouble = BusError(error, "connection", words) }
  }

  private func check(_ code: rd_kafka_resp_err_t, _ what: String) throws(BusError) {
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return state.withLock { $0.trouble = nil } }
    throw explained(BusError(code, what))
  }

  /// Adds the cause where librdkafka waited in vain; it is `denied` where the broker turned us away.
  private func explained(_ error: BusError) -> BusError {
    guard error.kind == .unavailable else { return error }
    pump()
    guard let trouble = state.withLock({ $0.trouble }) else { return error }
    return BusError(trouble.kind == .denied ? .denied : .unavailable, "\(error); \(trouble)")
  }
}
