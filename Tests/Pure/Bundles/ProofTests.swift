import Bundles
import Domain
import JSON
import Testing

/// What loads and yet cannot be meant is remarked, with its place; what may be meant is not.
@Suite struct ProofTests {
  private func rule(_ id: String, _ when: String, route: String = "review", code: String = "policy.risk") -> String {
    """
      - id: \(id)
        gate: impact
        when: '\(when)'
        route: \(route)
        code: \(code)
        because: "\(id): {item.amount} {item.kind} {item.text} {threshold.large} amount kind text"
        examples:
          - {given: {item: {amount: 101, kind: a, text: b, ratio: 1.0, risk: low, tags: []}, confidence: 0.5}, fires: true}
          - {given: {item: {amount: 1, kind: a, text: b, ratio: 1.0, risk: low, tags: []}, confidence: 0.5}, fires: false}
    """
  }

  /// The remarks on rules that are no examples of them; an example may fit or not here.
  private func remarks(_ rules: String...) throws -> [BundleMistake] {
    let text = SmallPolicy.text(rules: "rules:\n" + rules.joined(separator: "\n"))
    do throws(BundleErrors) { return try SmallPolicy.load(text).remarks } catch {
      #expect(error.mistakes.allSatisfy { $0.key.contains("examples") }, "\(error)")
      return error.remarks
    }
  }

  @Test(arguments: [
    #"item.kind == "c" && item.amount > threshold.large"#,
    "item.amount > 10 && item.amount < 5 && item.amount != threshold.large",
    #"item.kind == "a" && item.kind == "b" && item.amount > threshold.large"#,
    #"item.kind == "a" && !(item.kind in ["a", "x"]) && item.amount > threshold.large"#,
    "confidence > 1.0 && item.amount > threshold.large", "size(item.text) < 0 && item.amount > threshold.large",
    "has(item.text) && !has(item.text) && item.amount > threshold.large",
    #"(item.kind == "c" || item.kind == "d") && item.amount > threshold.large"#,
  ])
  func aRuleThatNoCaseMeetsIsRemarked(_ when: String) throws {
    let found = try remarks(rule("never", when))
    #expect(found.contains { $0.key == "rules[0].when" && $0.expected.contains("some case") }, "\(found)")
  }

  @Test(arguments: [
    #"item.kind == "b" && item.amount > threshold.large"#, "item.amount > 5 && item.amount < threshold.large",
    #"item.text == "c" && item.amount > threshold.large"#, "item.amount >= 5 && item.amount <= 5 || item.amount > threshold.large",
    #"!(item.kind in ["a"]) && item.amount > threshold.large"#, "confidence >= 1.0 && item.amount > threshold.large",
  ])
  func aRuleThatSomeCaseMeetsIsNot(_ when: String) throws {
    #expect(try remarks(rule("some", when)).allSatisfy { $0.key != "rules[0].when" })
  }

  @Test func aShadowedRuleIsRemarkedAndAStricterOneIsNot() throws {
    let wide = rule("wide", "item.amount > threshold.large", route: "sme")
    func shadowed(_ second: String) throws -> Bool {
      try remarks(wide, second).contains { $0.key == "rules[1].when" && $0.expected.contains("wide") }
    }
    #expect(try shadowed(rule("narrow", "item.amount > threshold.large + 0 && item.amount > threshold.large")))
    #expect(try shadowed(rule("same", "threshold.large < item.amount")))
    #expect(try shadowed(rule("higher", #"item.amount >= 200 && item.kind == "a" && 1 < threshold.large"#)))
    #expect(try !shadowed(rule("stricter", "item.amount > threshold.large", route: "block")))
    #expect(try !shadowed(rule("other", "item.amount > threshold.large", code: "context.edge_case")))
    #expect(try !shadowed(rule("wider", "item.amount >= threshold.large")))
  }

  @Test func whatNothingReadsIsRemarked() throws {
    let text = SmallPolicy.text { text in
      text.replacing("thresholds: {large: 100}", with: "thresholds: {large: 100, spare: 5}\nvalues: {twice: item.amount * 2}")
        .replacing("groups: [first,", with: "groups: [nobody, first,")
        .replacing("when: 'risk == \"critical\"'", with: "when: 'risk == \"enormous\"'")
    }
    let found = try SmallPolicy.load(text).remarks
    #expect(found.contains { $0.key == "thresholds.spare" })
    #expect(found.contains { $0.key == "values.twice" })
    #expect(found.contains { $0.key == "groups" && $0.value == "nobody" })
    #expect(found.contains { $0.key == "approvals[0].when" && $0.expected.contains("risk is never") })
    #expect(found.contains { $0.key == "rules[0].examples" && $0.expected.contains("fires and one on which it stays silent") })
    #expect(found.map(\.line) == found.map(\.line).sorted())
  }

  @Test(arguments: Workflows.names + ["bench"]) func theShippedPoliciesHaveNoRemarks(_ name: String) throws {
    let remarks = try Workflows.bundle(name).remarks.filter { name != "bench" || !$0.key.contains("examples") }
    #expect(remarks.isEmpty, "\(remarks)")
  }
}

/// What would have had to differ for the next milder route.
@Suite struct ReliefTests {
  private func milder(_ change: (inout CaseFacts) -> Void) throws -> MilderRoute? {
    var facts = SmallPolicy.goodFacts
    change(&facts)
    let verdict = try SmallPolicy.load().evaluate(facts)
    return MilderRoute(of: verdict.matches, route: verdict.route)
  }

  private func needs(_ milder: MilderRoute?) -> [String] { milder?.matches.compactMap(\.relief?.needs) ?? [] }

  @Test func aBandNamesTheConfidenceThatWasMissing() throws {
    let low = try milder { $0.model = 0.7 }
    #expect(low?.route == .auto)
    #expect(needs(low) == ["confidence 0.85 would have had to reach 0.9"])
    let lower = try milder { $0.model = 0.4; $0.retrieval = 0.5 }
    #expect(lower?.route == .review)
    #expect(needs(lower) == ["confidence 0.55 would have had to reach 0.6"])
  }

  @Test func everyMatchThatFixesTheRouteMustFallAway() throws {
    let found = try milder { facts in
      facts.item = facts.item.with("amount", 150)
      facts.sources[0].found = false
    }
    #expect(found?.route == .auto)
    #expect(
      Set(needs(found)) == [
        "item.amount 150 would have had to be at most threshold.large (100)", "sources.stock would have had to hold a record",
      ])
  }

  @Test func theAutomaticRouteAndATemplatesOwnHaveNone() throws {
    #expect(try milder { _ in } == nil)
    let bundle = try Workflows.bundle("compliance-class")
    let verdict = bundle.evaluate(CaseFacts(item: ["text": "x"]))
    #expect(verdict.route == .sme && MilderRoute(of: verdict.matches, route: verdict.route) == nil)
  }

  /// The told change, made, gives the told route.
  @Test func doingWhatIsToldGivesTheMilderRoute() throws {
    let bundle = try SmallPolicy.load()
    var facts = SmallPolicy.goodFacts
    facts.item = facts.item.with("amount", 150)
    let before = bundle.evaluate(facts)
    facts.item = facts.item.with("amount", 100)
    #expect(before.route == .sme && bundle.evaluate(facts).route == MilderRoute(of: before.matches, route: .sme)?.route)
  }
}
