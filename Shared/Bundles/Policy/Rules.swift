import CEL
import Domain
import JSON

/// One rule of the file.
struct Rule: Sendable {
  var id: String
  var gate: Gate
  var when: Expression
  var route: Route
  var code: ReasonCode
  var because: Sentence
  /// Who answers for it.
  var owner: String
  /// What it rests on: the first thing that its condition reads.
  var evidence: String
  /// What would have kept it silent.
  var relief: Need?
}

/// Reads `rules`.
struct RulesReader {
  let expressions: ExpressionReader
  let sentences: SentenceReader
  let variables: [String: CELType]
  let owner: String
  /// The thresholds of the file, as examples see them.
  let thresholds: CELValue

  func read(_ root: Section) -> [Rule] {
    var lines: [String: Int] = [:]
    var proved: [(rule: Rule, condition: Condition, line: Int)] = []
    return root.sections("rules", atMost: 200).compactMap { section in
      defer { section.finish() }
      let id = section.text("id", required: "name it, such as amount_over_tolerance", longest: 60)
      if let id {
        if !isName(id.text) {
          section.mistakes.add(id, "an id of letters, digits and _ expected", "write one such as stale_order")
        }
        if let line = lines.updateValue(id.line, forKey: id.text) {
          section.mistakes.add(id, "an id of its own expected, line \(line) has it too", "rename one")
        }
      }
      let gate = section.choice("gate", Gate.self, required: true)
      let route = section.choice("route", Route.self, required: true, among: [.review, .sme, .block])
      let code = section.choice("code", ReasonCode.self, required: true)
      let owner = section.text("owner", longest: 80)?.text ?? owner
      let text = section.text("when", required: "write a condition", longest: 1_000)
      let when = expressions.compile(text, variables)
      let because = sentences.read(section, of: when, variables)
      if let when, let text { check(when, text, section) } else { _ = section.node("examples") }
      guard let id, let gate, let route, let code, let when, let because else { return nil }
      let rule = Rule(
        id: id.text, gate: gate, when: when, route: route, code: code, because: because, owner: owner,
        evidence: when.reads.first { !$0.hasPrefix("threshold.") } ?? "",
        relief: Need(when, negated: true, variables))
      if let text, let condition = expressions.prove(when, at: text) {
        if let other = proved.first(where: { $0.rule.shadows(rule) && condition.implies($0.condition) }) {
          section.mistakes.remark(
            text, "a rule that adds something expected: \(other.rule.id) on line \(other.line) holds whenever it does, "
              + "asks for \(other.rule.route.rawValue) and has the same code", "remove one, or give it a code of its own")
        }
        proved.append((rule, condition, text.line))
      }
      return rule
    }
  }

  private func check(_ when: Expression, _ text: LocatedText, _ section: Section) {
    switch when.constant {
    case .bool(false):
      section.mistakes.add(text, "a condition that can be true expected, this one never is", "remove the rule")
    case .bool(true):
      section.mistakes.add(
        text, "a condition that can be false expected, this one always holds", "use a band or a stricter template")
    default: break
    }
    let examples = section.sections("examples", atMost: 20)
    let answers = examples.map { check($0, of: when) }
    let wanted: [Bool] = [true, false].filter { expected in !answers.contains(expected) }
    if !wanted.isEmpty {
      let words = wanted.map { $0 ? "fires" : "stays silent" }.joined(separator: " and one on which it ")
      section.mistakes.remark(
        LocatedText(text: "", line: section.line, key: section.pathed("examples")),
        "an example on which the rule \(words) expected",
        wanted.map { "write `- {given: {…}, fires: \($0)}`" }.joined(separator: " and "))
    }
  }

  /// An example gives values to variables and says whether the rule fires.
  ///
  /// - Returns: what it says, nil where it says nothing that can be used.
  private func check(_ example: Section, of when: Expression) -> Bool? {
    defer { example.finish() }
    guard example.has("fires") else {
      example.missing("fires", "write true or false")
      return nil
    }
    let expected = example.flag("fires")
    let given = Scope()
    given.threshold = thresholds
    if let (line, node) = example.node("given") {
      guard let json = PolicyText.json(node), case .object(let values) = json else {
        example.mistakes.add(line, example.pathed("given"), "a mapping of variables expected", "write {item: {…}}")
        return expected
      }
      for (name, value) in values.members {
        guard let type = variables[name] else {
          example.mistakes.add(
            line, example.pathed("given"), "\(name) is no variable here",
            nearest(name, among: variables.keys.sorted()).map { "did you mean \($0)?" } ?? "remove it")
          continue
        }
        given.set(name, CELValue(value, as: type))
      }
    }
    switch (when.answer(in: given), expected) {
    case (.yes, true), (.no, false): break
    case (.fault(let why), _):
      example.mistakes.add(
        example.line, example.path, "an example that can be judged expected: \(why)",
        why.hasPrefix("no such field") ? "give that value; where a case may lack it, ask has(…) before" : "give that value")
    default:
      example.mistakes.add(
        example.line, example.path, "the rule \(expected ? "does not fire" : "fires") on this example",
        "mend the rule or the example")
    }
    return expected
  }
}

extension Rule {
  /// Whether another adds nothing where this one holds too: as strict at least, and for the same reason.
  fileprivate func shadows(_ other: Rule) -> Bool { route >= other.route && code == other.code }
}
