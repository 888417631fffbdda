extension Compiler {
  /// A name or a selection. The longest dotted name that is declared is the variable; the rest selects from it.
  mutating func access(_ syntax: Syntax) -> Term {
    guard let (parts, rooted) = syntax.qualifiedName, rooted || slot(of: parts[0].name) == nil else {
      return localAccess(syntax)
    }
    let (length, base) = longestKnown(parts) ?? (1, unknownName(parts[0]))
    return parts[length...].reduce(base) { select($0, $1.name, at: $1.offset) }
  }

  /// A name that belongs to a comprehension, or a selection from what is no plain name.
  private mutating func localAccess(_ syntax: Syntax) -> Term {
    switch syntax.form {
    case .select(let operand, let field, _): return select(compilePart(operand), field, at: syntax.offset)
    case .name(let name, _):
      guard let slot = slot(of: name) else { return unknownName((name, syntax.offset)) }
      let scope = scopes[slot]
      let node = Local(name, slot: slot, shape(scope.type), at: syntax.offset)
      var term = Term(node: node, type: scope.type, path: scope.path)
      term.reach.lowestSlot = slot
      return term
    default: return compilePart(syntax)
    }
  }

  private func slot(of name: String) -> Int? {
    scopes.lastIndex { $0.name.sameCodePoints(name) }
  }

  /// The variable or type that the longest beginning of a dotted name denotes, and how many parts that takes.
  private func longestKnown(_ parts: [Syntax.NamePart]) -> (length: Int, Term)? {
    for length in (1...max(1, min(parts.count, longestName))).reversed() {
      let name = parts[..<length].map(\.name).joined(separator: ".")
      if let type = variables[name] { return (length, variable(name, type, at: parts[0].offset)) }
    }
    for length in (1...min(parts.count, CELType.longestName)).reversed() {
      guard let type = CELType(named: parts[..<length].map(\.name).joined(separator: ".")) else { continue }
      return (length, constant(.type(type), at: parts[0].offset))
    }
    return nil
  }

  private mutating func unknownName(_ part: Syntax.NamePart) -> Term {
    let known = scopes.map(\.name) + variables.keys
    let otherwise =
      Foreign.value(part.name) ?? "write a text in quotes, '\(part.name)'; names here: \(listed(known.sorted()))"
    complain(part.offset, "unknown name '\(part.name)'", name: part.name, known: known, otherwise: otherwise)
    return variable(part.name, .dyn, at: part.offset)
  }

  private func variable(_ name: String, _ type: CELType, at offset: Int) -> Term {
    var term = Term(node: Variable(name, shape(type), at: offset), type: type, path: name)
    term.reach.usesVariables = true
    return term
  }

  /// The type of a field, after complaining if there can be none.
  private mutating func fieldType(_ operand: Term, _ field: String, at offset: Int) -> CELType {
    switch operand.type.present {
    case .dyn, .nullable: return .dyn
    case .object(let fields):
      if let type = fields[field] { return type }
      let owner = operand.path.map { "'\($0)'" } ?? "the object"
      complain(
        offset, "\(owner) has no field '\(field)'", name: field, known: fields.keys,
        otherwise: fields.isEmpty ? nil : "its fields: \(listed(fields.keys.sorted()))")
    case .map(let key, let value):
      if key.agrees(with: .string) { return value }
      complain(offset, "a map with \(key) keys has no fields", hint: "write […]")
    case .list(let element) where element.hasField(field):
      complain(
        offset, "\(operand.type) has no field '\(field)', its elements have",
        hint: "write \(operand.path ?? "list").exists(x, x.\(field) …), or all(x, …)")
    case let other:
      complain(offset, "\(other) has no field '\(field)'", hint: Foreign.function(field))
    }
    return .dyn
  }

  /// The first names of a list, for people.
  private func listed(_ names: [String]) -> String {
    let most = 12
    return names.prefix(most).joined(separator: ", ") + (names.count > most ? ", …" : "")
  }

  func select(_ operand: Term, _ field: String, at offset: Int, type: CELType) -> Term {
    let path = operand.path.map { "\($0).\(field)" }
    let text = path ?? ".\(field)"
    let node: any Node =
      switch operand.node {
      case let variable as Variable: Path(variable, field, path: text, shape(type), at: offset)
      case let path as Path: Path(path, field, path: text, shape(type), at: offset)
      default: Select(operand.node, field, path: text, shape(type), at: offset)
      }
    return Term(node: node, type: type, path: path, reach: operand.reach)
  }

  private mutating func select(_ operand: Term, _ field: String, at offset: Int) -> Term {
    let type = fieldType(operand, field, at: offset)
    let term = select(operand, field, at: offset, type: type)
    return term.path == nil ? made(term.node, type, of: [operand]) : term
  }

  /// `has(operand.field)`
  mutating func presence(_ operand: Syntax, _ field: String, at offset: Int) -> Term {
    let operand = compilePart(operand)
    _ = fieldType(operand, field, at: offset)
    if let path = operand.path { note("\(path).\(field)") }
    return made(Has(operand.node, field, at: offset), .bool, of: [operand])
  }

  mutating func index(_ operand: Syntax, _ key: Syntax, at offset: Int) -> Term {
    let operand = compilePart(operand)
    let key = compile(key)
    var type = CELType.dyn
    switch operand.type.present {
    case .dyn, .nullable, .object, .map:
      if case .string(let field)? = key.constant { return select(operand, field, at: offset) }
    default: break
    }
    switch operand.type.present {
    case .dyn, .nullable: break
    case .object:
      if !key.type.fits(.string) { complain(offset, "the fields of an object are named by strings, not \(key.type)") }
    case .map(let wanted, let value):
      type = value
      if !key.type.agrees(with: wanted) { complain(offset, "the keys of this map are \(wanted), not \(key.type)") }
    case .list(let element):
      type = element
      if !key.type.fits(.int) { complain(offset, "a list index must be an int, not \(key.type)", hint: "write int(…)") }
    case let other:
      complain(offset, "\(other) has no elements to index")
    }
    let path = operand.path.map { "\($0)[]" }
    let node = Index(operand.node, key.node, path: operand.path ?? "", shape(type), at: offset)
    if path == nil { return made(node, type, of: [operand, key]) }
    return Term(node: node, type: type, path: path, reach: Reach([operand, key]))
  }
}
