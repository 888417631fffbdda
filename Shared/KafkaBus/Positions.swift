import CRdKafka
import Messaging

/// A partition list of librdkafka's, which the caller destroys.
///
/// - Throws: `fatal` for an offset or a partition below 0 (librdkafka gives those a meaning of their own),
///   `unknownTopic` for a name that Kafka does not allow.
func partitionList(
  _ positions: [(TopicPartition, Int64)]
) throws(BusError) -> UnsafeMutablePointer<rd_kafka_topic_partition_list_t> {
  for (source, offset) in positions {
    try checkTopic(source.topic)
    guard source.partition >= 0, offset >= 0 else { throw BusError(.fatal, "no such position: \(source) at \(offset)") }
  }
  guard let list = rd_kafka_topic_partition_list_new(Int32(clamping: positions.count)) else {
    throw BusError(.fatal, "no memory for a partition list")
  }
  for (source, offset) in positions {
    rd_kafka_topic_partition_list_add(list, source.topic, source.partition)?.pointee.offset = offset
  }
  return list
}

func elements(
  _ list: UnsafePointer<rd_kafka_topic_partition_list_t>
) -> UnsafeBufferPointer<rd_kafka_topic_partition_t> {
  UnsafeBufferPointer(start: list.pointee.elems, count: max(0, Int(list.pointee.cnt)))
}

/// Kafka's rule for topic names: 1 to 249 of `a-z A-Z 0-9 . _ -`.
func checkTopic(_ name: String) throws(BusError) {
  let allowed = name.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
  guard allowed, (1...249).contains(name.utf8.count) else { throw BusError(.unknownTopic, "not a topic name") }
}

/// Whole milliseconds, rounded up, within what librdkafka takes.
func milliseconds(_ duration: Duration) -> Int32 {
  let (seconds, attoseconds) = duration.components
  guard seconds >= 0, attoseconds >= 0 else { return 0 }
  guard seconds < 1_000_000 else { return 1_000_000_000 }
  return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
}
