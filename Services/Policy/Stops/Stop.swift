import JSON
import Wire

/// Automation of a workflow, or of all, is stopped: every automatic route is a human one until two people start it again.
struct Stop: Sendable, Equatable {
  /// In a `countersign.permit.revoked.v1`, and the reason code of a case.
  static let reason = "stopped"
  /// Stands for every workflow.
  static let everything = "*"
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

/// All stops in force. Pure: who may change what, and when.
struct Switches: Sendable, Equatable {
  /// Counts changes.
  var version: Int64 = 0
  var stops: [Stop] = []
  /// What the last change was, for the record on `governance`.
  var last = "none"

  func stop(of workflow: String) -> Stop? {
    stops.first { $0.workflow == workflow } ?? stops.first { $0.workflow == Stop.everything }
  }

  /// Nil where it is stopped already.
  func stopping(_ workflow: String, reason: String, by person: String, at now: Instant) -> Switches? {
    guard !stops.contains(where: { $0.workflow == workflow }) else { return nil }
    var next = self
    next.version += 1
    next.stops.append(Stop(workflow: workflow, reason: reason, by: person, at: now))
    next.last = "\(person) stopped \(workflow): \(reason)"
    return next
  }

  enum Start: Equatable {
    case notStopped
    /// This person has asked already.
    case samePerson
    /// One of two; another person has until then.
    case first(Switches, until: Instant)
    case started(Switches)
  }

  /// - Parameter human: the person behind an account; two accounts of one person are one.
  func starting(_ workflow: String, by person: String, at now: Instant, human: (String) -> String) -> Start {
    guard let index = stops.firstIndex(where: { $0.workflow == workflow }) else { return .notStopped }
    var next = self
    next.version += 1
    let asked = stops[index]
    if let starter = asked.starter, let since = asked.starterAt, now.seconds(since: since) <= Stop.startSeconds,
      now.seconds(since: since) >= 0
    {
      guard human(starter) != human(person) else { return .samePerson }
      next.stops.remove(at: index)
      next.last = "\(starter) and \(person) started \(workflow) again"
      return .started(next)
    }
    next.stops[index].starter = person
    next.stops[index].starterAt = now
    next.last = "\(person) wants to start \(workflow) again; another person is needed"
    return .first(next, until: now.adding(seconds: Stop.startSeconds))
  }

  var json: JSON {
    ["version": .integer(version), "stops": .array(stops.map(\.json)), "last": .string(last)]
  }

  init() {}

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    version = try fields.integer("version")
    last = try fields.text("last")
    stops = try (fields.value("stops").array ?? []).map { try Stop($0) }
  }
}
