import Bundles
import Domain
import JSON
import Testing

/// What must hold of every case under every policy, on 10,000 generated pairs of both.
@Suite struct GeneratedTests {
  static let bundles = 1_000
  static let casesEach = 10

  /// A change after which no case may be treated milder.
  struct Change: Sendable {
    let name: String
    let make: @Sendable (inout CaseFacts, inout Seeded) -> Void
  }

  static let changes: [Change] = [
    Change(name: "a lower model score") { facts, random in facts.model = (facts.model ?? 0) * random.unit() },
    Change(name: "worse retrieval") { facts, random in facts.retrieval = (facts.retrieval ?? 0) * random.unit() },
    Change(name: "personal data, so a worse policy part") { facts, _ in facts.personal["email", default: 0] += 2 },
    Change(name: "a larger effect, so a worse blast part") { facts, _ in
      if let amount = facts.action?["amount"]?.integer { facts.action = ["type": "pay", "amount": .integer(amount * 10)] }
    },
    Change(name: "no score") { facts, random in
      if random.chance(0.5) { facts.model = random.pick([nil, .nan, -0.1, 1.1]) } else { facts.retrieval = nil }
    },
    Change(name: "a higher stated risk") { facts, random in
      let stated = facts.item["risk"]?.string.flatMap(Risk.init(rawValue:)) ?? .low
      facts.item = facts.item.with("risk", .string(random.pick(Risk.allCases.filter { $0 >= stated }).rawValue))
    },
    Change(name: "a finding") { facts, random in
      let code = random.pick([ReasonCode.contextConflict, .contextMalformed, .contextUnsupported])
      facts.findings.append(Finding(code: code, field: "item.text", detail: "x"))
    },
    Change(name: "a source that is gone") { facts, _ in facts.sources = [] },
    Change(name: "a source that is silent") { facts, _ in facts.sources[0].answered = false },
    Change(name: "a source without record") { facts, _ in facts.sources[0].found = false },
    Change(name: "a stale source") { facts, _ in facts.sources[0].age += 200 },
    // Not the text: what is prohibited in it would go too.
    Change(name: "a field that is missing") { facts, random in
      facts.item = facts.item.with(random.pick(["amount", "kind"]), nil)
    },
    Change(name: "no calibration") { facts, _ in facts.calibrated = false },
    Change(name: "the stop switch") { facts, _ in facts.stopped = "now" },
  ]

