import JSON

extension Evaluator {
  /// Whether the value fulfils one step.
  mutating func check(_ step: Step, _ node: Node, _ value: JSON, _ evaluated: inout Evaluated) -> Bool {
    switch step {
    case .type(let types): types.contains(typeOf: value) || fail("type", node, value, types.names)
    case .reference(let target): evaluate(target, value, &evaluated)
    case .dynamicReference(let anchor, let fallback):
      evaluate(dynamicTarget(anchor: anchor, fallback: fallback), value, &evaluated)
    case .const(let wanted, let expected): wanted == value || fail("const", node, value, expected)
    case .enumeration(let values, let expected): isOne(of: values, value) || fail("enum", node, value, expected)
    case .never(let keyword): refuse(under: keyword, node, value)
    case .allOf, .anyOf, .oneOf, .not, .conditional, .dependentSchemas: checkLogic(step, node, value, &evaluated)
    default:
      switch value {
      case .string(let text): check(step, node, text, value)
      case .object(let object): check(step, node, object, value, &evaluated)
      case .array(let items): check(step, node, items, value, &evaluated)
      case .integer, .number: checkNumber(step, node, value)
      case .null, .bool: true
      }
    }
  }

  private mutating func isOne(of values: [JSON], _ value: JSON) -> Bool {
    charge(values.count)
    return values.contains(value)
  }

  private mutating func checkNumber(_ step: Step, _ node: Node, _ value: JSON) -> Bool {
    switch step {
    case .bound(let bound): bound.allows(value) || fail(bound.keyword, node, value, bound.expected)
    case .multipleOf(let divisor):
      divisor.divides(value) || fail("multipleOf", node, value, "a multiple of \(divisor.text)")
    default: true
    }
  }

  private mutating func check(_ step: Step, _ node: Node, _ text: String, _ value: JSON) -> Bool {
    switch step {
    case .minLength(let limit):
      text.hasScalars(atLeast: limit) || fail("minLength", node, value, "at least \(limit) characters")
    case .maxLength(let limit):
      text.utf8.count <= limit || !text.hasScalars(atLeast: limit + 1)
        || fail("maxLength", node, value, "at most \(limit) characters")
    case .pattern(let pattern):
      pattern.matches(text) || fail("pattern", node, value, "a string that matches \(pattern.source)")
    case .format(let format):
      format.matches(text) || fail("format", node, value, "a string in the format \(format.rawValue)")
    default: true
    }
  }

  private mutating func checkLogic(_ step: Step, _ node: Node, _ value: JSON, _ evaluated: inout Evaluated) -> Bool {
    switch step {
    case .allOf(let parts):
      var fits = true
      for part in parts where !evaluate(part, value, &evaluated) {
        if stopsAtFirst { return false }
        fits = false
      }
      return fits
    case .anyOf(let choices):
      var fits = false
      for choice in choices where probe(choice, value, &evaluated) {
        fits = true
        if !needsAll(evaluated) { break }
      }
      return fits || fail("anyOf", node, value, "a value that fits one or more of \(choices.count) schemas")
    case .oneOf(let choices):
      var count = 0
      for choice in choices where probe(choice, value, &evaluated) {
        count += 1
        if count > 1 { break }
      }
      return count == 1
        || fail(
          "oneOf", node, value, "a value that fits one of \(choices.count) schemas, not \(count == 0 ? "none" : "more")"
        )
    case .not(let refused):
      return refutes(refused, value) || fail("not", node, value, "a value that does not fit the schema")
    case .conditional(let rule):
      let branch = probe(rule.condition, value, &evaluated) ? rule.then : rule.otherwise
      return branch.map { evaluate($0, value, &evaluated) } ?? true
    case .dependentSchemas(let rules):
      guard case .object(let object) = value else { return true }
      var fits = true
      for (key, target) in rules where object.has(key) && !evaluate(target, value, &evaluated) {
        if stopsAtFirst { return false }
        fits = false
      }
      return fits
    default: return true
    }
  }
}

extension String {
  /// Counts Unicode scalars, as JSON Schema counts characters, no further than needed.
  fileprivate func hasScalars(atLeast limit: Int) -> Bool {
    if utf8.count < limit { return false }
    if utf8.count / 4 >= limit { return true }
    return utf8.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 } >= limit
  }
}

extension JSONObject {
  func has(_ key: String) -> Bool {
    if let _ = self[key] { true } else { false }
  }
}
