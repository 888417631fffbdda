import Bundles
import Domain
import JSON
import Testing

/// Waivers: they relieve what they name while they last, and nothing else.
@Suite struct ExceptionTests {
  static let list = """
    version: 3
    exceptions:
      - id: stock-by-hand
        workflow: small
        when: item.kind == "a" && item.amount < 50
        waives: [context.stale]
        reason: the stock is counted by hand until Friday
        requester: P-one
        approver: P-two
        starts: 2026-11-24T08:00:00Z
        expires: 2026-11-25T08:00:00Z

    """
  /// 2026-11-24T08:00:00Z and a day later, in microseconds.
  static let starts: Int64 = 1_795_507_200_000_000
  static let expires: Int64 = 1_795_593_600_000_000

  static func load(_ text: String = list, bundle: Bundles.Bundle? = nil) throws -> ExceptionList {
    let bundle = try bundle ?? SmallPolicy.load()
    return try ExceptionList.load(text: text, file: "exceptions.yaml", bundles: ["small": bundle])
  }

  /// A case of which only a stale source speaks against the automatic route.
  static func stale(at now: Int64, _ list: ExceptionList) -> CaseFacts {
    var facts = SmallPolicy.goodFacts
    facts.sources[0].age = 61
    (facts.exceptions, facts.now) = (list.exceptions, now)
    return facts
  }

