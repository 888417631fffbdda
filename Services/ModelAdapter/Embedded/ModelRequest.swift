import JSON

/// What a model is asked.
public struct ModelRequest: Sendable {
  public var workflow: String
  /// The item's data, validated against the item schema and tokenised.
  public var data: JSON
  /// What was fetched, each `{"name", "answered": bool, "found": bool, "age": seconds, "shelf_life"?: seconds,
  /// "score"?: 0…1, "fields": the record}`. Absent members count as answered, found and fresh.
  public var sources: [JSON]
  /// The record that the action would change, as its source returned it.
  public var current: JSON?

  public init(workflow: String, data: JSON, sources: [JSON] = [], current: JSON? = nil) {
    self.workflow = workflow
    self.data = data
    self.sources = sources
    self.current = current
  }
}

/// What a model answers.
public struct ModelAnswer: Sendable, Equatable {
  /// Valid under the workflow's output schema.
  public var output: JSON
  /// The action that the workflow's template makes of it; nil where it makes none.
  public var action: JSON?
  /// The model's own score, on no fixed scale, higher for surer.
  public var rawScore: Double
  public var scoreKind: String
  /// The calibrated probability, in (0,1), that people would hold the proposal right as it is.
  public var probability: Double
  /// What the score is made of.
  public var parts: [Part]
  /// Quality of the evidence, in [0,1].
  public var retrieval: Double
  /// Why it is not 1; empty where it is.
  public var retrievalReasons: [String]
  public var findings: [ContextFinding]

  /// One part of the score.
  public struct Part: Sendable, Equatable {
    public var name: String
    public var value: Double
    public var why: String
  }
}

/// Something in the request that a person should know.
public struct ContextFinding: Sendable, Equatable {
  /// A reason code: `context.malformed`, `context.unsupported`, `context.edge_case`, `context.conflict`,
  /// `context.missing_source`, `context.ambiguous`.
  public var code: String
  /// The field or source, as a dotted path such as `item.body` or `sources.order`.
  public var field: String
  /// In words, without a value from the item.
  public var detail: String
}
