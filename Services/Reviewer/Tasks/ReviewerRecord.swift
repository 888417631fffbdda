import Identity
import JSON
import Lanes
import Wire

/// All that the reviewer says.
indirect enum ReviewerRecord: ServiceRecord {
  /// On `reviews`, or on `escalations` where its kind says so.
  case task(String, TaskEvent)
  /// On `decisions`, for policy.
  case decision(String, DecisionMade, facts: [(Fact, String)])
  case undone(String, DecisionUndone, workflow: String, person: String)
  /// On `decisions`, for policy to pass on.
  case question(String, QuestionAsked, workflow: String)
  /// On `decisions`, for policy: sources say something else now.
  case look(String, SourcesChanged, workflow: String)
  /// On `decisions`, for policy to judge.
  case glass(String, GlassBroken, workflow: String, person: String)
  /// On `reviews.open`: the task as a frontend lists it, or that it is gone.
  case row(String, JSON)
  /// On `decisions`, for policy: who is away. Under the person's own key; no case is meant.
  case absence(AbsenceSaid)
  /// On `reviews`, for audit: a person's name under a report. Under the report's key; no case is meant.
  case signed(ReportSigned)

  static let rowType = "countersign.review.open.v1"

  var topic: Topic {
    switch self {
    case .task(_, let event): event.kind.isEscalation ? .escalations : .reviews
    case .decision, .undone, .question, .look, .absence, .glass: .decisions
    case .row: .openReviews
    case .signed: .reviews
    }
  }

  var type: String {
    switch self {
    case .task(_, let event): event.kind.rawValue
    case .decision: DecisionMade.type
    case .undone: DecisionUndone.type
    case .question: QuestionAsked.type
    case .look: SourcesChanged.type
    case .glass: GlassBroken.type
    case .row: Self.rowType
    case .absence: AbsenceSaid.type
    case .signed: ReportSigned.type
    }
  }

  var key: String {
    switch self {
    case .task(let key, _), .decision(let key, _, _), .undone(let key, _, _, _), .question(let key, _, _), .look(let key, _, _), .glass(let key, _, _, _), .row(let key, _): key
    case .absence(let said): Absence.key(of: said.absence.person)
    case .signed(let signed): signed.key
    }
  }

  var subject: String? {
    switch self {
    case .absence, .signed: nil
    default: key
    }
  }

  var facts: [(Fact, String)] {
    switch self {
    case .task(_, let event): event.facts
    case .decision(_, _, let facts): facts
    case .undone(_, _, let workflow, let person):
      [(.workflow, workflow), (.reviewer, person), (.decision, "undone")]
    case .question(_, let body, let workflow): [(.workflow, workflow), (.reviewer, body.by)]
    case .look(_, let body, let workflow): [(.workflow, workflow), (.reviewer, body.by)]
    case .glass(_, _, let workflow, let person): [(.workflow, workflow), (.reviewer, person), (.reasons, "break_glass")]
    case .row: []
    case .absence(let body): [(.reviewer, body.absence.person)]
    case .signed(let body): [(.reviewer, body.person)]
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .task(_, let event): writer.value(event.body)
    case .decision(_, let body, _): body.write(&writer)
    case .undone(_, let body, _, _): body.write(&writer)
    case .question(_, let body, _): body.write(&writer)
    case .look(_, let body, _): body.write(&writer)
    case .glass(_, let body, _, _): body.write(&writer)
    case .row(_, let body): writer.value(body)
    case .absence(let body): body.write(&writer)
    case .signed(let body): body.write(&writer)
    }
  }

  static func read(type: String, topic: Topic, frame: Frame) throws -> ReviewerRecord {
    let key = frame.text("ce_subject") ?? ""
    let fields = try Fields(of: frame)
    switch type {
    case DecisionMade.type: return .decision(key, try DecisionMade(fields), facts: [])
    case DecisionUndone.type: return .undone(key, try DecisionUndone(fields), workflow: "", person: "")
    case SourcesChanged.type: return .look(key, try SourcesChanged(fields), workflow: "")
    case QuestionAsked.type: return .question(key, try QuestionAsked(fields), workflow: "")
    case ReportSigned.type: return .signed(try ReportSigned(fields))
    case GlassBroken.type: return .glass(key, try GlassBroken(fields), workflow: "", person: "")
    case AbsenceSaid.type: return .absence(try AbsenceSaid(fields))
    case rowType: return .row(key, .object(fields.object))
    default:
      guard let kind = TaskEvent.Kind(rawValue: type) else { throw WireError("\(type) is no record of the reviewer") }
      return .task(key, TaskEvent(kind, read: .object(fields.object)))
    }
  }
}
