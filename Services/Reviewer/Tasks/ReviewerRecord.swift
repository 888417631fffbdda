import JSON
import Lanes
import Wire

/// All that the reviewer says.
enum ReviewerRecord: ServiceRecord {
  /// An event of a task, on `reviews`.
  case task(String, TaskEvent)
  /// On `escalations`.
  case escalation(String, TaskEvent)
  case decision(String, DecisionMade, facts: [(Fact, String)])
  case undone(String, DecisionUndone)

  var topic: Topic {
    switch self {
    case .task: .reviews
    case .escalation: .escalations
    case .decision, .undone: .decisions
    }
  }

  var type: String {
    switch self {
    case .task(_, let event), .escalation(_, let event): event.kind.rawValue
    case .decision: DecisionMade.type
    case .undone: DecisionUndone.type
    }
  }

  var key: String {
    switch self {
    case .task(let key, _), .escalation(let key, _), .decision(let key, _, _), .undone(let key, _): key
    }
  }

  var facts: [(Fact, String)] {
    switch self {
    case .task(_, let event), .escalation(_, let event): event.facts
    case .decision(_, _, let facts): facts
    case .undone(_, let body): [(.reviewer, body.by), (.decision, "undone")]
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .task(_, let event), .escalation(_, let event): writer.value(event.body)
    case .decision(_, let body, _): body.write(&writer)
    case .undone(_, let body): body.write(&writer)
    }
  }

  static func read(type: String, topic: Topic, frame: Frame) throws -> ReviewerRecord {
    let key = frame.text("ce_subject") ?? ""
    let fields = try Fields(of: frame)
    if type == DecisionMade.type { return .decision(key, try DecisionMade(fields), facts: []) }
    if type == DecisionUndone.type { return .undone(key, try DecisionUndone(fields)) }
    guard let kind = TaskEvent.Kind(rawValue: type) else { throw WireError("\(type) is no record of the reviewer") }
    let event = TaskEvent(kind, .object(fields.object))
    return topic == .escalations ? .escalation(key, event) : .task(key, event)
  }
}

/// Something that happened to a task.
struct TaskEvent: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    case opened = "countersign.task.opened.v1"
    case claimed = "countersign.task.claimed.v1"
    case released = "countersign.task.released.v1"
    case decided = "countersign.task.decided.v1"
    case undone = "countersign.task.undone.v1"
    case closed = "countersign.task.closed.v1"
    case tierAdvanced = "countersign.task.tier_advanced.v1"
    case escalated = "countersign.escalation.raised.v1"
    case resolved = "countersign.escalation.resolved.v1"
  }
  let kind: Kind
  let body: JSON

  init(_ kind: Kind, _ body: JSON) {
    self.kind = kind
    self.body = body
  }

  var facts: [(Fact, String)] {
    var facts: [(Fact, String)] = []
    if let workflow = body["workflow"]?.string ?? body["request"]?["workflow"]?.string { facts.append((.workflow, workflow)) }
    if let person = body["person"]?.string { facts.append((.reviewer, person)) }
    if let tier = body["tier"]?.integer { facts.append((.tier, "\(tier)")) }
    return facts
  }
}
