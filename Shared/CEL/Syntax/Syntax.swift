/// A parsed expression, macros expanded, names not yet resolved.
struct Syntax: Sendable {
  indirect enum Form: Sendable {
    case literal(CELValue)
    /// `rooted` names, written with a leading dot, skip the variables of comprehensions.
    case name(String, rooted: Bool)
    /// `operand.field`, or `has(operand.field)` if `isTest`.
    case select(Syntax, field: String, isTest: Bool)
    case index(Syntax, Syntax)
    /// `name(arguments)` or `target.name(arguments)`.
    case call(String, target: Syntax?, [Syntax])
    case negate(Syntax)
    case not(Syntax)
    case binary(Operator, Syntax, Syntax)
    case conditional(Syntax, then: Syntax, else: Syntax)
    /// Two or more terms.
    case and([Syntax])
    case or([Syntax])
    case list([Syntax])
    case map([(key: Syntax, value: Syntax)])
    case message(Syntax, [(field: String, value: Syntax)])
    case comprehension(Comprehension)
  }

  struct Comprehension: Sendable {
    enum Kind: String, Sendable { case all, exists, existsOne = "exists_one", map, filter }
    let kind: Kind
    let range: Syntax
    let variable: String
    /// What `all`, `exists`, `exists_one` and `filter` test, and what a `map` of three arguments tests first.
    let predicate: Syntax?
    /// What `map` makes of each element.
    let transform: Syntax?
  }

  let form: Form
  /// Where errors about it point, in bytes.
  let offset: Int
  /// Levels of the tree below and including this one.
  let depth: Int
}

enum Operator: String, Sendable {
  case add = "+", subtract = "-", multiply = "*", divide = "/", modulo = "%"
  case equal = "==", notEqual = "!="
  case less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="
  case membership = "in"

  /// Higher binds tighter; `||` is 1, `&&` 2.
  var precedence: Int {
    switch self {
    case .multiply, .divide, .modulo: 5
    case .add, .subtract: 4
    default: 3
    }
  }
}
