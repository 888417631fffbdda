/// The five services.
public enum Service: String, Sendable, CaseIterable {
  case intake
  case policy
  case modelAdapter = "model-adapter"
  case reviewer
  case audit

  /// The Kafka group under which its positions are published; lag tools and the embedded broker's relay read it.
  public var group: String { "countersign.\(rawValue)" }
  /// Where it says what it could not handle.
  public var dead: Topic { Topic.named("\(rawValue).dead")! }
  /// Where it says how far its streams are, its history and its own alerts.
  public var heads: Topic { Topic.named("\(rawValue).heads")! }
}
