import CEL
import Domain

/// One evaluation on its way. A class, since a copy of it would count a reference for all that it holds.
final class Trial {
  let bundle: Bundle
  let facts: CaseFacts
  let scope = Scope()
  var matches: [Match] = []
  /// What matches rest on, by their index, as long as they stand in the order of discovery.
  var grounds: [(index: Int, ground: Ground)] = []
  var confidence: Double?
  var parts: [ConfidencePart] = []
  var risk = Risk.low
  var impact: [ImpactFact] = []
  /// Why a declared value has none, for the rules that read it.
  var valueFaults: [String: String] = [:]
  /// Rules that wait for a proposal.
  var unjudged: [String] = []

  var logic: Logic { bundle.logic }

  init(_ bundle: Bundle, _ facts: CaseFacts) {
    self.bundle = bundle
    self.facts = facts
    let logic = bundle.logic
    scope.template = logic.template
    scope.threshold = logic.threshold
    scope.item = logic.shapes.item.map { $0.value(of: facts.item) }
    if let shape = logic.shapes.proposal, let proposal = facts.proposal { scope.proposal = shape.value(of: proposal) }
    if let shape = logic.shapes.action, let action = facts.action { scope.action = shape.value(of: action) }
    if logic.shapes.readsPersonal { scope.personal = Self.personal(facts.personal) }
    if logic.shapes.readsRequester {
      scope.requester = ["id": .string(facts.requester.id), "verified": .bool(facts.requester.verified)]
    }
    if logic.shapes.readsSources { scope.sources = Self.sources(facts, logic) }
    if let shape = logic.shapes.current, let source = logic.sources.first(where: \.source.current),
      let fields = facts.sources.first(where: { $0.name == source.source.name && $0.answered && $0.found })?.fields
    {
      scope.current = shape.value(of: fields)
    }
  }

  /// Counts by type, and their sum as `total`.
  private static func personal(_ counts: [String: Int]) -> CELValue {
    var total: Int64 = 0
    var map: [CELMap.Entry] = []
    for (type, count) in counts where count > 0 && type != "total" {
      map.set(type, .int(Int64(count)))
      let (sum, overflow) = total.addingReportingOverflow(Int64(count))
      total = overflow ? .max : sum
    }
    map.set("total", .int(total))
    return .map(CELMap(map))
  }

  private static func sources(_ facts: CaseFacts, _ logic: Logic) -> CELValue {
    var all: [CELMap.Entry] = []
    for typed in logic.sources {
      let source =
        facts.sources.first { $0.name == typed.source.name } ?? SourceFacts(name: "", answered: false, found: false)
      var one: [CELMap.Entry] = []
      // What is not there has no age: a rule that reads it cannot be judged, and so does not pass.
      if source.answered, source.found { one.set("age", .int(source.age)) }
      one.set("answered", .bool(source.answered))
      if source.found, let shape = logic.shapes.sources[typed.source.name], let fields = source.fields {
        one.set("fields", shape.value(of: fields))
      }
      one.set("found", .bool(source.answered && source.found))
      if let score = source.score { one.set("score", .double(score)) }
      all.set(typed.source.name, .map(CELMap(one)))
    }
    return .map(CELMap(all))
  }

  func add(
    _ rule: String, _ code: ReasonCode, _ route: Route, _ because: String, evidence: String = "", gate: Gate? = nil,
    ground: Ground? = nil
  ) {
    if let ground { grounds.append((matches.count, ground)) }
    matches.append(
      Match(
        rule: rule, gate: gate ?? code.gate, code: code, route: route, because: clipped(because, to: Sentence.longest),
        evidence: evidence))
  }

  /// A condition that could not be judged: never milder than what it might have asked for.
  ///
  /// Where there is no proposal at all, nothing can run either: what reads it waits for a person's own; told once.
  func addFault(
    _ rule: String, _ why: String, asked route: Route = .review, reads: [String] = [], evidence: String = ""
  ) {
    if facts.proposal == nil, facts.action == nil, reads.contains(where: Self.restsOnProposal) {
      unjudged.append(rule)
      return
    }
    add(
      rule, .policyError, max(.review, route), "\(rule) could not be judged: \(visible(reason(why)))",
      evidence: evidence)
  }

  private static func restsOnProposal(_ path: String) -> Bool {
    ["proposal", "action", "facts", "value", "confidence", "parts"].contains(path.prefix { $0 != "." })
  }

  /// The cause behind a declared value that has none.
  func reason(_ why: String) -> String {
    for (name, cause) in valueFaults where why.hasSuffix("value.\(name)") { return cause }
    return why
  }
}
