/// Names of the headers of a record: CloudEvents 1.0, Kafka protocol binding, binary content mode, and ours.
public enum Header {
  public static let specVersion = "ce_specversion"
  public static let id = "ce_id"
  public static let source = "ce_source"
  public static let type = "ce_type"
  public static let time = "ce_time"
  public static let subject = "ce_subject"
  public static let workflow = "ce_workflow"
  public static let dataSchema = "ce_dataschema"
  public static let sequence = "ce_sequence"
  public static let epoch = "ce_epoch"
  public static let cause = "ce_cause"
  /// The place of the record in the order of all records of its lane, over all topics.
  public static let order = "ce_order"
  public static let seal = "ce_seal"
  public static let contentType = "content-type"
  public static let traceParent = "traceparent"
}

/// A fact that audit indexes without parsing a body: a header of a fixed set.
public enum Fact: String, Sendable, CaseIterable {
  case workflow = "cs_workflow"
  case bundle = "cs_bundle"
  case route = "cs_route"
  case risk = "cs_risk"
  case confidence = "cs_confidence"
  case reasons = "cs_reasons"
  case draw = "cs_draw"
  case model = "cs_model"
  case prompt = "cs_prompt"
  case sources = "cs_sources"
  case payloadHash = "cs_payload"
  case actionHash = "cs_action"
  case effect = "cs_effect"
  case permit = "cs_permit"
  case reviewer = "cs_reviewer"
  case decision = "cs_decision"
  case view = "cs_view"
  case override = "cs_override"
  case outcome = "cs_outcome"
  case tier = "cs_tier"
  case ingested = "cs_ingested"
  case origin = "cs_origin"
  /// By when its writer goes on by itself, µs on the story's clock: a case's deadline, the end of an undo window, an executor's answer
  /// that is overdue, the next rung of a ladder.
  case due = "cs_due"
}
