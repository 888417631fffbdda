/// Recursive descent over the grammar of cel-spec, "Syntax". Binary operators climb by precedence, so that a level of
/// nesting costs few stack frames.
struct Parser {
  /// A mistake after which the rest cannot be read.
  struct Stop: Error {
    let offset: Int
    let message: String
    var hint: String?
  }

  private let tokens: [Token]
  private var at = 0
  private var nesting = 0
  let limits: CELLimits

  /// Parses a whole source. All lexical mistakes are reported, or the first grammatical one.
  static func parse(_ source: String, limits: CELLimits) throws(CELErrors) -> Syntax {
    guard source.utf8.count <= limits.sourceSize else {
      let message = "the expression is longer than \(limits.sourceSize) bytes"
      let position = CELPosition(offset: 0, in: source)
      throw CELErrors(
        errors: [CELError(position: position, message: message, hint: "split it into several rules")], source: "")
    }
    var lexer = Lexer(source)
    let tokens = lexer.tokens()
    if let errors = lexer.complaints.errors(in: source) { throw errors }
    var parser = Parser(tokens: tokens, limits: limits)
    do throws(Stop) {
      return try parser.whole()
    } catch {
      let position = CELPosition(offset: error.offset, in: source)
      throw CELErrors(
        errors: [CELError(position: position, message: error.message, hint: error.hint)], source: source)
    }
  }

  private init(tokens: [Token], limits: CELLimits) {
    self.tokens = tokens
    self.limits = limits
  }

  private mutating func whole() throws(Stop) -> Syntax {
    let syntax = try expression()
    if case .end = token.kind { return syntax }
    throw unexpected("an operator or the end")
  }

  // MARK: Tokens

  var token: Token { tokens[at] }

  mutating func advance() { at = min(at + 1, tokens.count - 1) }

  func peeks(_ symbol: Token.Symbol) -> Bool {
    if case .symbol(symbol) = token.kind { true } else { false }
  }

  mutating func takes(_ symbol: Token.Symbol) -> Bool {
    let found = peeks(symbol)
    if found { advance() }
    return found
  }

  mutating func expect(_ symbol: Token.Symbol) throws(Stop) {
    if !takes(symbol) { throw unexpected("'\(symbol.rawValue)'") }
  }

  func unexpected(_ wanted: String) -> Stop {
    Stop(offset: token.offset, message: "found \(token.shown) where \(wanted) is expected", hint: hint(wanted))
  }

  /// What was probably meant, from what stands here and before.
  private func hint(_ wanted: String) -> String? {
    let before = at > 0 ? tokens[at - 1].kind : .end
    switch (before, token.kind) {
    case (.word(let word), _) where ["not", "if", "when"].contains(word.lowercased()): return Foreign.word(word)
    case (.word(let word), .word(let next)) where word.lowercased() == "is" && next.lowercased() == "not":
      return "write '!='"
    case (_, .word(let word)) where word.lowercased() == "is" && nextIs("not"): return "write '!='"
    case (_, .word(let word)) where Foreign.word(word) != nil: return Foreign.word(word)
    case (.int, .word), (.double, .word): return "write the number in full, without unit or separators, as 10000"
    case (.int, .symbol(.comma)), (.double, .symbol(.comma)):
      return wanted == "')'" ? "write a list, [1, 2]" : "write a point in a number, as 0.92"
    case (_, .symbol(.comma)) where wanted == "')'": return "write a list, ['a', 'b']"
    case (_, .symbol(.rightParenthesis)) where wanted.hasPrefix("an operator"): return "remove it, or open '(' before"
    case (.symbol(.modulo), .end): return "write 0.92 for 92%"
    case (_, .end) where wanted == "':'": return "write condition ? a : b"
    case (_, .end) where wanted == "')'" || wanted == "']'" || wanted == "'}'": return "add \(wanted)"
    case (_, .end) where wanted == "a value": return at == 0 ? "write a condition" : "write what stands on its right"
    case (.symbol(.add), .symbol(.add)): return "a rule changes nothing: compare the value"
    case (_, .symbol(.and)), (_, .symbol(.or)): return "write a condition before it"
    case (.word, .string), (.word, .int), (.word, .double): return "write an operator between, such as '=='"
    default: return nil
    }
  }

  private func nextIs(_ word: String) -> Bool {
    guard at + 1 < tokens.count, case .word(let next) = tokens[at + 1].kind else { return false }
    return next.lowercased() == word
  }

  // MARK: Trees

  func tree(_ form: Syntax.Form, at offset: Int, over parts: Syntax...) throws(Stop) -> Syntax {
    try tree(form, at: offset, over: parts)
  }

  func tree(_ form: Syntax.Form, at offset: Int, over parts: [Syntax]) throws(Stop) -> Syntax {
    let depth = 1 + (parts.map(\.depth).max() ?? 0)
    guard depth <= limits.depth else { throw tooDeep(offset) }
    return Syntax(form: form, offset: offset, depth: depth)
  }

  private func tooDeep(_ offset: Int) -> Stop {
    Stop(offset: offset, message: "the expression is nested deeper than \(limits.depth) levels")
  }

  mutating func expression() throws(Stop) -> Syntax {
    guard nesting < limits.depth else { throw tooDeep(token.offset) }
    nesting += 1
    defer { nesting -= 1 }
    let condition = try binary(from: 1)
    let offset = token.offset
    guard takes(.question) else { return condition }
    let then = try binary(from: 1)
    try expect(.colon)
    let otherwise = try expression()
    return try tree(.conditional(condition, then: then, else: otherwise), at: offset, over: condition, then, otherwise)
  }

  // MARK: Operators

  private var operation: (precedence: Int, operator: Operator?)? {
    switch token.kind {
    case .symbol(.or): (1, nil)
    case .symbol(.and): (2, nil)
    case .symbol(let symbol): Operator(rawValue: symbol.rawValue).map { ($0.precedence, $0) }
    case .word("in"): (Operator.membership.precedence, .membership)
    default: nil
    }
  }

  private mutating func binary(from lowest: Int) throws(Stop) -> Syntax {
    var left = try unary()
    while let operation, operation.precedence >= lowest {
      let offset = token.offset
      guard let named = operation.operator else {
        let symbol: Token.Symbol = operation.precedence == 1 ? .or : .and
        var terms = [left]
        while takes(symbol) { terms.append(try binary(from: operation.precedence + 1)) }
        left = try tree(symbol == .or ? .or(terms) : .and(terms), at: offset, over: terms)
        continue
      }
      advance()
      let right = try binary(from: operation.precedence + 1)
      left = try tree(.binary(named, left, right), at: offset, over: left, right)
    }
    return left
  }

  private mutating func unary() throws(Stop) -> Syntax {
    let offset = token.offset
    var count = 0
    if peeks(.not) {
      while takes(.not) { count += 1 }
      var operand = try member()
      for _ in 0..<count { operand = try tree(.not(operand), at: offset, over: operand) }
      return operand
    }
    while peeks(.subtract), !isNegativeNumber {
      advance()
      count += 1
    }
    var operand = try member()
    for _ in 0..<count { operand = try tree(.negate(operand), at: offset, over: operand) }
    return operand
  }

  /// A minus before a number belongs to the literal, so that the smallest int can be written.
  var isNegativeNumber: Bool {
    guard peeks(.subtract), at + 1 < tokens.count else { return false }
    switch tokens[at + 1].kind {
    case .int, .double: return true
    default: return false
    }
  }
}