  @Test(arguments: [
    (starts - 1, false), (starts, true), (expires - 1, true), (expires, false), (expires + 1, false), (0, false), (.max, false),
  ])
  func itHoldsFromItsStartToTheInstantOfItsEnd(now: Int64, isInForce: Bool) throws {
    let verdict = try SmallPolicy.load().evaluate(Self.stale(at: now, Self.load()))
    #expect(verdict.route == (isInForce ? .auto : .review))
    let match = try #require(verdict.matches.first { $0.code == .contextStale })
    #expect(match.route == .review, "the match stays in the explanation")
    #expect(
      match.waived?.sentence
        == (isInForce ? "waived by exception stock-by-hand until 2026-11-25T08:00:00Z because the stock is counted by hand until Friday" : nil))
    #expect(verdict.exceptions.count == (isInForce ? 1 : 0) && verdict.determining.contains("sources.stock") == !isInForce)
  }

  @Test func itIsAboutItsCasesOnly() throws {
    let bundle = try SmallPolicy.load()
    var facts = Self.stale(at: Self.starts, try Self.load())
    facts.item = facts.item.with("kind", "b")
    #expect(bundle.evaluate(facts).route == .review)
    // A condition that cannot be judged covers nothing.
    facts.item = facts.item.with("kind", nil)
    #expect(bundle.evaluate(facts).route == .review)
    facts.item = facts.item.with("kind", "a").with("amount", 50)
    #expect(bundle.evaluate(facts).route == .review)
  }

  @Test func theNextMilderRouteLeavesOutWhatIsWaived() throws {
    var facts = Self.stale(at: Self.starts, try Self.load())
    facts.model = 0.7
    let verdict = try SmallPolicy.load().evaluate(facts)
    #expect(verdict.route == .review)
    let milder = try #require(MilderRoute(of: verdict.matches, route: verdict.route))
    #expect(milder.matches.map(\.code) == [.confidenceLow] && milder.route == .auto)
    #expect(try SmallPolicy.load().explain(verdict).contains { $0.contains("; waived by exception stock-by-hand") })
  }

  @Test func whatMayNotRunIsNotRelievedUnderAWaivableCode() throws {
    let bundle = try SmallPolicy.load(SmallPolicy.text { $0.replacing("missing_source: sme", with: "stale: block, missing_source: sme") })
    #expect(bundle.evaluate(Self.stale(at: Self.starts, try Self.load(bundle: bundle))).route == .block)
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    let find: String
    let put: String
    let key: String
    let says: String
    var testDescription: String { "\(put) → \(says)" }
  }

  static let wrongs: [Wrong] = [
    Wrong(find: "version: 3\n", put: "", key: "version", says: "missing"),
    Wrong(find: "version: 3", put: "version: 0", key: "version", says: "whole number from 1"),
    Wrong(find: "id: stock-by-hand", put: "id: stock by hand", key: "exceptions[0].id", says: "letters, digits"),
    Wrong(find: "workflow: small", put: "workflow: smal", key: "exceptions[0].workflow", says: "did you mean small?"),
    Wrong(find: "item.kind ==", put: "item.kid ==", key: "exceptions[0].when", says: "did you mean 'kind'?"),
    Wrong(find: #"item.kind == "a" && item.amount < 50"#, put: "1 < 2", key: "exceptions[0].when", says: "read a field"),
    Wrong(find: "item.amount < 50", put: "risk == \"low\"", key: "exceptions[0].when", says: "risk"),
    Wrong(find: "[context.stale]", put: "[context.stail]", key: "exceptions[0].waives[0]", says: "did you mean context.stale?"),
    Wrong(find: "[context.stale]", put: "[impact.unknown]", key: "exceptions[0].waives[0]", says: "never is"),
    Wrong(find: "    waives: [context.stale]\n", put: "", key: "exceptions[0].waives", says: "missing"),
    Wrong(find: "    reason: the stock is counted by hand until Friday\n", put: "", key: "exceptions[0].reason", says: "missing"),
    Wrong(find: "approver: P-two", put: "approver: P-one", key: "exceptions[0].approver", says: "another person"),
    Wrong(find: "    expires: 2026-11-25T08:00:00Z\n", put: "", key: "exceptions[0].expires", says: "missing"),
    Wrong(find: "expires: 2026-11-25T08:00:00Z", put: "expires: 2026-11-24T08:00:00Z", key: "exceptions[0].expires", says: "after"),
    Wrong(find: "expires: 2026-11-25T08:00:00Z", put: "expires: 2027-02-22T08:00:01Z", key: "exceptions[0].expires", says: "90 days"),
    Wrong(find: "expires: 2026-11-25T08:00:00Z", put: "expires: tomorrow", key: "exceptions[0].expires", says: "RFC 3339"),
    Wrong(find: "requester: P-one", put: "requester: P-one\n    approved: true", key: "exceptions[0].approved", says: "nothing reads"),
  ]

  @Test(arguments: wrongs) func eachMistakeIsToldWithItsSettingAndARemedy(_ wrong: Wrong) throws {
    let text = Self.list.replacing(wrong.find, with: wrong.put)
    #expect(text != Self.list)
    let mistakes = try mistakes(text)
    #expect(
      mistakes.contains { $0.key == wrong.key && ($0.expected + $0.remedy + $0.excerpt).contains(wrong.says) },
      "\(mistakes.map(\.description))")
  }

  @Test func allMistakesAreToldAtOnce() throws {
    let text = Self.wrongs.filter { ["id", "workflow", "approver"].contains($0.key.split(separator: ".").last ?? "") }
      .reduce(Self.list) { $0.replacing($1.find, with: $1.put) }
    #expect(try Set(mistakes(text).map(\.key)) == ["exceptions[0].id", "exceptions[0].workflow", "exceptions[0].approver"])
  }

  @Test func anExpertsWorkflowTakesNone() throws {
    let bundle = try SmallPolicy.load(
      SmallPolicy.text { text in
        text.replacing("template: A", with: "template: C").replacing("route: auto, because", with: "route: sme, because")
          .replacing("route: review, because", with: "route: sme, because")
          .replacing("sampling: {mode: hold, rate: 0.08}\n", with: "").replacing("when: 'route == \"sme\"', name: hard", with: "when: 'risk == \"low\"', name: hard")
      })
    #expect(throws: BundleErrors.self) { try Self.load(bundle: bundle) }
    // Had it been in force when the template changed, it would relieve nothing.
    let verdict = bundle.evaluate(Self.stale(at: Self.starts, try Self.load()))
    #expect(verdict.route == .sme && verdict.exceptions.isEmpty)
  }

  @Test func aListIsTheSameInJSON() throws {
    let yaml = try Self.load()
    let json = try Self.load(yaml.document.text)
    #expect(json.canonical == yaml.canonical && json.exceptions.map(\.canonical) == yaml.exceptions.map(\.canonical))
    #expect(json.version == 3 && json.exceptions[0].starts == Self.starts && json.exceptions[0].expires == Self.expires)
  }

  private func mistakes(_ text: String) throws -> [BundleMistake] {
    do {
      _ = try Self.load(text)
      return []
    } catch let error as BundleErrors { return error.mistakes }
  }
}
