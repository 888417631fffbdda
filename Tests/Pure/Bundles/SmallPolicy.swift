import Bundles
import Domain
import JSON
import Testing

/// A policy to vary, and its schemas.
enum SmallPolicy {
  static let schemas: [String: JSON] = [
    "item.json": [
      "type": "object",
      "properties": [
        "text": ["type": "string"], "amount": ["type": "integer"], "ratio": ["type": "number"],
        "kind": ["enum": ["a", "b"]], "mail": ["type": "string", "x-personal": "email"],
        "tags": ["type": "array", "items": ["type": "string"]],
        "risk": ["enum": ["low", "medium", "high", "critical"]],
      ],
    ],
    "output.json": ["type": "object", "properties": ["answer": ["type": "string"], "good": ["type": "boolean"]]],
    "action.json": ["type": "object", "properties": ["amount": ["type": "integer"], "type": ["const": "pay"]]],
  ]

  static let rules = """
    rules:
      - id: large
        gate: impact
        when: item.amount > threshold.large
        route: sme
        code: impact.high
        because: "amount {item.amount} is above {threshold.large}"
    """

  static let head = """
    workflow: small
    template: A
    owner: someone
    executor: shop
    schemas: {item: item.json, output: output.json, action: action.json}
    sources:
      - {name: stock, kind: http, url: "/stock/{item.kind}", required: true, current: true, shelf_life: 60s,
         fields: {count: int, price: number}}
    thresholds: {large: 100}
    confidence:
      model: {weight: 0.5, floor: 0.4}
      retrieval: {weight: 0.3, floor: 0.2}
      policy: {weight: 0.1, risk: "personal.total > 0 ? 0.5 : 0.0"}
      blast: {weight: 0.1, risk: "facts.irreversible ? 0.5 : 0.0"}
    stop_below: 0.3
    bands:
      - {when: 'confidence >= 0.9 && risk == "low"', route: auto, because: "confidence {confidence} reaches 0.9"}
      - {when: 'confidence >= 0.6 && risk in ["low", "medium"]', route: review, because: "{confidence} reaches 0.6"}
      - {when: otherwise, route: sme, because: "nothing better holds"}
    impact:
      stated: item.risk
      facts: {external_side_effect: true, irreversible: "action.amount > 50", money_minor: action.amount,
        privilege: false, personal_data: "personal.total > 0", records_touched: 1}
      tiers:
        - {risk: medium, when: facts.irreversible, because: it is irreversible}
        - {risk: critical, when: facts.money_minor > 1000, because: "{facts.money_minor|money facts.currency} is much"}
    context: {missing_source: sme, conflict: sme}
    prohibited:
      - {id: promise, phrases: [we guarantee], because: nobody may promise}
    """

  static let tail = """
    sampling: {mode: hold, rate: 0.08}
    groups: [first, second, officers]
    approvals:
      - {when: 'risk == "critical"', need: {all: [first, second]}}
      - {when: otherwise, need: first}
    queues:
      - {when: 'route == "sme"', name: hard, group: second}
      - {when: otherwise, name: easy, group: first}
    ladder: [{after_minutes: 0, group: queue}, {after_minutes: 15, group: officers, alert: slack}]
    slo: {latency: {share: 0.95, within: 1h}, audit_completeness: 0.9, shown_first: latency}
    """

  static func text(rules: String = rules, _ edit: (String) -> String = { $0 }) -> String {
    edit([head, rules, tail].joined(separator: "\n") + "\n")
  }

  static func load(_ text: String = text()) throws(BundleErrors) -> Bundles.Bundle {
    try Bundles.Bundle.load(yaml: text, file: "small.yaml", schemas: schemas)
  }

  /// What is wrong with the text; empty if nothing is.
  static func mistakes(_ text: String) -> [BundleMistake] {
    do {
      _ = try load(text)
      return []
    } catch {
      return error.mistakes
    }
  }

  /// Facts of which nothing speaks against the automatic route.
  static var goodFacts: CaseFacts {
    var facts = CaseFacts(item: ["text": "hello", "amount": 10, "ratio": 1, "kind": "a"])
    facts.proposal = ["answer": "yes", "good": true]
    facts.action = ["type": "pay", "amount": 10]
    facts.sources = [SourceFacts(name: "stock", age: 5, fields: ["count": 3, "price": 2])]
    facts.model = 0.97
    facts.retrieval = 1
    return facts
  }
}
