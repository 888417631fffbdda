/// A lexical element (cel-spec, "Syntax").
struct Token: Sendable {
  enum Kind: Sendable {
    case int(UInt64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    /// A name, keyword or reserved word.
    case word(String)
    /// A field name in backticks.
    case quotedField(String)
    case symbol(Symbol)
    case end
  }

  enum Symbol: String, Sendable {
    case and = "&&", or = "||", not = "!", question = "?", colon = ":", comma = ",", dot = "."
    case leftParenthesis = "(", rightParenthesis = ")", leftBracket = "[", rightBracket = "]"
    case leftBrace = "{", rightBrace = "}"
    case add = "+", subtract = "-", multiply = "*", divide = "/", modulo = "%"
    case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
  }

  let kind: Kind
  /// Where it begins, in bytes.
  let offset: Int

  /// How a message names it.
  var shown: String {
    switch kind {
    case .int, .uint, .double: "a number"
    case .string, .bytes: "a text"
    case .word(let word): "'\(word)'"
    case .quotedField(let field): "'`\(field)`'"
    case .symbol(let symbol): "'\(symbol.rawValue)'"
    case .end: "the end"
    }
  }

  /// Words that are literals or operators.
  static let keywords: Set<String> = ["true", "false", "null", "in"]

  /// Words that no name may be.
  static let reserved: Set<String> = [
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace",
    "return", "var", "void", "while",
  ]
}
