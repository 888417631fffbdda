import Messaging

/// Reads stretches of partitions from their first to their last record, one at a time.
final class PartitionReader: Sendable {
  private static let patience = Duration.seconds(10)

  private let consumer: Consumer

  init(_ settings: Settings, group: String, log: @escaping KafkaLog) throws(BusError) {
    consumer = try Consumer(settings, .reader, group: group, log: log)
  }

  /// - Parameters:
  ///   - range: within the watermarks.
  ///   - low: asks for the low watermark: the head of the range may expire on the way.
  ///   - visit: returns false to stop early.
  /// - Throws: `unavailable` where it got no further for 10 s.
  func read(
    _ partition: TopicPartition, _ range: Range<Int64>, low: () throws(BusError) -> Int64,
    _ visit: (Message) -> Bool
  ) throws(BusError) {
    defer { try? consumer.assign([:]) }
    try consumer.assign([partition: range.lowerBound])
    var next = range.lowerBound
    var quietSince = ContinuousClock.now
    while next < range.upperBound {
      let brought = try consumer.poll(limit: 2000, byteLimit: 1 << 20, wait: .milliseconds(500))
      for message in brought.polled.messages {
        guard message.offset < range.upperBound, visit(message) else { return }
        next = message.offset + 1
        quietSince = .now
      }
      // The last offsets of a log need not hold records (Kafka's own markers, compaction).
      if brought.ended { return }
      if !brought.polled.outOfRange.isEmpty {
        next = max(next, try low())
        if next < range.upperBound { try consumer.assign([partition: next]) }
      }
      guard quietSince.duration(to: .now) < PartitionReader.patience else {
        throw BusError(.unavailable, "\(partition) gave nothing at \(next) for 10 s")
      }
    }
  }
}
