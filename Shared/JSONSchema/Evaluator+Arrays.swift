import JSON

extension Evaluator {
  mutating func check(_ step: Step, _ node: Node, _ items: [JSON], _ value: JSON, _ evaluated: inout Evaluated) -> Bool
  {
    switch step {
    case .minItems(let limit): return items.count >= limit || fail("minItems", node, value, "at least \(limit) items")
    case .maxItems(let limit): return items.count <= limit || fail("maxItems", node, value, "at most \(limit) items")
    case .uniqueItems:
      guard let (earlier, later) = firstRepetition(in: items) else { return true }
      return fail("uniqueItems", node, value, "items that differ, unlike those at \(earlier) and \(later)")
    case .items(let rules): return check(rules, items, &evaluated)
    case .contains(let rule): return check(rule, node, items, value, &evaluated)
    case .unevaluatedItems(let target):
      let before = evaluated
      evaluated.noteAll()
      var fits = true
      for place in items.indices where !before.contains(place) && !evaluate(target, child: items[place], at: place) {
        if stopsAtFirst { return false }
        fits = false
      }
      return fits
    default: return true
    }
  }

  private mutating func check(_ rules: ItemRules, _ items: [JSON], _ evaluated: inout Evaluated) -> Bool {
    var fits = true
    for place in items.indices {
      guard let target = place < rules.prefix.count ? rules.prefix[place] : rules.rest else { break }
      evaluated.note(place)
      if evaluate(target, child: items[place], at: place) { continue }
      if stopsAtFirst { return false }
      fits = false
    }
    return fits
  }

  private mutating func check(
    _ rule: ContainsRule, _ node: Node, _ items: [JSON], _ value: JSON, _ evaluated: inout Evaluated
  ) -> Bool {
    var count = 0
    for place in items.indices where probe(rule.node, child: items[place], at: place) {
      count += 1
      evaluated.note(place)
      if count >= rule.least, rule.most == nil, !needsAll(evaluated) { break }
    }
    if count < rule.least {
      let keyword = rule.least == 1 ? "contains" : "minContains"
      return fail(keyword, node, value, "at least \(rule.least) items that fit the schema, not \(count)")
    }
    guard let most = rule.most, count > most else { return true }
    return fail("maxContains", node, value, "at most \(most) items that fit the schema, not \(count)")
  }
}
