import Messaging
import Testing
import Wire

/// Long enough for a machine that is busy with other things.
let patience = Duration.seconds(30)

/// Runs `body` until it gives a value; fails the test after `patience`.
func eventually<Value>(_ what: String, _ body: () throws -> Value?) throws -> Value {
  let start = ContinuousClock.now
  while start.duration(to: .now) < patience {
    if let value = try body() { return value }
  }
  Issue.record("waited in vain for \(what)")
  throw BusError(.unavailable, "waited in vain for \(what)")
}

/// Records `from` to `from + count - 1`, each with its number as body.
func row(_ id: Int64, _ partition: TopicPartition, from: Int = 0, count: Int, padding: Int = 0) -> Outgoing {
  var writer = FrameWriter()
  for number in from..<(from + count) {
    writer.begin(key: "key".utf8, body: ("\(number)" + String(repeating: " ", count: padding)).utf8)
    writer.header("ce_id", "\(number)")
    writer.end()
  }
  return Outgoing(id: id, partition: partition, frames: writer.bytes, count: count)
}

/// The number that `row` gave the record.
func number(_ message: Message) -> Int? { message.frame.integer("ce_id").map { Int($0) } }

extension Producer {
  /// Sends, and waits for the report of each row, in the order in which they come.
  @discardableResult func deliver(_ rows: Outgoing...) throws -> [Report] {
    var all: [Report] = []
    for row in rows {
      try eventually("room in the queue") { try send(row) ? () : nil }
      all += reports()
    }
    return try eventually("\(rows.count) reports") {
      all += reports()
      return all.count >= rows.count ? all : nil
    }
  }
}

extension Bus {
  /// Polls until `count` messages are there.
  func collect(_ count: Int) throws -> [Message] {
    var all: [Message] = []
    return try eventually("\(count) messages") {
      all += try poll(limit: 1000, byteLimit: 1 << 20, wait: .milliseconds(20)).messages
      return all.count >= count ? all : nil
    }
  }

  /// The numbers of all records of a partition that still exist.
  func numbers(in partition: TopicPartition) throws -> [Int?] {
    var all: [Int?] = []
    try read(partition, 0..<Int64.max) {
      all.append(number($0))
      return true
    }
    return all
  }
}
