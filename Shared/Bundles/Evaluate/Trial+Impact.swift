import CEL
import Domain

extension Trial {
  func judgeImpact() {
    var map: [CELMap.Entry] = []
    var unknown: [FactName] = []
    map.reserveCapacity(logic.impact.facts.count)
    for (name, expression) in logic.impact.facts {
      guard let expression else {
        map.set(name.rawValue, name.absent)
        continue
      }
      guard case .success(let value) = expression.value(in: scope), let fact = ImpactFact.Value(value, of: name) else {
        unknown.append(name)
        continue
      }
      map.set(name.rawValue, value)
      impact.append(ImpactFact(name: name, value: fact))
    }
    scope.facts = .map(CELMap(map))
    judgeTiers()
    impact += unknown.map { ImpactFact(name: $0, value: .unknown) }
    if let first = unknown.first {
      risk = max(risk, .high)
      let names = unknown.map(\.rawValue).joined(separator: ", ")
      add(
        "facts", .impactUnknown, .review, "\(names) cannot be determined, so the impact counts as high",
        evidence: "facts.\(first.rawValue)", ground: .said("\(names) would have had to be known"))
    }
    judgeStatedRisk()
    for fact in impact where FactName.alwaysHuman.contains(fact.name) && fact.value == .flag(true) {
      add(
        "facts.\(fact.name.rawValue)", .impactMandatoryHuman, .review,
        "\(fact.name.rawValue) is concerned, where a person always decides", evidence: "facts.\(fact.name.rawValue)",
        ground: .said("facts.\(fact.name.rawValue) yes would have had to be no"))
    }
    scope.risk = .string(risk.rawValue)
  }

  /// A tier whose condition reads an unknown fact counts as reached.
  private func judgeTiers() {
    for (index, tier) in logic.impact.tiers.enumerated() {
      switch tier.when.answer(in: scope) {
      case .no: continue
      case .yes:
        let high = tier.risk >= .high
        add(
          tier.id, high ? .impactHigh : .impactElevated, high ? .review : .auto, tier.because.render(in: scope),
          evidence: tier.when.reads.first ?? "", ground: .tier(index))
      case .fault(let why): addFault(tier.id, why, reads: tier.when.reads)
      }
      risk = max(risk, tier.risk)
    }
  }

  private func judgeStatedRisk() {
    guard let stated = logic.impact.stated, case .success(.string(let text)) = stated.value(in: scope),
      let stated = Risk(rawValue: text), stated > risk
    else { return }
    let route: Route = stated >= .high ? .review : .auto
    add(
      "impact.stated", .impactStated, route,
      "the producer states risk \(stated.rawValue), above the \(risk.rawValue) that the facts give",
      evidence: logic.impact.stated?.reads.first ?? "",
      ground: .said("the stated risk \(stated.rawValue) would have had to be at most medium"))
    risk = stated
  }
}

extension ImpactFact.Value {
  /// Nil for a value that cannot be this fact: a negative count, a currency that is no code.
  init?(_ value: CELValue, of name: FactName) {
    switch (name.type, value) {
    case (.bool, .bool(let flag)): self = .flag(flag)
    case (.int, .int(let whole)) where whole >= 0: self = .whole(whole)
    case (.string, .string(let text)) where text.utf8.count == 3 || text.isEmpty: self = .text(text)
    default: return nil
    }
  }
}
