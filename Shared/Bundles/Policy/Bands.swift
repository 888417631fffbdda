import CEL
import Domain

/// The ordered list that reads like the article: the first hit gives the confidence gate's route.
struct Bands: Sendable {
  struct Band: Sendable {
    /// Nil for the last one, which holds otherwise.
    var when: Expression?
    var route: Route
    var because: Sentence
    /// What a case needs for it.
    var need: Need?
  }
  var bands: [Band]
  /// The band that full confidence would reach, by risk: what tells low confidence from high impact.
  var ceiling: [Risk: Int] = [:]

  static let variables: [String: CELType] = ["confidence": .double, "risk": .string]

  /// The first band that holds. A condition that cannot be judged counts as a hit of the strictest route.
  func hit(in scope: Scope) -> (index: Int, route: Route, fault: String?) {
    for (index, band) in bands.enumerated() {
      guard let when = band.when else { return (index, band.route, nil) }
      switch when.answer(in: scope) {
      case .yes: return (index, band.route, nil)
      case .no: continue
      case .fault(let why): return (index, bands.map(\.route).max() ?? .sme, why)
      }
    }
    return (bands.count - 1, .sme, "no band holds")
  }

  func hit(confidence: Double, risk: Risk) -> (index: Int, route: Route, fault: String?) {
    let scope = Scope()
    scope.confidence = .double(confidence)
    scope.risk = .string(risk.rawValue)
    return hit(in: scope)
  }
}

/// Reads `bands` and proves what must hold of them.
struct BandsReader {
  let expressions: ExpressionReader
  let sentences: SentenceReader
  let template: Template

  func read(_ root: Section, _ blend: Blend?) -> Bands? {
    let sections = root.sections("bands", required: "write at least one band with `when: otherwise`", atMost: 16)
    var bands: [Bands.Band] = []
    var complete = !sections.isEmpty
    for (index, section) in sections.enumerated() {
      let (otherwise, when) = readCondition(section, last: index == sections.count - 1, expressions, Bands.variables)
      let route = section.choice("route", Route.self, required: true)
      let because = sentences.read(section, of: when, Bands.variables)
      section.finish()
      if let route, let because, when != nil || otherwise {
        let need = when.flatMap { Need($0, negated: false, Bands.variables) }
        bands.append(Bands.Band(when: when, route: route, because: because, need: need))
        if route < template.floor {
          section.mistakes.add(
            section.line, section.pathed("route"),
            "template \(template.rawValue) has no route \(route.rawValue): its mildest is \(template.floor.rawValue)",
            "write \(template.floor.rawValue)")
        }
      } else {
        complete = false
      }
    }
    guard complete else { return nil }
    var made = Bands(bands: bands)
    for risk in Risk.allCases { made.ceiling[risk] = made.hit(confidence: 1, risk: risk).index }
    prove(made, sections, blend)
    remarkSpokenNumbers(made, sections)
    return made
  }

  /// The routes are constant between the numbers that the conditions name, so that looking at and beside each of them,
  /// and at a grid for what is computed, shows every route that there is.
  private func prove(_ bands: Bands, _ sections: [Section], _ blend: Blend?) {
    guard let first = sections.first else { return }
    var points = (0...100).map { Double($0) / 100 }
    for edge in bands.bands.flatMap({ Self.numbers(in: $0.when?.source ?? "") }) where (0...1).contains(edge) {
      points += [max(0, edge - 1e-6), edge, min(1, edge + 1e-6)]
    }
    points.sort()
    var reached = Set<Int>()
    var milder = false, milderByRisk = false
    var before = [Route](repeating: .auto, count: points.count)
    for risk in Risk.allCases {
      var last = Route.block
      for (at, confidence) in points.enumerated() {
        let hit = bands.hit(confidence: confidence, risk: risk)
        reached.insert(hit.index)
        if hit.route > last { milder = true }
        if hit.route < before[at] { milderByRisk = true }
        last = hit.route
        before[at] = hit.route
      }
    }
    let mistakes = first.mistakes
    if milder {
      mistakes.add(
        first.line, "bands", "routes that never get milder as confidence falls expected",
        "order the bands from mild to strict")
    }
    if milderByRisk {
      mistakes.add(
        first.line, "bands", "routes that never get milder as risk rises expected", "bound the risk in the milder bands"
      )
    }
    for (index, section) in sections.enumerated() where !reached.contains(index) {
      mistakes.add(
        section.line, section.path, "a band that some case can reach expected, those above take all",
        "move it up or remove it")
    }
    if template == .sampled, let blend, bands.bands.contains(where: { $0.route == .auto }),
      bands.hit(confidence: blend.reach, risk: .low).route != .auto
    {
      mistakes.add(
        first.line, "bands", "no case can be automatic: confidence never exceeds \(decimal(blend.reach))",
        "lower the band's edge or the fixed risks")
    }
  }

  /// A sentence that names an edge which no band has would be read aloud and be wrong: the number was changed in one place only.
  private func remarkSpokenNumbers(_ bands: Bands, _ sections: [Section]) {
    let edges = bands.bands.flatMap { Self.numbers(in: $0.when?.source ?? "") }
    for (band, section) in zip(bands.bands, sections) {
      let said = band.because.pieces.map { if case .text(let text) = $0 { text } else { " " } }.joined()
      for number in Self.numbers(in: said) where number != number.rounded() && !edges.contains(number) {
        section.mistakes.remark(
          LocatedText(text: said, line: section.line, key: section.pathed("because")),
          "a number that some band compares with expected, \(decimal(number)) stands in none", "write the number of the condition")
      }
    }
  }

  private static func numbers(in source: String) -> [Double] {
    source.split { !("0123456789.".utf8.contains($0.utf8.first ?? 0)) }.compactMap { PolicyText.decimal(String($0)) }
  }
}

/// Reads the `when` of an entry of a decision list: only the last one says `otherwise`.
func readCondition(
  _ section: Section, last: Bool, _ expressions: ExpressionReader, _ variables: [String: CELType]
) -> (otherwise: Bool, when: Expression?) {
  guard
    let text = section.text(
      "when", required: "write a condition, or `when: otherwise` in the last entry", longest: 1_000)
  else {
    return (false, nil)
  }
  guard text.text == "otherwise" else {
    if last {
      section.mistakes.add(
        text, "`when: otherwise` expected in the last entry, so that every case has one", "add such an entry")
    }
    let when = expressions.compile(text, variables)
    let list = String(section.path.prefix { $0 != "[" })
    // Bands have a proof of their own, which also knows what is computed.
    if let when, list != "bands" { expressions.prove(when, at: text, inList: list) }
    return (false, when)
  }
  if !last { section.mistakes.add(text, "`otherwise` expected in the last entry only", "move it to the end") }
  return (true, nil)
}
