import Messaging
import Wire

/// Trace context of records (W3C, https://www.w3.org/TR/trace-context/).
///
/// A case is one trace. Its id follows from the case's id, so that a step that no message led to (a timer, a person's
/// command, the end of a call) belongs to the same trace without anything being kept for it. What an outsider sends as
/// `traceparent` is linked to, not gone on with: the door is a boundary of trust.
public enum Trace {
  /// The 32 hexadecimal digits of the trace of a case.
  public static func id(of subject: String) -> [UInt8] {
    let digits = subject.utf8.filter { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
    return digits.count == 32 ? Array(digits) : Array(hex(sha256(subject.utf8).prefix(16)).utf8)
  }

  /// The span of the record with this number: never 0. Whoever knows a record's cause knows the parent of its span.
  public static func span(topic: String, lane: Int32, epoch: Int64, number: Int64) -> UInt64 {
    let place = topic.utf8.reduce(UInt32(truncatingIfNeeded: lane) &+ 17) { $0 &* 31 &+ UInt32($1) }
    var generator = SplitMix64(seed: UInt64(bitPattern: number &* 31 &+ epoch) ^ UInt64(place))
    return generator.next() | 1
  }

  /// The span of the record that led to another; nil where none of ours did.
  ///
  /// - Parameter cause: the header `ce_cause`.
  public static func parent(cause: String) -> UInt64? {
    guard let (source, _, epoch, number) = Cause.message(in: cause), epoch > 0 else { return nil }
    return span(topic: source.topic, lane: source.partition, epoch: epoch, number: number)
  }

  /// `TOPIC/PARTITION/OFFSET` of the message that led to a record; nil where none did.
  public static func place(cause: String) -> String? {
    Cause.message(in: cause).map { source, offset, _, _ in "\(source)/\(offset)" }
  }

  /// Sixteen hexadecimal digits.
  public static func append(_ span: UInt64, to text: inout [UInt8]) {
    for shift in stride(from: UInt64(60), through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: span >> shift) & 0xF
      text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
  }
}

/// What is told of a batch that is durable, for a trace of it.
public struct TracedBatch: Sendable {
  /// Those that were handled, each once.
  public let messages: [Message]
  /// The records that it emitted: frames one after the other, a stream at a time.
  public let records: [(topic: String, frames: [UInt8])]
  /// When its transaction began and when it was known to be durable, by the wall clock.
  public let began: Instant
  public let ended: Instant
}

/// Writes spans somewhere. It is called on the engine's thread and must not wait.
public protocol LaneTracer: Sendable {
  func committed(_ batch: TracedBatch)
}
