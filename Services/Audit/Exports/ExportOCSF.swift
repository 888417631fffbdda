import Domain
import JSON
import Wire

/// Cases as events of the Open Cybersecurity Schema Framework 1.3, class API Activity (6003): somebody, or a model, asked for an action by an
/// interface, and it was done or not. One event a case; `deploy/docs/exports.md` has the table.
enum ExportOCSF {
  static let version = "1.3.0"
  private static let classID: Int64 = 6003

  static func event(_ row: CaseRow) -> JSON {
    let activity = activity(row)
    let time = (row.ended ?? row.updated) / 1_000
    let origin = row.facts[.origin] ?? "unknown"
    var object = JSONObject([
      ("activity_id", .integer(activity.id)), ("activity_name", .string(activity.name)), ("category_uid", 6), ("category_name", "Application Activity"),
      ("class_uid", .integer(classID)), ("class_name", "API Activity"), ("type_uid", .integer(classID * 100 + activity.id)),
      ("type_name", .string("API Activity: \(activity.name)")), ("time", .integer(time)), ("start_time", .integer(row.opened / 1_000)),
    ])
    let severity = severity(row)
    (object["severity_id"], object["severity"]) = (.integer(severity.id), .string(severity.name))
    let status = status(row)
    (object["status_id"], object["status"], object["status_detail"]) = (.integer(status.id), .string(status.name), .string(row.outcome))
    object["message"] = .string("\(row.facts[.workflow] ?? "a case"): \(row.outcome)")
    object["metadata"] = [
      "version": .string(version), "uid": .string(row.id), "event_code": .string("countersign.case"), "log_name": "countersign.audit",
      "product": ["vendor_name": "Countersign", "name": "Countersign", "feature": ["name": "audit"]],
    ]
    object["actor"] = actor(row)
    object["api"] = [
      "operation": .string(row.facts[.workflow] ?? "unknown"), "service": ["name": "countersign"],
      "response": ["message": .string(row.outcome)], "request": ["uid": .string(row.id)],
    ]
    // Cases have no addresses: the registered source is what sent it.
    object["src_endpoint"] = ["name": .string(origin), "uid": .string(origin)]
    object["resources"] = [["uid": .string(row.id), "type": "case", "name": .string(row.facts[.workflow] ?? "unknown")]]
    if let end = row.ended { object["end_time"] = .integer(end / 1_000) }
    var rest = JSONObject([("outcome", .string(row.outcome)), ("records", .integer(row.records))])
    for fact in Fact.allCases where fact != .outcome {
      guard let value = row.facts[fact] else { continue }
      rest[shortName(fact)] = CaseFacts.isCollected(fact) ? .array(row.facts.values(fact).map { .string($0) }) : .string(value)
    }
    object["unmapped"] = .object(rest)
    return .object(object)
  }

  /// An executed action changed something; of what else becomes of a case OCSF has no activity.
  private static func activity(_ row: CaseRow) -> (id: Int64, name: String) {
    row.outcome == Outcome.executed.rawValue ? (3, "Update") : (99, row.outcome)
  }

  private static func severity(_ row: CaseRow) -> (id: Int64, name: String) {
    switch row.facts[.risk] {
    case "low": (2, "Low")
    case "medium": (3, "Medium")
    case "high": (4, "High")
    case "critical": (5, "Critical")
    default: (1, "Informational")
    }
  }

  private static func status(_ row: CaseRow) -> (id: Int64, name: String) {
    guard row.ended != nil, let outcome = Outcome(rawValue: row.outcome) else { return (0, "Unknown") }
    switch outcome {
    case .executed, .advisory, .decidedOtherwise: return (1, "Success")
    case .effectUnknown: return (0, "Unknown")
    default: return (2, "Failure")
    }
  }

  /// Who decided last, else the model.
  private static func actor(_ row: CaseRow) -> JSON {
    let model = row.facts[.model] ?? "unknown"
    let last = row.measures.deciders.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    guard let last else { return ["app_name": .string(model)] }
    let parts = last.split(separator: " ", maxSplits: 1).map(String.init)
    return ["app_name": .string(model), "user": ["uid": .string(last), "name": .string(parts.last ?? last), "type_id": 1, "type": "User"]]
  }
}
