import JSON

extension Evaluator {
  mutating func check(
    _ step: Step, _ node: Node, _ object: JSONObject, _ value: JSON, _ evaluated: inout Evaluated
  ) -> Bool {
    switch step {
    case .members(let rules): return check(rules, object, &evaluated)
    case .required(let names): return checkRequired(names, node, object, value)
    case .minProperties(let limit):
      return object.count >= limit || fail("minProperties", node, value, "at least \(limit) members")
    case .maxProperties(let limit):
      return object.count <= limit || fail("maxProperties", node, value, "at most \(limit) members")
    case .propertyNames(let target):
      return checkMembers(object) { $0.evaluate(target, child: .string($2.key), at: $1) }
    case .dependentRequired(let rules): return checkDependent(rules, node, object, value)
    case .unevaluatedProperties(let target):
      let before = evaluated
      evaluated.noteAll()
      return checkMembers(object) { before.contains($1) || $0.evaluate(target, child: $2.value, at: $1) }
    default: return true
    }
  }

  /// Rules and members come in the same order, so one walk over both finds what belongs together.
  private mutating func check(_ rules: MemberRules, _ object: JSONObject, _ evaluated: inout Evaluated) -> Bool {
    var fits = true, next = 0
    let members = object.members, named = rules.named
    for place in members.indices {
      let key = members[place].key
      var isKnown = false
      while next < named.count {
        let order = named[next].key.canonicalOrder(to: key)
        if order > 0 { break }
        next += 1
        guard order == 0 else { continue }
        isKnown = true
        if !evaluate(named[next - 1].node, child: members[place].value, at: place) { fits = false }
        break
      }
      if !rules.patterns.isEmpty {
        charge(rules.patterns.count)
        for (pattern, node) in rules.patterns where pattern.matches(key) {
          isKnown = true
          if !evaluate(node, child: members[place].value, at: place) { fits = false }
        }
      }
      if !isKnown, let additional = rules.additional {
        isKnown = true
        if !evaluate(additional, child: members[place].value, at: place) { fits = false }
      }
      if isKnown { evaluated.note(place) }
      if !fits, stopsAtFirst { return false }
    }
    return fits
  }

  private mutating func checkRequired(_ names: [String], _ node: Node, _ object: JSONObject, _ value: JSON) -> Bool {
    var fits = true, place = 0
    let members = object.members
    for name in names {
      var order = -1
      while place < members.count {
        order = members[place].key.canonicalOrder(to: name)
        if order >= 0 { break }
        place += 1
      }
      if order == 0, place < members.count { continue }
      fits = fail("required", node, value, "a member \(name)")
      if stopsAtFirst { return false }
    }
    return fits
  }

  private mutating func checkDependent(
    _ rules: [(key: String, required: [String])], _ node: Node, _ object: JSONObject, _ value: JSON
  ) -> Bool {
    var fits = true
    for (key, required) in rules where object.has(key) {
      for name in required where !object.has(name) {
        fits = fail("dependentRequired", node, value, "a member \(name.cutForMessage), since there is \(key)")
        if stopsAtFirst { return false }
      }
    }
    return fits
  }

  private mutating func checkMembers(
    _ object: JSONObject, _ check: (inout Evaluator, Int, JSONObject.Member) -> Bool
  ) -> Bool {
    var fits = true
    for (place, member) in object.members.enumerated() where !check(&self, place, member) {
      if stopsAtFirst { return false }
      fits = false
    }
    return fits
  }
}
