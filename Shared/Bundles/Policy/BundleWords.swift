import CEL
import Domain

extension Bundle {
  /// The whole policy in words, to be read aloud: what it takes to run alone, what is judged, by which numbers, who answers for it, and
  /// then who decides. Everything that the file says of a case's route stands here; examples and schemas do not.
  public var inWords: [String] {
    let words = ConditionWords(logic.threshold)
    var lines = ["\(workflow), version \(hash.prefix(12)): \(Self.templates[template] ?? "")", "\(owner) is accountable for it", ""]
    for section in [confidence(words), context(words), impact(words), prohibited, ruled(words), sampled] {
      lines += section
      lines.append("")
    }
    lines.append("What nothing here can change")
    for fact in Self.fixed { lines.append("  \(fact)") }
    lines += ["", "Who decides"]
    for line in ladderInWords.dropFirst(2) { lines.append(line.isEmpty ? "" : "  \(line)") }
    return lines
  }

  private static let templates: [Template: String] = [
    .sampled: "template A, what is sure and harmless runs alone, and people look at a drawn share",
    .approval: "template B, a person approves before anything happens",
    .expert: "template C, an expert decides, always; the model only advises",
  ]

  static let routes: [Route: String] = [
    .auto: "it may run without a person", .review: "a reviewer decides", .sme: "an expert decides",
    .block: "it may not run, and a person confirms that",
  ]

  private static let fixed = [
    "of all reasons that hold the strictest route counts; load, queues and the model's own words change none",
    "what cannot be judged goes to a person: a missing field, an error, a condition that takes too long (policy.error)",
    "without a calibration of this very model and prompt, or with a confidence that is no number from 0 to 1, a person looks",
    "whoever asked and one person twice never approve it; whoever edited it does where one person is asked and the impact is medium at most",
  ]

  /// Who decides at least where a person does.
  private var person: String { route(max(.review, template.floor)) }

  /// A value, or what computes it.
  private static func told(_ expression: Expression) -> String {
    expression.constant.map(ConditionWords.shown) ?? "`\(expression.source)`"
  }

  private func route(_ route: Route) -> String { Self.routes[route] ?? route.rawValue }

  private func confidence(_ words: ConditionWords) -> [String] {
    let blend = logic.blend
    var lines = ["How sure it must be (the gate of confidence)"]
    let sum = blend.parts.map { "\(decimal($0.weight)) × \($0.name.rawValue)" }.joined(separator: " + ")
    lines.append("  confidence is \(sum), each from 0 to 1, where 1 is safe")
    for part in blend.parts {
      var line = "  \(part.name.rawValue) is "
      if let risk = part.risk {
        line += "1 less the risk \(Self.told(risk))"
      } else {
        line += part.name == .model ? "the model's score, calibrated by what people found" : "how well the evidence fits"
      }
      if part.floor > 0 { line += "; under \(decimal(part.floor)) \(person), however sure the rest is" }
      lines.append(line)
    }
    for band in logic.bands.bands {
      let when = band.when.map { "when \(words.told($0))" } ?? "otherwise"
      lines.append("  \(when): \(route(max(band.route, template.floor))), because \(words.told(band.because))")
    }
    if blend.stopBelow > 0 { lines.append("  under \(decimal(blend.stopBelow)) the proposal is not trusted, and is folded away") }
    return lines
  }

  private func context(_ words: ConditionWords) -> [String] {
    var lines = ["What it rests on (the gate of context)"]
    for source in sources {
      let place =
        switch source.kind {
        case .item: "sent along as \(source.from)"
        case .http: "asked for at \(source.url), which has \(source.timeoutMilliseconds) ms to answer"
        case .directory: "found in \(source.folder) by the words of \(source.query)"
        }
      var line = "  \(source.name): \(place); stale after \(Self.span(source.shelfLifeSeconds))"
      if source.required { line += "; required" }
      if source.current { line += "; the state that is changed" }
      if source.mustView { line += "; to be opened by whoever decides on high impact" }
      lines.append(line)
    }
    let codes: [ReasonCode] = [.contextMissingSource, .contextProbeFailed, .contextStale, .contextConflict, .contextMalformed, .contextEdgeCase, .contextUnsupported, .contextAmbiguous]
    let others = logic.context.keys.filter { !codes.contains($0) }.sorted { $0.rawValue < $1.rawValue }
    for code in codes + others {
      let asked = logic.context[code] ?? Route.review
      lines.append("  \(code.title): \(route(max(asked, Route.review, template.floor)))")
    }
    if !logic.values.isEmpty { lines.append("  Named values") }
    for value in logic.values { lines.append("    \(value.name) is `\(value.expression.source)`") }
    return lines
  }

  private func impact(_ words: ConditionWords) -> [String] {
    var lines = ["What happens if it is wrong (the gate of impact)"]
    for (name, expression) in logic.impact.facts {
      if let expression { lines.append("  \(name.rawValue): \(Self.told(expression))") }
    }
    lines.append("  the risk is low, unless")
    for tier in logic.impact.tiers { lines.append("    when \(words.told(tier.when)): \(tier.risk.rawValue), because \(words.told(tier.because))") }
    lines.append("    a fact cannot be determined: high, and \(person)")
    if let stated = logic.impact.stated { lines.append("    the sender states a higher one in \(stated.source); it can only raise it") }
    let human = logic.impact.facts.filter { FactName.alwaysHuman.contains($0.name) && $0.expression != nil && $0.expression?.constant != .bool(false) }
    if !human.isEmpty { lines.append("  a person always decides where it concerns \(human.map { $0.name.rawValue }.joined(separator: ", "))") }
    return lines
  }

  private var prohibited: [String] {
    guard !logic.prohibited.entries.isEmpty else { return ["What may not pass", "  nothing is named"] }
    var lines = ["What may not pass (also in other letters that look the same)"]
    for entry in logic.prohibited.entries {
      let place = entry.places.count > 1 ? "what came in or what would go out" : entry.places.first == .item ? "what came in" : "what would go out"
      let words = entry.patterns.map { $0.shown }.joined(separator: ", ")
      lines.append("  \(entry.id): where \(place) holds \(words): \(route(max(entry.route, template.floor))), because \(entry.because)")
    }
    return lines
  }

  private func ruled(_ words: ConditionWords) -> [String] {
    var lines = ["Rules"]
    for rule in logic.rules {
      let who = "  \(rule.id) (\(rule.gate.rawValue), \(rule.code.rawValue), \(rule.owner) answers for it)"
      let decided = route(max(rule.route, template.floor))
      lines.append("\(who): when \(words.told(rule.when)): \(decided), because \(words.told(rule.because))")
    }
    return lines
  }

  private var sampled: [String] {
    var lines = ["What is looked at although it could run alone"]
    switch sampling.mode {
    case .hold: lines.append("  at least \(decimal(sampling.rate * 100))% is held for a person before it runs, drawn by a seed that is published before and shown after")
    case .observe: lines.append("  at least \(decimal(sampling.rate * 100))% is looked at by a person after it has run, drawn by a seed that is published before and shown after")
    case .none: lines.append(template == .sampled ? "  nothing is drawn" : "  nothing: people decide each one")
    }
    guard template == .sampled else { return lines }
    if sampling.mode != .none { lines.append("  60 in 30 days of each risk and model version, and twice as many after rejected lots") }
    let subject = standDown.subject.isEmpty ? "whoever asked" : "the item's \(standDown.subject.joined(separator: "."))"
    lines.append("  after a rejection nothing of the same subject (\(subject)) runs alone until one is approved, for \(Self.span(Int(standDown.seconds))) at most")
    return lines
  }
}
