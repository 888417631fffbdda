import CRdKafka
import Messaging
import Synchronization

/// Commits for any group without joining it: one request at a time for each group; what comes meanwhile waits,
/// merged.
///
/// Not `rd_kafka_commit`: in librdkafka 2.0.2 a commit that finds no coordinator holds up the end of its instance for
/// 45 s.
struct Commits: ~Copyable {
  private struct Group {
    let name: String
    /// On the way to the broker.
    var sent: [TopicPartition: Int64] = [:]
    var waiting: [TopicPartition: Int64] = [:]
    var notBefore = ContinuousClock.now
  }

  private var groups: [Group] = []

  var isIdle: Bool { groups.allSatisfy { $0.sent.isEmpty && $0.waiting.isEmpty } }

  mutating func add(_ positions: [TopicPartition: Int64], group name: String) {
    if let known = groups.firstIndex(where: { $0.name == name }) {
      groups[known].waiting.merge(positions) { $1 }
    } else {
      groups.append(Group(name: name, waiting: positions))
    }
  }

  /// Sends what waits and is not held back. The answers come to `queue`.
  mutating func send(_ client: OpaquePointer, _ queue: OpaquePointer) {
    for index in groups.indices
    where groups[index].sent.isEmpty && !groups[index].waiting.isEmpty && groups[index].notBefore <= .now {
      groups[index].sent = groups[index].waiting
      groups[index].waiting = [:]
      if !request(index, client, queue) { groups[index].sent = [:] }
    }
  }

  private func request(_ index: Int, _ client: OpaquePointer, _ queue: OpaquePointer) -> Bool {
    guard let list = try? partitionList(groups[index].sent.map { ($0, $1) }) else { return false }
    defer { rd_kafka_topic_partition_list_destroy(list) }
    guard let options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS) else {
      return false
    }
    defer { rd_kafka_AdminOptions_destroy(options) }
    rd_kafka_AdminOptions_set_request_timeout(options, coordinatorTimeout, nil, 0)
    rd_kafka_AdminOptions_set_opaque(options, UnsafeMutableRawPointer(bitPattern: index + 1))
    var request = rd_kafka_AlterConsumerGroupOffsets_new(groups[index].name, list)
    defer { rd_kafka_AlterConsumerGroupOffsets_destroy(request) }
    rd_kafka_AlterConsumerGroupOffsets(client, &request, 1, options, queue)
    return true
  }

  /// - Returns: why the commit failed for good; one that found the broker away is tried again after a second.
  mutating func take(_ event: OpaquePointer) -> BusError? {
    let index = Int(bitPattern: rd_kafka_event_opaque(event)) - 1
    guard groups.indices.contains(index) else { return nil }
    let sent = groups[index].sent
    groups[index].sent = [:]
    guard let error = error(in: event, groups[index].name) else { return nil }
    guard error.kind == .unavailable else { return error }
    groups[index].waiting.merge(sent) { newer, _ in newer }
    groups[index].notBefore = .now + .seconds(1)
    return nil
  }

  private func error(in event: OpaquePointer, _ group: String) -> BusError? {
    let what = "committing for \(group)"
    let code = rd_kafka_event_error(event)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return BusError(code, what) }
    var count = 0
    guard let result = rd_kafka_event_AlterConsumerGroupOffsets_result(event),
      let answers = rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count), count == 1,
      let answer = answers[0]
    else { return BusError(.fatal, "\(what): not the answer to the question") }
    if let error = rd_kafka_group_result_error(answer) { return BusError(rd_kafka_error_code(error), what) }
    guard let partitions = rd_kafka_group_result_partitions(answer) else { return nil }
    for element in elements(partitions) where element.err != RD_KAFKA_RESP_ERR_NO_ERROR {
      return BusError(element.err, "\(what) in \(String(cString: element.topic))/\(element.partition)")
    }
    return nil
  }
}
