extension Compiler {
  mutating func binary(_ operation: Operator, _ left: Syntax, _ right: Syntax, at offset: Int) -> Term {
    let a = compile(left), b = compile(right)
    switch operation {
    case .equal, .notEqual:
      if !a.type.agrees(with: b.type) { mismatch(operation, a, b, at: offset) }
      return made(Equal(a.node, b.node, isNegated: operation == .notEqual, at: offset), .bool, of: [a, b])
    case .membership:
      checkMembership(a, b, at: offset)
      return made(Membership(a.node, b.node, at: offset), .bool, of: [a, b])
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      if !isOrdered(a.type, b.type) { mismatch(operation, a, b, at: offset) }
      return made(Comparison(operation, a.node, b.node, at: offset), .bool, of: [a, b])
    case .add, .subtract, .multiply, .divide, .modulo:
      let type = result(operation, a.type.present, b.type.present)
      if type == nil { mismatch(operation, a, b, at: offset) }
      return made(Arithmetic(operation, a.node, b.node, at: offset), type ?? .dyn, of: [a, b])
    }
  }

  private func isOrdered(_ a: CELType, _ b: CELType) -> Bool {
    switch (a.present, b.present) {
    case (.dyn, .dyn): true
    case (.dyn, let type), (let type, .dyn):
      switch type {
      case .null, .list, .map, .object, .type: false
      default: true
      }
    case (.int, .int), (.uint, .uint), (.double, .double), (.string, .string), (.bytes, .bytes), (.bool, .bool),
      (.timestamp, .timestamp), (.duration, .duration):
      true
    default: false
    }
  }

  /// The type of `a operation b`, nil if there is no such overload.
  private func result(_ operation: Operator, _ a: CELType, _ b: CELType) -> CELType? {
    switch (operation, a, b) {
    case (_, .dyn, _), (_, _, .dyn): .dyn
    case (_, .int, .int), (_, .uint, .uint): a
    case (.modulo, _, _): nil
    case (_, .double, .double): a
    case (.add, .string, .string), (.add, .bytes, .bytes): a
    case (.add, .list(let x), .list(let y)): .list(x.joined(with: y))
    case (.add, .timestamp, .duration), (.add, .duration, .timestamp), (.subtract, .timestamp, .duration): .timestamp
    case (.subtract, .timestamp, .timestamp), (.add, .duration, .duration), (.subtract, .duration, .duration): .duration
    default: nil
    }
  }

  private mutating func checkMembership(_ needle: Term, _ haystack: Term, at offset: Int) {
    switch haystack.type.present {
    case .dyn, .nullable: break
    case .list(let element):
      if !needle.type.agrees(with: element) {
        complain(offset, "a list of \(element) cannot hold \(needle.type)", hint: numberHint(needle, element))
      }
    case .map(let key, _):
      if !needle.type.agrees(with: key) { complain(offset, "a map with \(key) keys cannot hold \(needle.type)") }
    case .object:
      if !needle.type.fits(.string) {
        complain(offset, "the fields of an object are named by strings, not \(needle.type)")
      }
    case let other:
      complain(
        offset, "'in' needs a list or a map on its right, not \(other)",
        hint: other == .string ? "write text.contains(part)" : nil)
    }
  }

  private mutating func mismatch(_ operation: Operator, _ a: Term, _ b: Term, at offset: Int) {
    let hint =
      numberHint(b, a.type.present) ?? numberHint(a, b.type.present) ?? textHint(a, b) ?? textHint(b, a)
      ?? conversionHint(a.type.present, b.type.present)
    complain(offset, "no '\(operation.rawValue)' for \(a.type) and \(b.type)", hint: hint)
  }

  /// How a number that is written out would be written in the wanted type.
  private func numberHint(_ term: Term, _ wanted: CELType) -> String? {
    switch (term.constant, wanted) {
    case (.int(let value)?, .double): "write \(value).0"
    case (.int(let value)?, .uint) where value >= 0: "write \(value)u"
    case (.double(let value)?, .int): Int64(exactly: value).map { "write \($0)" }
    default: nil
    }
  }

  /// How a text or number that is written out would be written to compare it with `other`.
  private func textHint(_ term: Term, _ other: Term) -> String? {
    switch (term.constant, other.type.present) {
    case (.string(let text)?, .int): Int64(text).map { "write \($0) without quotes" }
    case (.string(let text)?, .double): Double(text).map { "write \($0) without quotes" }
    case (.string(let text)?, .bool): ["true", "false"].contains(text) ? "write \(text) without quotes" : "write true or false"
    case (.int(let number)?, .string): "write '\(number)' in quotes"
    case (.int, .bool) where other.isComparison: "compare twice, as in 1 < a && a < 100"
    case (.int, .bool): "write true or false, or the condition alone"
    default: nil
    }
  }

  private func conversionHint(_ a: CELType, _ b: CELType) -> String? {
    let numbers: [CELType] = [.int, .uint, .double]
    switch (a, b) {
    case (.null, _), (_, .null): return "test with has(…) whether a field is there"
    case (let x, let y) where numbers.contains(x) && numbers.contains(y): return "convert one side, as in double(…)"
    case (.string, let other) where numbers.contains(other), (let other, .string) where numbers.contains(other):
      return "convert the number with string(…)"
    case (.bool, let x) where numbers.contains(x): return "compare twice, as in 1 < a && a < 100"
    case (.list, let x) where numbers.contains(x), (.map, let x) where numbers.contains(x): return "write size(…)"
    case (.string, .timestamp), (.timestamp, .string): return "write timestamp('2026-01-31T09:30:00Z')"
    case (.string, .duration), (.duration, .string), (.int, .duration), (.duration, .int):
      return "write duration('36h')"
    default: return nil
    }
  }

  mutating func negate(_ operand: Syntax, at offset: Int) -> Term {
    let operand = compile(operand)
    let type = operand.type.present
    if ![.dyn, .int, .double].contains(type) { complain(offset, "no '-' for \(operand.type)") }
    return made(Negate(operand.node, at: offset), type, of: [operand])
  }

  mutating func not(_ operand: Syntax, at offset: Int) -> Term {
    let operand = compile(operand)
    requireBool(operand, "what '!' turns round")
    return made(Not(operand.node, at: offset), .bool, of: [operand])
  }

  mutating func logic(_ parts: [Syntax], isAnd: Bool, at offset: Int) -> Term {
    let terms = parts.map { compile($0) }
    for term in terms { requireBool(term, "each side of '\(isAnd ? "&&" : "||")'") }
    let nodes = terms.map(\.node)
    return made(isAnd ? And(nodes, at: offset) : Or(nodes, at: offset), .bool, of: terms)
  }

  mutating func conditional(_ condition: Syntax, _ then: Syntax, _ otherwise: Syntax, at offset: Int) -> Term {
    let condition = compile(condition), then = compile(then), otherwise = compile(otherwise)
    requireBool(condition, "the condition before '?'")
    if !then.type.agrees(with: otherwise.type) {
      complain(
        offset, "one branch gives \(then.type), the other \(otherwise.type)",
        hint: "write dyn(…) around one if that is meant")
    }
    let node = Conditional(condition.node, then.node, otherwise.node, at: offset)
    return made(node, then.type.joined(with: otherwise.type), of: [condition, then, otherwise])
  }
}
