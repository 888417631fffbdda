extension Parser {
  mutating func member() throws(Stop) -> Syntax {
    var operand = try primary()
    while true {
      let offset = token.offset
      if takes(.dot) {
        operand = try selection(of: operand)
      } else if takes(.leftBracket) {
        let key = try expression()
        try expect(.rightBracket)
        operand = try tree(.index(operand, key), at: offset, over: operand, key)
      } else if peeks(.leftBrace), operand.isQualifiedName {
        operand = try message(operand)
      } else {
        return operand
      }
    }
  }

  private mutating func selection(of operand: Syntax) throws(Stop) -> Syntax {
    let offset = token.offset
    let field = try selector()
    guard case .word = field.kind, takes(.leftParenthesis) else {
      return try tree(.select(operand, field: field.name, isTest: false), at: offset, over: operand)
    }
    let arguments = try list(until: .rightParenthesis)
    return try call(field.name, target: operand, arguments, at: offset)
  }

  /// A field or method name; reserved words are allowed, keywords are not.
  private mutating func selector() throws(Stop) -> (kind: Token.Kind, name: String) {
    let kind = token.kind
    switch kind {
    case .word(let word) where !Token.keywords.contains(word):
      advance()
      return (kind, word)
    case .word(let word):
      throw Stop(offset: token.offset, message: "'\(word)' is a keyword, not a field name", hint: "write ['\(word)']")
    case .quotedField(let field):
      advance()
      return (kind, field)
    default:
      throw unexpected("a field name")
    }
  }

  private mutating func primary() throws(Stop) -> Syntax {
    let offset = token.offset
    let isNegative = isNegativeNumber
    if isNegative { advance() }
    switch token.kind {
    case .int(let value): return try literal(int(value, isNegative: isNegative, at: offset), offset)
    case .uint(let value): return try literal(.uint(value), offset)
    case .double(let value): return try literal(.double(isNegative ? -value : value), offset)
    case .string(let value): return try literal(.string(value), offset)
    case .bytes(let value): return try literal(.bytes(value), offset)
    case .word("true"): return try literal(.bool(true), offset)
    case .word("false"): return try literal(.bool(false), offset)
    case .word("null"): return try literal(.null, offset)
    case .word(let word):
      return try name(word, rooted: false)
    case .symbol(.dot):
      advance()
      guard case .word(let word) = token.kind else { throw unexpected("a name") }
      return try name(word, rooted: true)
    case .symbol(.leftParenthesis):
      advance()
      let inner = try expression()
      try expect(.rightParenthesis)
      return inner
    case .symbol(.leftBracket):
      advance()
      let elements = try list(until: .rightBracket)
      return try tree(.list(elements), at: offset, over: elements)
    case .symbol(.leftBrace):
      advance()
      return try map(offset)
    default:
      throw unexpected("a value")
    }
  }

  private mutating func literal(_ value: CELValue, _ offset: Int) throws(Stop) -> Syntax {
    advance()
    return try tree(.literal(value), at: offset)
  }

  private func int(_ magnitude: UInt64, isNegative: Bool, at offset: Int) throws(Stop) -> CELValue {
    if isNegative, magnitude == Int64.min.magnitude { return .int(.min) }
    guard let value = Int64(exactly: magnitude) else {
      throw Stop(offset: offset, message: "the number does not fit an int", hint: "write \(magnitude)u for a uint")
    }
    return .int(isNegative ? -value : value)
  }

  private mutating func name(_ word: String, rooted: Bool) throws(Stop) -> Syntax {
    let offset = token.offset
    guard !Token.keywords.contains(word) else { throw unexpected("a value") }
    guard !Token.reserved.contains(word) else {
      throw Stop(
        offset: offset, message: "'\(word)' is a reserved word and cannot be a name",
        hint: Foreign.word(word) ?? "write another name, or name.\(word) for a field")
    }
    advance()
    if takes(.leftParenthesis) {
      let arguments = try list(until: .rightParenthesis)
      return try call(word, target: nil, arguments, at: offset)
    }
    return try tree(.name(word, rooted: rooted), at: offset)
  }

  /// Expressions up to a closing symbol, which is taken; a list literal may have a comma before it.
  private mutating func list(until closing: Token.Symbol) throws(Stop) -> [Syntax] {
    var elements: [Syntax] = []
    while !takes(closing) {
      elements.append(try expression())
      if takes(.comma) {
        if closing == .rightParenthesis, peeks(closing) { throw unexpected("a value") }
        continue
      }
      if !peeks(closing) { throw unexpected("',' or '\(closing.rawValue)'") }
    }
    return elements
  }

  private mutating func map(_ offset: Int) throws(Stop) -> Syntax {
    var entries: [(key: Syntax, value: Syntax)] = []
    while !takes(.rightBrace) {
      let key = try expression()
      try expect(.colon)
      entries.append((key, try expression()))
      if !takes(.comma), !peeks(.rightBrace) { throw unexpected("',' or '}'") }
    }
    return try tree(.map(entries), at: offset, over: entries.flatMap { [$0.key, $0.value] })
  }

  private mutating func message(_ type: Syntax) throws(Stop) -> Syntax {
    let offset = token.offset
    advance()
    var fields: [(field: String, value: Syntax)] = []
    while !takes(.rightBrace) {
      let field = try selector().name
      try expect(.colon)
      fields.append((field, try expression()))
      if !takes(.comma), !peeks(.rightBrace) { throw unexpected("',' or '}'") }
    }
    return try tree(.message(type, fields), at: offset, over: [type] + fields.map(\.value))
  }
}

extension Syntax {
  typealias NamePart = (name: String, offset: Int)

  /// The parts of a name such as `a.b.c`, nil for anything else.
  var qualifiedName: (parts: [NamePart], rooted: Bool)? {
    switch form {
    case .name(let name, let rooted): return ([(name, offset)], rooted)
    case .select(let operand, let field, isTest: false):
      guard var name = operand.qualifiedName else { return nil }
      name.parts.append((field, offset))
      return name
    default: return nil
    }
  }

  var isQualifiedName: Bool { qualifiedName != nil }
}
