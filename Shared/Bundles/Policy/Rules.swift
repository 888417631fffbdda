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
      if let when, let text { check(when, text, section) }
      guard let id, let gate, let route, let code, let when, let because else { return nil }
      return Rule(
        id: id.text, gate: gate, when: when, route: route, code: code, because: because, owner: owner,
        evidence: when.reads.first { !$0.hasPrefix("threshold.") } ?? "")
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
    for example in section.sections("examples", atMost: 20) { check(example, of: when) }
  }

  /// An example gives values to variables and says whether the rule fires.
  private func check(_ example: Section, of when: Expression) {
    defer { example.finish() }
    guard example.has("fires") else {
      example.missing("fires", "write true or false")
      return
    }
    let expected = example.flag("fires")
    let given = Scope()
    given.threshold = thresholds
    if let (line, node) = example.node("given") {
      guard let json = PolicyText.json(node), case .object(let values) = json else {
        example.mistakes.add(line, example.pathed("given"), "a mapping of variables expected", "write {item: {…}}")
        return
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
        example.line, example.path, "an example that can be judged expected: \(why)", "give that value")
    default:
      example.mistakes.add(
        example.line, example.path, "the rule \(expected ? "does not fire" : "fires") on this example",
        "mend the rule or the example")
    }
  }
}
