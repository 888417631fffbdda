extension Compiler {
  mutating func list(_ elements: [Syntax], at offset: Int) -> Term {
    let terms = elements.map { compile($0) }
    return made(ListLiteral(terms.map(\.node), at: offset), .list(joined(terms.map(\.type))), of: terms)
  }

  mutating func map(_ entries: [(key: Syntax, value: Syntax)], at offset: Int) -> Term {
    var keys: [Term] = [], values: [Term] = []
    for entry in entries {
      let key = compile(entry.key)
      if ![.dyn, .bool, .int, .uint, .string].contains(key.type.present) {
        complain(entry.key.offset, "a map key must be bool, int, uint or string, not \(key.type)")
      }
      keys.append(key)
      values.append(compile(entry.value))
    }
    let nodes = zip(keys, values).map { (key: $0.node, value: $1.node) }
    let type = CELType.map(joined(keys.map(\.type)), joined(values.map(\.type)))
    return made(MapLiteral(nodes, at: offset), type, of: keys + values)
  }

  private func joined(_ types: [CELType]) -> CELType {
    guard let first = types.first else { return .dyn }
    return types.dropFirst().reduce(first) { $0.joined(with: $1) }
  }

  mutating func comprehension(_ form: Syntax.Comprehension, at offset: Int) -> Term {
    let range = compile(form.range)
    let slot = scopes.count
    push(Scope(name: form.variable, type: elementType(range), path: range.path.map { "\($0)[]" }))
    let element = scopes[slot].type
    let predicate = form.predicate.map { compile($0) }
    let transform = form.transform.map { compile($0) }
    scopes.removeLast()
    if let predicate { requireBool(predicate, "what \(form.kind.rawValue)() tests") }
    let parts = [range] + [predicate, transform].compactMap { $0 }
    switch (form.kind, predicate) {
    case (.all, let predicate?), (.exists, let predicate?):
      let node = Quantifier(range.node, slot: slot, predicate.node, deciding: form.kind == .exists, at: offset)
      return made(node, .bool, of: parts)
    case (.existsOne, let predicate?):
      return made(ExistsOne(range.node, slot: slot, predicate.node, at: offset), .bool, of: parts)
    default:
      let node = Collect(range.node, slot: slot, predicate?.node, transform?.node, at: offset)
      return made(node, .list(transform?.type ?? element), of: parts)
    }
  }

  private mutating func elementType(_ range: Term) -> CELType {
    switch range.type.present {
    case .list(let element): return element
    case .map(let key, _): return key
    case .object: return .string
    case .dyn, .nullable: return .dyn
    case let other:
      complain(range.node.offset, "only lists and maps have elements, not \(other)")
      return .dyn
    }
  }

  /// Protocol buffer messages are not part of this implementation.
  mutating func message(_ type: Syntax, _ fields: [(field: String, value: Syntax)], at offset: Int) -> Term {
    let name = type.qualifiedName?.parts.map(\.name).joined(separator: ".") ?? ""
    let parts = fields.map { compile($0.value) }
    complain(type.offset, "there is no message type '\(name)'", hint: "write a map, {'field': …}")
    let node = Failure(.type("there is no message type '\(name)'"), at: type.offset)
    return Term(node: node, type: .dyn, reach: Reach(parts))
  }
}
