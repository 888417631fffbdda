import Messaging
import Wire

/// What led to a record. It travels in the header `ce_cause`, so that recovery can take positions and marks from it.
enum Cause: Sendable, Equatable {
  /// Epoch and number are 0 where the message came through the door.
  case message(TopicPartition, offset: Int64, epoch: Int64, number: Int64)
  case command(String)
  case timer(String, key: String)
  case call(String, key: String)
  /// The mechanism itself (heads, alerts).
  case mechanism

  func append(to text: inout [UInt8]) {
    switch self {
    case .message(let source, let offset, let epoch, let number):
      text.append(contentsOf: "message:".utf8)
      text.append(contentsOf: source.topic.utf8)
      for part in [Int64(source.partition), offset, epoch, number] {
        text.append(UInt8(ascii: "/"))
        appendDecimal(part, to: &text)
      }
    case .command(let id): text.append(contentsOf: "command:\(id)".utf8)
    case .timer(let name, let key): text.append(contentsOf: "timer:\(name)@\(key)".utf8)
    case .call(let id, let key): text.append(contentsOf: "call:\(id)@\(key)".utf8)
    case .mechanism: text.append(contentsOf: "mechanism".utf8)
    }
  }

  /// The place of a message that the text names; nil for every other cause.
  static func message(in text: String) -> (TopicPartition, offset: Int64, epoch: Int64, number: Int64)? {
    guard text.hasPrefix("message:") else { return nil }
    let parts = text.dropFirst("message:".count).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 5, let partition = Int32(parts[1]), let offset = Int64(parts[2]), let epoch = Int64(parts[3]),
      let number = Int64(parts[4])
    else { return nil }
    return (TopicPartition(String(parts[0]), partition), offset, epoch, number)
  }
}

func appendDecimal(_ value: Int64, to text: inout [UInt8]) {
  if value < 0 { text.append(UInt8(ascii: "-")) }
  var rest = value.magnitude
  let start = text.count
  repeat {
    text.append(UInt8(ascii: "0") + UInt8(rest % 10))
    rest /= 10
  } while rest > 0
  text[start...].reverse()
}
