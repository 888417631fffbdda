import JSON
import Lanes
import Wire

/// What both toy services say.
struct ToyRecord: ServiceRecord {
  static let admitted = "toy.admitted", duplicate = "toy.duplicate", rejected = "toy.rejected", final = "toy.final"
  static let touch = "toy.touch", touched = "toy.touched", untouched = "toy.untouched"
  static let started = "toy.started", looked = "toy.looked", outcome = "toy.outcome", closed = "toy.closed"

  let topic: Topic
  let type: String
  let key: String
  let item: String
  let text: String
  /// When it was said, microseconds, where a timer hangs on it.
  let at: Int64

  init(_ topic: Topic, _ type: String, key: String, item: String = "", text: String = "", at: Int64 = 0) {
    self.topic = topic
    self.type = type
    self.key = key
    self.item = item
    self.text = text
    self.at = at
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("key", key)
      writer.member("item", item)
      writer.member("text", text)
      writer.member("at", at)
    }
  }

  static func read(type: String, topic: Topic, frame: Frame) throws -> ToyRecord {
    let json = try JSON.parse(Array(frame.body ?? []), limits: .stored)
    return ToyRecord(
      topic, type, key: json["key"]?.string ?? "", item: json["item"]?.string ?? "", text: json["text"]?.string ?? "",
      at: json["at"]?.integer ?? 0)
  }
}