  @Test func theRouteNeverGetsMilder() throws {
    var random = Seeded(20_261_124)
    var routes: [Route: Int] = [:], matched: [ReasonCode: Int] = [:], templates: [Template: Int] = [:]
    var compared = 0, tightened: [String: Int] = [:], matches = 0, rules = 0
    for number in 0..<Self.bundles {
      let policy = GeneratedPolicy(&random)
      let bundle = try policy.load()
      let stricter = try policy.adding(GeneratedPolicy.rule("added", &random)).load()
      templates[policy.template, default: 0] += 1
      for _ in 0..<Self.casesEach {
        let facts = PropertyTests.facts(&random)
        let before = bundle.evaluate(facts)
        routes[before.route, default: 0] += 1
        matches += before.matches.count
        rules += before.matches.count { $0.rule.hasPrefix("rule_") }
        for code in before.codes { matched[code, default: 0] += 1 }
        #expect(before.route >= policy.template.floor)
        if policy.template != .sampled { #expect(before.route.isHuman, "policy \(number) lets \(policy.template) through") }
        func compare(_ name: String, _ after: Route) {
          compared += 1
          if after > before.route { tightened[name, default: 0] += 1 }
          #expect(after >= before.route, "policy \(number): \(name) made \(before.route) \(after)\n\(policy.text)\n\(facts)")
        }
        for change in Self.changes {
          var changed = facts
          change.make(&changed, &random)
          compare(change.name, bundle.evaluate(changed).route)
        }
        compare("one more rule", stricter.evaluate(facts).route)
      }
    }
    let hit = Route.allCases.map { "\($0.rawValue) \(routes[$0] ?? 0)" }.joined(separator: ", ")
    let kinds = Template.allCases.map { "\($0.rawValue) \(templates[$0] ?? 0)" }.joined(separator: ", ")
    print("statistics: \(Self.bundles) policies (\(kinds)), \(Self.bundles * Self.casesEach) cases (\(hit))")
    print("statistics: \(matches) matches, \(rules) of generated rules, of \(matched.count) reason codes")
    print("statistics: \(compared) comparisons, tightened: \(tightened.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
    for route in Route.allCases { #expect((routes[route] ?? 0) > 200, "the generator must reach \(route)") }
    for template in Template.allCases { #expect((templates[template] ?? 0) > 100) }
    #expect(rules > 5_000 && matched.count > 10)
    for change in Self.changes.map(\.name) + ["one more rule"] { #expect((tightened[change] ?? 0) > 20, "\(change)") }
  }

  /// Template C is refused with any automatic band, and no facts take a case of it past an expert.
  @Test func aMandatoryExpertIsNeverPassed() throws {
    var random = Seeded(3)
    var refused = 0, judged = 0
    while judged < 2_000 {
      let policy = GeneratedPolicy(&random)
      guard policy.template == .expert else { continue }
      for route in ["auto", "review"] {
        // Sound in all else, so that nothing but the template refuses it.
        let relaxed = policy.text.replacing(
          "route: sme, because: \"{confidence} is high\"", with: "route: \(route), because: \"{confidence} is high\"")
        #expect(relaxed != policy.text)
        #expect(throws: BundleErrors.self) {
          try Bundles.Bundle.load(yaml: relaxed, file: "c.yaml", schemas: SmallPolicy.schemas)
        }
        refused += 1
      }
      let bundle = try policy.load()
      for _ in 0..<20 {
        var facts = PropertyTests.facts(&random)
        (facts.model, facts.retrieval) = (1, 1)
        facts.admission = random.chance(0.5) ? Admission(matches: []) : nil
        let verdict = bundle.evaluate(facts)
        #expect(verdict.route >= .sme && !verdict.quorum.groups.isEmpty && verdict.queue == "hard")
        #expect(verdict.matches.contains { $0.code == .templateMandatorySME && $0.route >= .sme })
        #expect(bundle.sampling.mode == .none)
        judged += 1
      }
    }
    #expect(refused > 100)
  }

  /// The same policy and case give the same verdict and draw on any machine, in any run: digests of 2,000 of them lie in
  /// Tests/Expectations. COUNTERSIGN_GOLDEN=write prints the file anew, for a change of the rules that is meant.
  @Test func verdictsAndDrawsAreTheSameEverywhere() throws {
    var random = Seeded(7)
    var lines: [String] = []
    for number in 0..<200 {
      let policy = GeneratedPolicy(&random)
      let bundle = try policy.load()
      var digest: UInt64 = 14_695_981_039_346_656_037
      for each in 0..<10 {
        let verdict = bundle.evaluate(PropertyTests.facts(&random))
        let draw = Sampling.draw(
          seed: Array("seed \(number)".utf8), workflow: bundle.workflow,
          stratum: Sampling.stratum(risk: verdict.risk, modelVersion: "m-1"), caseID: "case-\(number)-\(each)", rate: 0.08,
          mode: bundle.sampling.mode)
        let told = [
          bundle.hash, "\(verdict.route)", "\(verdict.confidence ?? -1)", "\(verdict.risk)", "\(verdict.matches.map(\.rule))",
          "\(verdict.quorum)", verdict.queue, "\(draw)",
        ]
        for byte in told.joined(separator: "\n").utf8 { digest = (digest ^ UInt64(byte)) &* 1_099_511_628_211 }
      }
      lines.append("\(bundle.hash.prefix(16)) \(String(digest, radix: 16))")
    }
    if Workflows.isWritingGolden { print(lines.map { "golden: \($0)" }.joined(separator: "\n")) }
    let kept = try Workflows.expectations("verdicts.txt").map(String.init)
    let differing = zip(kept, lines).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
    #expect(kept.count == lines.count && differing.isEmpty, "the first at policy \(differing.first ?? -1)")
  }

  /// A rule over its cost limit, here loops inside each other over a long list, sends the case to a person and says so.
  @Test(.timeLimit(.minutes(1))) func aCostlyRuleEndsWithAPerson() throws {
    let rules = """
      rules:
        - {id: costly, gate: context, route: sme, code: policy.risk, because: "{item.tags} are many",
           when: 'item.tags.all(a, item.tags.all(b, item.tags.all(c, a + b + c != "")))'}
      """
    let bundle = try SmallPolicy.load(SmallPolicy.text(rules: rules))
    var facts = SmallPolicy.goodFacts
    facts.item = facts.item.with("tags", .array((0..<2_000).map { .string("tag \($0)") }))
    let verdict = bundle.evaluate(facts)
    let match = verdict.matches.first { $0.rule == "costly" }
    #expect(verdict.route == .sme && match?.code == .policyError)
    #expect(match?.because == "costly could not be judged: evaluation cost limit exceeded")
    facts.item = facts.item.with("tags", ["a", "b"])
    #expect(bundle.evaluate(facts).matches.first { $0.rule == "costly" }?.code == .policyRisk)
  }
}
