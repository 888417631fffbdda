import Bundles
import Domain
import JSON

/// A random policy over the schemas of `SmallPolicy`, sound by construction: the loader must take each.
struct GeneratedPolicy {
  let template: Template
  let text: String

  init(_ random: inout Seeded) {
    let template = random.pick([Template.sampled, .sampled, .sampled, .approval, .expert])
    self.template = template
    let large = 20 + random.below(100)
    text = """
      workflow: generated
      template: \(template.rawValue)
      owner: someone
      executor: shop
      schemas: {item: item.json, output: output.json, action: action.json}
      sources:
        - {name: stock, kind: http, url: "/stock/{item.kind}", required: true, current: true,
           shelf_life: \(30 + random.below(90))s, fields: {count: int, price: number}}
      thresholds: {large: \(large)}
      \(Self.confidence(&random))
      \(Self.bands(template, &random))
      \(Self.impact(&random))
      context: {missing_source: \(Self.human(&random)), conflict: \(Self.human(&random)), stale: \(Self.human(&random))}
      prohibited:
        - {id: promise, phrases: [we guarantee], because: nobody may promise}
      \(Self.rules(&random))
      \(template == .sampled ? "sampling: {mode: \(random.pick(["hold", "observe"])), rate: 0.08}" : "")
      groups: [first, second, officers]
      approvals:
        - {when: 'risk in ["high", "critical"]', need: {all: [first, second]}}
        - {when: otherwise, need: \(random.pick(["first", "second"]))}
      queues:
        - {when: 'route in ["sme", "block"]', name: hard, group: second}
        - {when: otherwise, name: easy, group: first}
      ladder: [{after_minutes: 0, group: queue}, {after_minutes: 15, group: officers, alert: slack}]
      slo: {latency: {share: 0.95, within: 1h}, audit_completeness: 0.9, shown_first: latency}

      """
  }

  func load() throws(BundleErrors) -> Bundles.Bundle {
    try Bundles.Bundle.load(yaml: text, file: "generated.yaml", schemas: SmallPolicy.schemas)
  }

  /// The same policy and one more rule that waives nothing.
  func adding(_ rule: String) -> GeneratedPolicy {
    GeneratedPolicy(template: template, text: text.replacing("rules:\n", with: "rules:\n\(rule)\n", maxReplacements: 1))
  }

  private init(template: Template, text: String) {
    self.template = template
    self.text = text
  }

  private static func human(_ random: inout Seeded) -> String { random.pick(["review", "sme", "block"]) }

  private static func hundredths(_ number: Int) -> String { number == 100 ? "1.0" : number < 10 ? "0.0\(number)" : "0.\(number)" }

  /// Four weights that sum to 1, and floors.
  private static func confidence(_ random: inout Seeded) -> String {
    let cuts = [random.below(101), random.below(101), random.below(101)].sorted()
    let weights = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 100 - cuts[2]].map(hundredths)
    let floors = (0..<4).map { _ in hundredths(random.below(60)) }
    return """
      confidence:
        model: {weight: \(weights[0]), floor: \(floors[0])}
        retrieval: {weight: \(weights[1]), floor: \(floors[1])}
        policy: {weight: \(weights[2]), floor: \(floors[2]), risk: "personal.total > 0 ? 0.5 : 0.0"}
        blast: {weight: \(weights[3]), floor: \(floors[3]), risk: "facts.irreversible ? 0.5 : 0.0"}
      stop_below: \(hundredths(random.below(30)))
      """
  }

  /// From mild to strict in confidence and in risk.
  private static func bands(_ template: Template, _ random: inout Seeded) -> String {
    let low = 10 + random.below(50)
    let high = low + 5 + random.below(95 - low)
    let risks = random.pick([(#"["low"]"#, #"["low", "medium"]"#), (#"["low", "medium"]"#, #"["low", "medium", "high"]"#)])
    let routes: (String, String, String) =
      switch template {
      case .sampled: ("auto", "review", "sme")
      case .approval: ("review", "sme", "sme")
      case .expert: ("sme", "sme", "block")
      }
    return """
      bands:
        - {when: 'confidence >= \(hundredths(high)) && risk in \(risks.0)', route: \(routes.0), because: "{confidence} is high"}
        - {when: 'confidence >= \(hundredths(low)) && risk in \(risks.1)', route: \(routes.1), because: "{confidence} does"}
        - {when: otherwise, route: \(routes.2), because: "nothing better holds"}
      """
  }

  private static func impact(_ random: inout Seeded) -> String {
    let edge = 20 + random.below(100)
    return """
      impact:
        stated: item.risk
        facts: {external_side_effect: true, irreversible: "action.amount > \(edge)", money_minor: action.amount,
          privilege: false, personal_data: "personal.total > 0", records_touched: 1,
          \(random.pick(["legal", "medical", "credit", "hr"])): 'item.kind == "b"'}
        tiers:
          - {risk: \(random.pick(["medium", "high"])), when: facts.irreversible, because: it is irreversible}
          - {risk: critical, when: facts.money_minor > \(500 + random.below(3_000)), because: "{facts.money_minor} is much"}
      """
  }

  /// Conditions that hold more, never less, as confidence falls and risk rises; of the item they may say anything.
  /// Each with a field that it reads, for its sentence.
  static let conditions: [(when: String, shown: String)] = [
    ("item.amount > threshold.large", "item.amount} over {threshold.large"), ("item.amount != 7", "item.amount"),
    (#"item.text.contains("ello") && item.amount % 2 == 0"#, "item.text"), ("confidence < 0.7", "confidence"),
    ("parts.model < 0.5 || parts.retrieval < 0.5", "parts.model"), (#"risk in ["high", "critical"]"#, "risk"),
    ("sources.stock.fields.count < 3", "sources.stock.fields.count"), ("sources.stock.age > 20", "sources.stock.age"),
    ("personal.total > 1", "personal.total"), (#"item.kind == "b""#, "item.kind"),
    ("action.amount > 100 && item.amount > 10", "action.amount"), ("!proposal.good", "proposal.good"),
    ("facts.irreversible && item.amount > 40", "item.amount"),
    (#"item.text.matches("^h.*o$") && item.amount > 90"#, "item.text"), ("current.count > item.amount", "item.amount"),
    ("[1, 2, 3].exists(x, x * 40 < item.amount)", "item.amount"),
  ]

  static func rule(_ id: String, _ random: inout Seeded) -> String {
    let code = random.pick(["policy.risk", "impact.high", "context.conflict"])
    let (when, shown) = random.pick(conditions)
    return """
        - {id: \(id), gate: \(random.pick(["confidence", "context", "impact"])), route: \(human(&random)), code: \(code),
           when: '\(when)', because: "\(id) holds with {\(shown)}"}
      """
  }

  private static func rules(_ random: inout Seeded) -> String {
    "rules:\n" + (0...random.below(5)).map { rule("rule_\($0)", &random) }.joined(separator: "\n")
  }
}
