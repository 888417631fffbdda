import Bundles
import Domain
import JSON
import Testing

/// A policy that is wrong is refused with everything that is wrong, each with place and remedy.
@Suite struct LoadTests {
  struct Wrong: Sendable, CustomTestStringConvertible {
    var find: String
    var put: String
    /// In the key and in what was expected or the remedy.
    var key: String
    var says: String
    var testDescription: String { "\(put.prefix(60)) → \(says)" }
  }

  static let wrongs: [Wrong] = [
    Wrong(find: "owner: someone\n", put: "", key: "owner", says: "missing"),
    Wrong(find: "template: A", put: "template: D", key: "template", says: "one of A, B, C"),
    Wrong(find: "executor: shop", put: "executer: shop", key: "executer", says: "did you mean executor?"),
    Wrong(find: "executor: shop\n", put: "", key: "executor", says: "permits are made out to it"),
    Wrong(find: "item: item.json", put: "item: items.json", key: "schemas.item", says: "did you mean item.json?"),
    Wrong(find: "{item.kind}", put: "{item.mail}", key: "sources[0].url", says: "may not leave"),
    Wrong(find: "{item.kind}", put: "{item.kid}", key: "sources[0].url", says: "did you mean kind?"),
    Wrong(find: "kind: http", put: "kind: ftp", key: "sources[0].kind", says: "one of item, http, directory"),
    Wrong(find: "shelf_life: 60s", put: "shelf_life: 1y", key: "sources[0].shelf_life", says: "30s, 15m, 24h or 90d"),
    Wrong(find: "weight: 0.5", put: "weight: 0.6", key: "confidence", says: "they sum to 1.1"),
    Wrong(find: "weight: 0.5", put: "weight: nan", key: "confidence.model.weight", says: "from 0.0 to 1.0"),
    Wrong(find: "floor: 0.4", put: "floor: 1.4", key: "confidence.model.floor", says: "from 0.0 to 1.0"),
    Wrong(
      find: "{weight: 0.1, risk: \"facts.irreversible ? 0.5 : 0.0\"}", put: "{weight: 0.1, floor: 0.6, risk: 0.5}",
      key: "confidence.blast.floor", says: "never above 0.5"),
    Wrong(
      find: "risk: \"facts.irreversible ? 0.5 : 0.0\"", put: "risk: 1.5", key: "confidence.blast.risk",
      says: "from 0 to 1"),
    Wrong(
      find: "confidence >= 0.9 &&", put: "confidence >= 1.0 && parts.model > 0.1 &&", key: "bands[0].when",
      says: "parts"),
    Wrong(
      find: "confidence >= 0.9 && risk == \"low\"", put: "confidence <= 0.3", key: "bands", says: "confidence falls"),
    Wrong(
      find: "confidence >= 0.9 && risk == \"low\"", put: "confidence >= 0.9 && risk == \"critical\"", key: "bands",
      says: "risk rises"),
    Wrong(find: "confidence >= 0.9 && risk == \"low\"", put: "confidence > 1.0", key: "bands[0]", says: "can reach"),
    Wrong(
      find: "when: otherwise, route: sme", put: "when: confidence < 0.6, route: sme", key: "bands[2].when",
      says: "otherwise"),
    Wrong(find: ", because: \"nothing better holds\"", put: "", key: "bands[2].because", says: "missing"),
    Wrong(find: "privilege: false, ", put: "", key: "impact.facts.privilege", says: "silence"),
    Wrong(
      find: "personal_data: \"personal.total > 0\"", put: "personal_data: \"personal.total\"",
      key: "impact.facts.personal_data", says: "expected bool"),
    Wrong(
      find: "records_touched: 1", put: "records_touched: 1, leagl: true", key: "impact.facts.leagl",
      says: "did you mean legal?"),
    Wrong(
      find: "risk: medium, when: facts.irreversible", put: "risk: medium, when: facts.irreversibel",
      key: "impact.tiers[0].when", says: "irreversible"),
    Wrong(find: "missing_source: sme", put: "missing_sauce: sme", key: "context.missing_sauce", says: "did you mean"),
    Wrong(find: "conflict: sme", put: "conflict: auto", key: "context.conflict", says: "one of review, sme, block"),
    Wrong(find: "phrases: [we guarantee]", put: "pattern: '(?=x)'", key: "prohibited[0].pattern", says: "RE2"),
    Wrong(find: "phrases: [we guarantee]", put: "pattern: 'x*'", key: "prohibited[0].pattern", says: "empty text"),
    Wrong(
      find: "when: item.amount > threshold.large", put: "when: item.amont > threshold.large", key: "rules[0].when",
      says: "amount"),
    Wrong(
      find: "when: item.amount > threshold.large", put: "when: item.amount >", key: "rules[0].when", says: "column"),
    Wrong(find: "when: item.amount > threshold.large", put: "when: 1 > 2", key: "rules[0].when", says: "can be true"),
    Wrong(find: "when: item.amount > threshold.large", put: "when: 2 > 1", key: "rules[0].when", says: "can be false"),
    Wrong(
      find: "when: item.amount > threshold.large", put: "when: item.amount", key: "rules[0].when", says: "expected bool"
    ),
    Wrong(
      find: "route: sme\n    code", put: "route: auto\n    code", key: "rules[0].route",
      says: "one of review, sme, block"),
    Wrong(find: "code: impact.high", put: "code: impact.hihg", key: "rules[0].code", says: "did you mean impact.high?"),
    Wrong(
      find: "because: \"amount {item.amount} is above {threshold.large}\"", put: "because: this is too much of it",
      key: "rules[0].because", says: "names what the condition reads"),
    Wrong(
      find: "because: \"amount {item.amount} is above {threshold.large}\"", put: "because: the amount is too large",
      key: "rules[0].because", says: "{threshold.large}"),
    Wrong(find: "amount {item.amount} is", put: "amount {item.amont} is", key: "rules[0].because", says: "amount"),
    Wrong(find: "amount {item.amount} is", put: "amount {1 + 1} is", key: "rules[0].because", says: "dotted path"),
    Wrong(
      find: "amount {item.amount} is", put: String(repeating: "amount ", count: 30), key: "rules[0].because",
      says: "at most 160"),
    Wrong(find: "mode: hold, rate: 0.08", put: "mode: hold, rate: 8", key: "sampling.rate", says: "from 0.0001 to 1.0"),
    Wrong(find: "mode: hold, rate: 0.08", put: "mode: hold, rate: 8%", key: "sampling.rate", says: "write 0.08"),
    Wrong(find: "mode: hold, rate: 0.08", put: "mode: hold", key: "sampling.rate", says: "missing"),
    Wrong(find: "stop_below: 0.3", put: "stop_below: 0.3\ndeadline: a week", key: "deadline", says: "from 1m to 90d"),
    Wrong(find: "need: first}", put: "need: frist}", key: "approvals[1].need", says: "did you mean first?"),
    Wrong(
      find: "need: {all: [first, second]}", put: "need: {all: [first, third]}", key: "approvals[0].need.all[1]",
      says: "add it to groups"),
    Wrong(
      find: "need: {all: [first, second]}", put: "need: {group: first, count: 40}", key: "approvals[0].need.count",
      says: "from 1 to 12"),
    Wrong(
      find: "name: easy, group: first", put: "name: easy, group: nobody", key: "queues[1].group",
      says: "add it to groups"),
    Wrong(
      find: "ladder: [{after_minutes: 0, group: queue},", put: "ladder: [{after_minutes: 0},", key: "ladder[0].group",
      says: "empty tier"),
    Wrong(find: "after_minutes: 15", put: "after_minutes: 0", key: "ladder[1]", says: "more minutes"),
    Wrong(find: "after_minutes: 15", put: "after_minutes: 90", key: "ladder", says: "latency budget"),
    Wrong(
      find: "ladder: [{after_minutes: 0, group: queue},", put: "ladder: [{after_minutes: 0, group: queue, calendar: office},",
      key: "ladder[0].calendar", says: "no calendar expected at the first rung"),
    Wrong(
      find: "ladder: [", put: "supervisor: {group: officers, alert: pagerduty}\nladder: [", key: "supervisor.alert",
      says: "one of none, email, slack"),
    Wrong(find: "ladder: [", put: "supervisor: {group: oficers}\nladder: [", key: "supervisor.group", says: "did you mean officers?"),
    Wrong(find: "ladder: [", put: "supervisor: {alert: email}\nladder: [", key: "supervisor.group", says: "missing"),
    Wrong(
      find: "ladder: [", put: "break_glass: {group: officers, tell: [officers], alert: none, reviewed_by: officers}\nladder: [", key: "break_glass.alert",
      says: "one of email, slack, pagerduty"),
    Wrong(
      find: "ladder: [", put: "break_glass: {group: officers, tell: [oficers], alert: slack, reviewed_by: officers}\nladder: [",
      key: "break_glass.tell[0]", says: "did you mean officers?"),
    Wrong(
      find: "ladder: [", put: "break_glass: {group: officers, most_minutes: 241, tell: [officers], alert: slack, reviewed_by: officers}\nladder: [",
      key: "break_glass.most_minutes", says: "from 5 to 240"),
    Wrong(
      find: "ladder: [", put: "break_glass: {group: officers, minutes: 90, most_minutes: 60, tell: [officers], alert: slack, reviewed_by: officers}\nladder: [",
      key: "break_glass.minutes", says: "from 5 to 60"),
    Wrong(find: "ladder: [", put: "break_glass: {group: officers, alert: slack}\nladder: [", key: "break_glass.tell", says: "hear of it at once"),
    Wrong(find: "shown_first: latency", put: "shown_first: speed", key: "slo.shown_first", says: "one of latency"),
    Wrong(
      find: "stop_below: 0.3", put: "stop_below: 0.3\nundo_seconds: 121", key: "undo_seconds", says: "from 0 to 120"),
    Wrong(find: "stop_below: 0.3", put: "stop_below: 0.3\nstop_below: 0.4", key: "", says: "stands twice"),
    Wrong(find: "owner: someone", put: "owner: &x someone", key: "", says: "anchors"),
    Wrong(find: "owner: someone", put: "owner: some\u{202E}one", key: "owner", says: "invisible"),
    Wrong(find: "owner: someone", put: "owner: [a: b", key: "", says: "YAML"),
    Wrong(find: "    - {risk: medium", put: "\t- {risk: medium", key: "", says: "a tab found"),
  ]

