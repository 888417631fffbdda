import Host
import Hummingbird
import JSON
import Storage
import Wire

extension Edge {
  /// `GET /v1/alarms`: what stands now, the newest first, and every alert that there can be, with its urgency and its runbook.
  func alarms() throws -> Response {
    let standing = try road.store.read { transaction in
      try AuditState.standing("key, body", transaction).compactMap { row in
        try AuditState(JSON.parse(try row[1].blob(), limits: .stored)).alarm.map { (key: try row[0].text(), alarm: $0) }
      }
    }.filter { !$0.key.hasPrefix(BudgetState.prefix) }
    let told: [JSON] = standing.sorted { $0.alarm.since > $1.alarm.since }.map { key, alarm in
      [
        "key": .string(key), "code": .string(alarm.code), "text": .string(alarm.text), "since": .string(alarm.since.description),
        "runbook": AlertCode(rawValue: alarm.code).map { .string($0.runbook(in: runbooks)) } ?? .null,
      ]
    }
    let kinds: [JSON] = AlertCode.allCases.map { code in
      [
        "code": .string(code.rawValue), "severity": .string(code.pace.rawValue), "stands": .bool(code.stands),
        "runbook": .string(code.runbook(in: runbooks)),
      ]
    }
    return jsonResponse(["at": .string(road.clock.story.description), "standing": .array(told), "kinds": .array(kinds)])
  }
}
