import HTTPTypes
import Host
import Hummingbird
import JSON
import Logging
import Storage
import Wire

extension Edge {
  /// `POST /v1/alarms/test` `{code, state?}`: the alert goes out as it would if it were needed (`standing`), under a key of its own, and says that
  /// it is a test; with `state: resolved` its end. So an alerting system can be seen to take every alert there is, on its whole way.
  func testAlarm(_ request: Request) async throws -> Response {
    let body = try JSON.parse(try await request.bytes(upTo: 4_096))
    guard let code = body["code"]?.string.flatMap(AlertCode.init) else {
      throw Problem(.badRequest, "body", "A code was expected; countersign alarms --kinds lists them.")
    }
    let state = body["state"].map { $0.string ?? "" } ?? AlertPublished.State.standing.rawValue
    guard state == AlertPublished.State.standing.rawValue || state == AlertPublished.State.resolved.rawValue else {
      throw Problem(.badRequest, "body", "Member state: standing or resolved was expected.")
    }
    let isBegun = state == AlertPublished.State.standing.rawValue
    let trouble = Trouble(
      key: AuditState.testPrefix + code.rawValue, code: code,
      text: isBegun ? "a test of this alert, asked for by the operator: nothing is wrong" : "the test of this alert is over")
    let answer = try await road.perform("\(trouble.key)@\(road.clock.wall.microseconds)") { _ in isBegun ? .stands(trouble) : .isOver(trouble) }
    road.logger.warning("a test of the alert \(code.rawValue): \(state)")
    return jsonResponse(
      [
        "key": .string(trouble.key), "state": .string(state), "told": .bool(answer == .said), "runbook": .string(code.runbook(in: runbooks)),
      ], status: .accepted)
  }

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