  @Test(arguments: wrongs) func eachMistakeIsNamedWithPlaceAndRemedy(_ wrong: Wrong) throws {
    let good = SmallPolicy.text()
    #expect(good.contains(wrong.find))
    let mistakes = SmallPolicy.mistakes(good.replacing(wrong.find, with: wrong.put, maxReplacements: 1))
    let hit = mistakes.first { $0.key == wrong.key && "\($0.expected); \($0.remedy)".contains(wrong.says) }
    #expect(hit != nil, "\(mistakes)")
    #expect(hit.map { $0.line > 0 && $0.file == "small.yaml" } ?? true)
  }

  @Test func theUnchangedPolicyIsGood() { #expect(SmallPolicy.mistakes(SmallPolicy.text()).isEmpty) }

  @Test func allMistakesAreToldAtOnceInTheOrderOfTheLines() {
    let text = SmallPolicy.text {
      $0.replacing("owner: someone", with: "owner: ''").replacing("weight: 0.5", with: "weight: 7").replacing(
        "need: first}", with: "need: nobody}"
      )
      .replacing("item.amount > threshold.large", with: "item.amont > threshold.lagre")
    }
    let mistakes = SmallPolicy.mistakes(text)
    #expect(mistakes.count >= 5)
    #expect(mistakes.map(\.line) == mistakes.map(\.line).sorted())
    for key in ["owner", "confidence.model.weight", "approvals[1].need", "rules[0].when"] {
      #expect(mistakes.contains { $0.key == key }, "\(key)")
    }
  }

  @Test func aMistakeInAnExpressionIsPlacedInTheFile() throws {
    let mistake = try #require(
      SmallPolicy.mistakes(SmallPolicy.text { $0.replacing("item.amount > threshold.large", with: "item.amont > 5") })
        .first)
    let line = SmallPolicy.text().split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
      $0.contains("when: item.amount")
    }
    #expect(mistake.line == (line ?? -2) + 1)
    #expect(mistake.expected.contains("column"))
  }

  @Test(arguments: ["B", "C"]) func noTemplateButAHasAnAutomaticWayOut(_ template: String) {
    let mistakes = SmallPolicy.mistakes(SmallPolicy.text { $0.replacing("template: A", with: "template: \(template)") })
    #expect(mistakes.contains { $0.key == "bands[0].route" && $0.expected.contains("has no route auto") })
    #expect(mistakes.contains { $0.key == "sampling" })
  }

  /// One slip is one mistake: what only follows from it would send a stranger astray.
  @Test func aMistakeIsToldWithoutItsConsequences() {
    let template = SmallPolicy.mistakes(SmallPolicy.text { $0.replacing("template: A", with: "template: D") })
    #expect(template.map(\.key) == ["template"] && template.first?.remedy == "write one of them", "\(template)")
    let rule = SmallPolicy.rules.replacing("item.amount >", with: "item.amont >")
      + "\n    examples: [{given: {item: {amount: 101}}, fires: true}]"
    let examples = SmallPolicy.mistakes(SmallPolicy.text(rules: rule))
    #expect(!examples.contains { $0.key.contains("examples") }, "\(examples)")
    do throws(BundleErrors) {
      _ = try SmallPolicy.load(SmallPolicy.text { $0.replacing("{large: 100}", with: "{larg: 100}") })
      Issue.record("it should not load")
    } catch {
      #expect(error.mistakes.contains { $0.remedy.contains("larg") })
      #expect(!error.remarks.contains { $0.expected.contains("nothing reads") }, "\(error.remarks)")
    }
  }

  @Test func anExampleThatFailsStopsTheFile() {
    func rules(_ example: String) -> String { SmallPolicy.rules + "\n    examples: [\(example)]" }
    #expect(SmallPolicy.mistakes(SmallPolicy.text(rules: rules("{given: {item: {amount: 101}}, fires: true}"))).isEmpty)
    #expect(
      SmallPolicy.mistakes(SmallPolicy.text(rules: rules("{given: {item: {amount: 100}}, fires: true}"))).contains {
        $0.expected.contains("does not fire")
      })
    #expect(
      SmallPolicy.mistakes(SmallPolicy.text(rules: rules("{given: {}, fires: true}"))).contains {
        $0.expected.contains("can be judged")
      })
    #expect(
      SmallPolicy.mistakes(SmallPolicy.text(rules: rules("{given: {itm: {}}, fires: false}"))).contains {
        $0.remedy == "did you mean item?"
      })
  }

  @Test func sentencesAreUnique() {
    let twice =
      SmallPolicy.rules + SmallPolicy.rules.replacing("rules:", with: "").replacing("id: large", with: "id: other")
    #expect(
      SmallPolicy.mistakes(SmallPolicy.text(rules: twice)).contains { $0.expected.contains("the same stands on line") })
    #expect(
      SmallPolicy.mistakes(SmallPolicy.text(rules: twice.replacing("id: other", with: "id: large"))).contains {
        $0.expected.contains("an id of its own")
      })
  }

  @Test func aSchemaThatFansOutEndsSoon() throws {
    var schemas = SmallPolicy.schemas
    var members: [JSONObject.Member] = SmallPolicy.schemas["item.json"]?["properties"]?.object?.members ?? []
    for name in 0..<20 { members.append(("f\(name)", ["$ref": "#"])) }
    schemas["item.json"] = ["type": "object", "properties": .object(JSONObject(members))]
    #expect(try Bundles.Bundle.load(yaml: SmallPolicy.text(), file: "", schemas: schemas).workflow == "small")
  }

  @Test func theHashNamesContentAndSchemas() throws {
    let first = try SmallPolicy.load()
    let spaced = try SmallPolicy.load(
      "# a comment\n" + SmallPolicy.text { $0.replacing("workflow: small", with: "workflow:   small") })
    let changed = try SmallPolicy.load(SmallPolicy.text { $0.replacing("large: 100", with: "large: 101") })
    #expect(first.hash == spaced.hash)
    #expect(first.hash != changed.hash)
    var schemas = SmallPolicy.schemas
    schemas["output.json"] = ["type": "object", "properties": ["answer": ["type": "string", "x-personal": "name"]]]
    #expect(try Bundles.Bundle.load(yaml: SmallPolicy.text(), file: "", schemas: schemas).hash != first.hash)
    #expect(try JSON.parse(first.canonical)["policy"]?["workflow"]?.string == "small")
  }

  @Test(arguments: [
    "", "\u{0}", "a", "- a", "[", "{{{{", "a: *b", "? [a]\n: b", String(repeating: "[", count: 10_000),
    String(repeating: "- ", count: 10_000), String(repeating: "a: {", count: 5_000),
    String(repeating: "x", count: 200_000),
    "workflow: [1, 2]\ntemplate: {a: b}\nrules: 5\nbands: {}\nconfidence: []\nladder: x\ngroups: {}\n", "a: !!binary x",
    "%YAML 9\n---\na",
  ])
  func hostileTextIsAListOfMistakes(_ text: String) { #expect(!SmallPolicy.mistakes(text).isEmpty) }

  /// Cut and scrambled files must neither crash nor load as something else.
  @Test func damagedFilesNeverCrash() {
    let good = Array(SmallPolicy.text().utf8)
    var random = Seeded(7)
    var refused = 0
    for _ in 0..<600 {
      var bytes = good
      for _ in 0..<(1 + random.below(4)) {
        let at = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes.remove(at: at)
        case 1: bytes[at] = UInt8(random.below(128))
        default: bytes.insert(bytes[random.below(bytes.count)], at: at)
        }
      }
      if !SmallPolicy.mistakes(String(decoding: bytes, as: UTF8.self)).isEmpty { refused += 1 }
    }
    #expect(refused > 300)
    print("damaged files: 600 tried, \(refused) refused")
  }
}
