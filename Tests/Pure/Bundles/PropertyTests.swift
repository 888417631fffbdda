import Bundles
import Domain
import JSON
import Testing

/// What must hold of every case, on generated ones.
@Suite struct PropertyTests {
  static let cases = 2_000

  /// A random case of the small policy.
  static func facts(_ random: inout Seeded) -> CaseFacts {
    var facts = SmallPolicy.goodFacts
    var item: [JSONObject.Member] = [("text", random.chance(0.05) ? "we guarantee" : "hello"), ("kind", "a")]
    if random.chance(0.95) { item.append(("amount", .integer(Int64(random.below(150))))) }
    if random.chance(0.2) { item.append(("risk", .string(random.pick(Risk.allCases).rawValue))) }
    facts.item = .object(JSONObject(item))
    facts.action =
      random.chance(0.05)
      ? ["type": "pay"] : ["type": "pay", "amount": .integer(Int64(random.pick([10, 40, 60, 900, 5_000])))]
    facts.model = random.unit() < 0.5 ? 0.85 + 0.15 * random.unit() : random.unit()
    facts.retrieval = random.unit() < 0.6 ? 1 : random.unit()
    facts.personal = random.chance(0.2) ? ["email": 1 + random.below(3)] : [:]
    facts.calibrated = !random.chance(0.05)
    if random.chance(0.05) { facts.sources[0].age = 1_000 }
    if random.chance(0.03) { facts.stopped = "test" }
    return facts
  }

  @Test func theRouteNeverGetsMilder() throws {
    let bundle = try SmallPolicy.load()
    let rules =
      SmallPolicy.rules + """

          - id: added
            gate: context
            when: item.text == "hello" && personal.total > 1
            route: block
            code: policy.risk
            because: the text is {item.text} and there is more than one personal value
        """
    let stricter = try SmallPolicy.load(SmallPolicy.text(rules: rules))
    var random = Seeded(20_261_124)
    var routes: [Route: Int] = [:], compared = 0, tightened = 0
    for number in 0..<Self.cases {
      let facts = Self.facts(&random)
      let before = bundle.evaluate(facts)
      routes[before.route, default: 0] += 1
      func compare(_ what: String, _ bundle: Bundles.Bundle = bundle, _ change: (inout CaseFacts) -> Void = { _ in }) {
        var changed = facts
        change(&changed)
        let after = bundle.evaluate(changed)
        #expect(after.route >= before.route, "case \(number): \(what) made \(before.route) \(after.route)")
        compared += 1
        if after.route > before.route { tightened += 1 }
      }
      let fall = random.unit()
      compare("a lower model score") { $0.model = ($0.model ?? 0) * fall }
      compare("worse retrieval") { $0.retrieval = ($0.retrieval ?? 0) * fall }
      compare("no confidence") { $0.model = nil }
      compare("a higher stated risk") {
        let stated = $0.item["risk"]?.string.flatMap(Risk.init(rawValue:)) ?? .low
        let raised = Risk.allCases.filter { $0 >= stated }
        $0.item = $0.item.with("risk", .string(raised[random.below(raised.count)].rawValue))
      }
      compare("a larger amount") {
        $0.action = ["type": "pay", "amount": .integer(($0.action?["amount"]?.integer ?? 2_000) * 10)]
      }
      compare("an unknown amount") { $0.action = ["type": "pay"] }
      compare("a source that is gone") { $0.sources = [] }
      compare("a source that is silent") { $0.sources[0].answered = false }
      compare("a stale source") { $0.sources[0].age += 100 }
      compare("a finding") {
        $0.findings.append(
          Finding(
            code: random.pick([.contextConflict, .contextMalformed, .contextUnsupported]), field: "item.text",
            detail: "x"))
      }
      compare("a missing field") { $0.item = $0.item.with("amount", nil) }
      compare("personal data") { $0.personal = ["email": 2, "phone": 1] }
      compare("the stop switch") { $0.stopped = "now" }
      compare("no calibration") { $0.calibrated = false }
      compare("one more rule", stricter)
    }
    let counts = Route.allCases.map { "\($0.rawValue) \(routes[$0] ?? 0)" }.joined(separator: ", ")
    print("\(Self.cases) generated cases: \(counts); \(compared) comparisons, \(tightened) tightened")
    for route in Route.allCases { #expect((routes[route] ?? 0) > 20, "the generator must reach \(route)") }
    #expect(tightened > compared / 10)
  }

  @Test func confidenceAloneNeverMovesWhatAnotherGateHolds() throws {
    let bundle = try SmallPolicy.load()
    var random = Seeded(99)
    var held = 0
    for _ in 0..<Self.cases {
      var facts = Self.facts(&random)
      facts.model = 1
      facts.retrieval = 1
      let verdict = bundle.evaluate(facts)
      let other = verdict.matches.filter { $0.gate != .confidence }.map(\.route).max() ?? .auto
      #expect(verdict.route >= other)
      if other > .auto { held += 1 }
    }
    #expect(held > 200)
  }

  @Test(arguments: Workflows.names) func shippedTemplatesHoldOnGeneratedFacts(_ name: String) throws {
    let bundle = try Workflows.bundle(name)
    var random = Seeded(UInt64(name.utf8.count))
    for _ in 0..<400 {
      var facts = CaseFacts(item: random.chance(0.5) ? [:] : ["text": "x", "message": 5, "amount": ["minor": "no"]])
      facts.proposal =
        random.chance(0.5) ? ["category": "security", "tone_score": .number(.nan), "candidates": []] : nil
      facts.action = random.chance(0.5) ? ["body": ["amount": ["minor": -1], "expires": "2026-13-45"]] : nil
      facts.model = random.pick([nil, 0.5, 1, .nan, 2])
      facts.retrieval = random.pick([nil, 0.5, 1])
      let verdict = bundle.evaluate(facts)
      #expect(verdict.route >= bundle.template.floor)
      #expect(verdict.route.isHuman, "nothing is known of these cases")
      #expect(verdict.matches.allSatisfy { (1...160).contains($0.because.unicodeScalars.count) })
      #expect(bundle.queues.contains { $0.name == verdict.queue })
      #expect(verdict.quorum.groups.allSatisfy(bundle.groups.contains))
    }
  }
}

extension JSON {
  func with(_ key: String, _ value: JSON?) -> JSON {
    var object = object ?? JSONObject()
    object[key] = value
    return .object(object)
  }
}
