import CEL
import Domain

extension Trial {
  func judgeRules() {
    let rules = logic.rules
    for index in rules.indices {
      switch rules[index].when.answer(in: scope) {
      case .no: continue
      case .yes:
        let rule = rules[index]
        add(
          rule.id, rule.code, rule.route, rule.because.render(in: scope), evidence: rule.evidence, gate: rule.gate,
          ground: .rule(index))
      case .fault(let why):
        let rule = rules[index]
        addFault(rule.id, why, asked: rule.route, reads: rule.when.reads, evidence: rule.evidence)
      }
    }
    if !unjudged.isEmpty {
      add(
        "proposal", .policyError, .review,
        "there is no proposal, so \(unjudged.count) rules could not be judged: \(unjudged.joined(separator: ", "))",
        evidence: "proposal", ground: .said("a proposal would have had to be there"))
    }
  }

  /// What no file can lower.
  func judgeFloors() {
    switch bundle.template {
    case .sampled: break
    case .approval:
      add(
        "template", .templateApproval, .review, "template B: a person approves before any side effect",
        evidence: "template", ground: .fixed)
    case .expert:
      add(
        "template", .templateMandatorySME, .sme, "template C: an expert decides, always", evidence: "template",
        ground: .fixed)
    }
    if let stopped = facts.stopped {
      add(
        "stop", .stopped, .review, "automation is stopped: \(visible(stopped))", evidence: "stop",
        ground: .said("automation would have had to be running"))
    }
  }

  func verdict() -> Verdict {
    let quorum = chooseQuorum()
    let queue = chooseQueue()
    let route = route
    relieve(route)
    let places = matches.indices.map { (strictness: matches[$0].asks, gate: matches[$0].gate.place, index: $0) }
    let order = places.sorted { a, b in
      if a.strictness != b.strictness { return a.strictness > b.strictness }
      return (a.gate, a.index) < (b.gate, b.index)
    }
    return Verdict(
      route: route, confidence: confidence, trusted: (confidence ?? -1) >= logic.blend.stopBelow, parts: parts,
      risk: risk, facts: impact, matches: order.map { matches[$0.index] }, quorum: quorum, queue: queue)
  }

  /// By index: a match is large, and its copy is not needed.
  private var route: Route { matches.indices.reduce(.auto) { max($0, matches[$1].asks) } }

  /// A condition that cannot be judged counts as met: lists stand from strict to mild.
  private func chooseQuorum() -> Quorum {
    noteRoute()
    for (index, entry) in logic.assignment.approvals.enumerated() {
      guard let when = entry.when else { return entry.need }
      switch when.answer(in: scope) {
      case .no: continue
      case .yes: return entry.need
      case .fault(let why):
        addFault("approvals[\(index)]", why)
        return entry.need
      }
    }
    return .group(bundle.owner, count: 1)
  }

  private func chooseQueue() -> String {
    noteRoute()
    for (index, entry) in logic.assignment.queues.enumerated() {
      guard let when = entry.when else { return entry.queue.name }
      switch when.answer(in: scope) {
      case .no: continue
      case .yes: return entry.queue.name
      case .fault(let why): addFault("queues[\(index)]", why)
      }
    }
    return ""
  }

  private func noteRoute() {
    if logic.shapes.readsRoute { scope.route = .string(route.rawValue) }
    guard logic.shapes.readsCodes else { return }
    var codes: [ReasonCode] = []
    for match in matches where match.waived == nil && !codes.contains(match.code) { codes.append(match.code) }
    scope.codes = .list(codes.map { .string($0.rawValue) })
  }
}

extension Gate {
  /// The order in which reasons of equal strictness are told.
  fileprivate var place: Int {
    switch self {
    case .confidence: 0
    case .context: 1
    case .impact: 2
    }
  }
}
