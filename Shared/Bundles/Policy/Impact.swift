import CEL
import Domain

/// What happens if a proposal is wrong, and how bad that is.
struct Impact: Sendable {
  struct Tier: Sendable {
    var risk: Risk
    var when: Expression
    var because: Sentence
    /// Its place in the file, as rule id.
    var id: String
    /// What would have kept it from being reached.
    var relief: Need?
  }
  /// Every fact in the order of `ordered`; without an expression where the file declares none.
  var facts: [(name: FactName, expression: Expression?)]
  var tiers: [Tier]
  /// The item's field in which a producer states a risk; it may only raise.
  var stated: Expression?

  static let factsType = CELType.object(
    Dictionary(uniqueKeysWithValues: FactName.allCases.map { ($0.rawValue, $0.type) }))
  /// The names of all facts as CEL keeps map keys.
  static let ordered = FactName.allCases.sorted { $0.rawValue.utf8.lexicographicallyPrecedes($1.rawValue.utf8) }
}

/// Reads `impact`.
struct ImpactReader {
  let expressions: ExpressionReader
  let sentences: SentenceReader
  let base: [String: CELType]
  let hasAction: Bool

  func read(_ root: Section) -> Impact? {
    guard let section = root.section("impact", required: "declare facts and tiers") else { return nil }
    defer { section.finish() }
    let stated = expressions.compile(section.text("stated", longest: 200), base, expecting: .string)
    var declaredFacts: [FactName: Expression] = [:]
    if let declared = section.section(
      "facts", required: "declare \(FactName.mandatory.map(\.rawValue).joined(separator: ", "))")
    {
      for name in FactName.allCases {
        if let expression = expressions.compile(
          declared.text(name.rawValue, longest: 1_000), base, expecting: name.type)
        {
          declaredFacts[name] = expression
        } else if hasAction, FactName.mandatory.contains(name), !declared.has(name.rawValue) {
          declared.missing(name.rawValue, "say it, even if it is false or 0; silence would be taken for harmlessness")
        }
      }
      declared.finish()
    }
    let tiers = section.sections("tiers", atMost: 24).compactMap(tier)
    return Impact(facts: Impact.ordered.map { ($0, declaredFacts[$0]) }, tiers: tiers, stated: stated)
  }

  private func tier(_ section: Section) -> Impact.Tier? {
    defer { section.finish() }
    var variables: [String: CELType] = ["facts": Impact.factsType]
    variables["threshold"] = base["threshold"]
    let risk = section.choice("risk", Risk.self, required: true, among: [.medium, .high, .critical])
    let text = section.text("when", required: "write a condition over facts", longest: 1_000)
    let when = expressions.compile(text, variables)
    let because = sentences.read(section, of: when, variables)
    if let when, let text { expressions.prove(when, at: text) }
    guard let risk, let when, let because else { return nil }
    return Impact.Tier(risk: risk, when: when, because: because, id: section.path, relief: Need(when, negated: true, variables))
  }
}
