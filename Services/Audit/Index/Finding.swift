import JSON
import Messaging
import Wire

/// A record that somebody who guards the system should look at.
struct Finding {
  enum Kind: String, Sendable, CaseIterable {
    /// A record without our seal on a topic behind the door.
    case foreign
    /// A person's decision that policy did not let count.
    case decisionRefused = "decision.refused"
    /// A permit that an executor did not accept.
    case permitRefused = "permit.refused"
    /// Somebody who is not registered, or not for this, at the door.
    case sourceRefused = "source.refused"
  }
  let kind: Kind
  let code: String
  /// What it is about: `TOPIC/PARTITION/OFFSET`.
  let place: String
  let detail: String
  /// The stream on which a foreign record stood.
  let stream: TopicPartition?

  /// Nil for nearly all records. - Parameter body: looked at only where the headers say that it matters.
  init?(_ source: TopicPartition, offset: Int64, _ headers: RecordHeaders, body: ArraySlice<UInt8>?) {
    var here: String { "\(source)/\(offset)" }
    switch source.topic {
    case let topic where topic.hasSuffix(".dead"):
      guard headers.fact(.reasons) == "foreign", let json = Self.parse(body) else { return nil }
      let named = (json["topic"]?.string).map {
        TopicPartition(String($0.prefix(100)), Int32(clamping: json["partition"]?.integer ?? 0))
      }
      // Where another service reads the topic, that one tells of it; audit would tell of it a second time.
      let others = named.flatMap { Topic.named($0.topic) }?.readers.contains { $0 != .audit } ?? false
      guard topic != Service.audit.dead.name || !others else { return nil }
      self.init(
        .foreign, "foreign", named.map { "\($0)/\(json["offset"]?.integer ?? -1)" } ?? here, json["reason"]?.string,
        stream: named.flatMap { stream in Topic.named(stream.topic).flatMap { audited.contains($0) ? stream : nil } })
    case Topic.reviewsRequested.name, Topic.verdicts.name:
      guard headers.has(type: DecisionJudged.type), headers.fact(.decision) == "refused" else { return nil }
      self.init(.decisionRefused, headers.fact(.reasons) ?? "refused", here, Self.parse(body)?["reason"]?.string)
    case Topic.effects.name where headers.has(type: EffectReported.type):
      guard let json = Self.parse(body), json["status"]?.string == EffectReported.Status.refused.rawValue else { return nil }
      self.init(.permitRefused, "refused", here, json["reason"]?.string)
    case Topic.replies.name:
      guard let code = headers.fact(.reasons), code.hasPrefix("source.") else { return nil }
      self.init(.sourceRefused, code, here, nil)
    default: return nil
    }
  }

  private init(_ kind: Kind, _ code: String, _ place: String, _ detail: String?, stream: TopicPartition? = nil) {
    self.kind = kind
    self.code = String(code.prefix(64))
    self.place = place
    self.detail = String((detail ?? "").unicodeScalars.filter { $0.value != 0 }.prefix(300).map(Character.init))
    self.stream = stream
  }

  private static func parse(_ body: ArraySlice<UInt8>?) -> JSON? {
    guard let body else { return nil }
    return try? JSON.parse(body, limits: .stored)
  }
}
