import JSON
import Wire

/// Automation of a workflow, or of all, is stopped: every automatic route is a human one and no permit goes out, until two
/// people start it again.
struct Stop: Sendable, Equatable {
  /// In a `countersign.permit.revoked.v1`, and the reason code of a case.
  static let reason = "stopped"
  /// Stands for every workflow.
  static let everything = "*"
  /// Who stops where no person does.
  static let guardian = "countersign"
  /// A first person's word to start again holds so long.
  static let startSeconds: Double = 600

  let workflow: String
  let reason: String
  let by: String
  let at: Instant
  /// Who wants to start it again, and since when; one more is needed.
  var starter: String?
  var starterAt: Instant?

  var json: JSON {
    [
      "workflow": .string(workflow), "reason": .string(reason), "by": .string(by), "at": .integer(at.microseconds),
      "starter": starter.map { .string($0) } ?? .null, "starter_at": starterAt.map { .integer($0.microseconds) } ?? .null,
    ]
  }

  init(workflow: String, reason: String, by: String, at: Instant) {
    (self.workflow, self.reason, self.by, self.at) = (workflow, reason, by, at)
  }

  init(_ json: JSON) throws(WireError) {
    let fields = try Fields(json)
    self.init(
      workflow: try fields.text("workflow"), reason: try fields.text("reason"), by: try fields.text("by"),
      at: try fields.instant("at"))
    starter = fields.optionalText("starter")
    starterAt = fields.optionalInteger("starter_at").map(Instant.init(microseconds:))
  }
}
