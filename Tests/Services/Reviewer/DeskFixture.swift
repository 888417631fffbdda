import Identity
import JSON
import Permits
import Wire

@testable import countersign_reviewer

/// People, workflows and case files for tests of the reviewer.
enum DeskFixture {
  static let now = Instant(microseconds: 1_795_500_000_000_000)
  static let caseID = "01a20c93-e606-71e1-ac02-b6790b57db40"
  static let key = [UInt8](repeating: 7, count: 32)

  static func person(_ id: String, _ groups: String..., duty: Bool = false, claim: String? = nil) -> Person {
    Person(id: id, name: "Name of \(id)", groups: groups, isDutyOfficer: duty, claim: claim ?? id)
  }

  static let ada = person("P-ada", "agents")
  static let ben = person("P-ben", "agents")
  static let lead = person("P-lead", "leads")
  static let both = person("P-both", "agents", "leads")
  static let again = person("P-ada-2", "agents", "leads", claim: "P-ada")
  static let stranger = person("P-stranger", "others")
  static let duty = person("P-duty", dutyGroup, duty: true)
  static let reserve = person("P-reserve", dutyGroup)
  static let people = People([ada, ben, lead, both, again, stranger, reserve, duty])

  static let schema: JSON = [
    "title": "Pay an invoice", "type": "object", "required": ["type", "target", "body"], "additionalProperties": false,
    "properties": [
      "type": ["const": "pay"], "target": ["type": "string"],
      "body": [
        "type": "object", "required": ["amount", "note"], "additionalProperties": false,
        "properties": [
          "amount": [
            "type": "object", "required": ["minor", "currency"], "additionalProperties": false,
            "properties": ["minor": ["type": "integer", "minimum": 0], "currency": ["type": "string"]],
          ],
          "note": ["title": "Note", "type": "string", "minLength": 1, "maxLength": 400],
          "to": ["title": "To", "type": "string", "x-personal": "email"],
          "when": ["enum": ["now", "later"]],
        ],
      ],
    ],
  ]

  static let template: JSON = ["type": "pay", "target": "/invoices/{item.invoice}", "body": ["note": "{decision.note}"]]

  static func action(_ minor: Int64 = 120_000, note: String = "As ordered", to: String? = nil, target: String = "/invoices/1") -> JSON {
    var body = JSONObject([("amount", ["minor": .integer(minor), "currency": "EUR"]), ("note", .string(note))])
    body["to"] = to.map { .string($0) }
    return ["type": "pay", "target": .string(target), "body": .object(body)]
  }

  static let one: JSON = ["group": "agents", "count": 1]
  static let two: JSON = ["of": 2, "branches": [["group": "agents", "count": 1], ["group": "leads", "count": 1]]]
  static let ladder: JSON = [
    ["after_seconds": 0, "group": "agents", "channel": "none"], ["after_seconds": 900, "group": "leads", "channel": "slack"],
    ["after_seconds": 1_800, "group": "duty-officers", "channel": "pagerduty"],
  ]

  static let defaultSources: JSON = [
    ["name": "order", "answered": true, "found": true, "fetched_at": .integer(now.microseconds), "shelf_life": 60, "fields": ["total": 3]]
  ]

  static func request(
    version: Int64 = 1, route: String = "review", risk: String = "medium", quorum: JSON = one, action: JSON? = action(),
    requester: String? = nil, ladder: JSON = ladder, editors: [String] = [], approvals: JSON = [], template: String = "B",
    because: String = "the amount is above the order", data: JSON = ["invoice": "1", "text": "Please pay"], barred: [String] = [],
    matches: JSON? = nil, sources: JSON = defaultSources, nearHash: String? = nil, mustSign: Bool = false, glass: JSON? = nil
  ) -> ReviewRequested {
    ReviewRequested(
      workflow: "pay", bundle: "b1", template: template, version: version, route: route, risk: risk, confidence: 0.71,
      parts: [["name": "model", "value": 0.8, "weight": 0.5, "floor": 0.6, "origin": "margin"]],
      matches: matches ?? [["rule": "r", "gate": "impact", "code": "amount.discrepancy", "route": "review", "because": .string(because), "evidence": "item.text"]],
      data: data, output: nil, action: action, actionHash: action.map(actionHash), current: ["amount": ["minor": 100_000, "currency": "EUR"]],
      sources: sources,
      requester: requester.map { Requester(id: $0, verified: true) }, quorum: quorum, ladder: ladder, accountable: "pay-lead",
      undoSeconds: 30, deadline: now.adding(seconds: 86_400), ingested: now, payloadHash: "00", draw: "none",
      approvals: approvals, editors: editors, pre: nil, salt: nil, model: "m", prompt: "p", personal: .object(JSONObject()),
      trusted: true, queue: "payments", barred: barred, nearHash: nearHash, mustSign: mustSign, glass: glass)
  }

  static func json(_ body: some Body) -> JSON {
    var writer = JSONWriter()
    body.write(&writer)
    return (try? JSON.parse(writer.finish(), limits: .stored)) ?? .null
  }

  static func decider(people: People = people, clockScale: Int = 1, channels: [String: Channel] = [:], schedules: Schedules = .none) throws -> ReviewerDecider {
    ReviewerDecider(
      signing: try SigningKey(seed: key), people: people,
      workflows: ["pay": try Workflow(name: "pay", actionSchema: schema, template: template)],
      publicURL: "https://desk.example", clockScale: clockScale, channels: channels, schedules: schedules)
  }

  /// With the bearer token `token-of-ID-0123456789` each, read as files are.
  static let peopleWithTokens: People = {
    let all = people.all
    let tokens = all.map { "token-of-\($0.id)-0123456789 \($0.id)" }.joined(separator: "\n")
    let yaml = "people:\n" + all.map { "  - {id: \($0.id), name: \"\($0.name)\", groups: [\($0.groups.joined(separator: ", "))], duty: \($0.isDutyOfficer), person_claim: \($0.claim)}" }
      .joined(separator: "\n")
    return (try? People(yaml: yaml, tokens: tokens)) ?? People([])
  }()
}
