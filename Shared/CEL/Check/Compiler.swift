/// Resolves names, checks types and builds the nodes, in one walk over the tree.
///
/// Without `isChecking` no type is complained about, as the specification's optional checking phase allows: unknown
/// names and functions then fail when they are evaluated.
struct Compiler {
  struct Scope {
    let name: String
    let type: CELType
    let path: String?
  }

  let variables: [String: CELType]
  /// The most parts that a dotted name of a variable has.
  let longestName: Int
  let isChecking: Bool
  let limits: CELLimits
  var complaints = Complaints()
  /// The variables of the comprehensions around the place, whose index is their slot.
  var scopes: [Scope] = []
  private(set) var slots = 0
  private(set) var reads: [String] = []
  private var noted: Set<String> = []
  /// What constant folding may still cost in this compilation.
  private var foldingCost = 100_000

  init(variables: [String: CELType], isChecking: Bool, limits: CELLimits) {
    self.variables = variables
    longestName = variables.keys.map { $0.utf8.count(where: { $0 == UInt8(ascii: ".") }) + 1 }.max() ?? 0
    self.isChecking = isChecking
    self.limits = limits
  }

  /// Compiles a part that nothing selects from: what it reads is noted whole.
  mutating func compile(_ syntax: Syntax) -> Term {
    let term = compilePart(syntax)
    if let path = term.path { note(path) }
    return term
  }

  mutating func compilePart(_ syntax: Syntax) -> Term {
    switch syntax.form {
    case .literal(let value): constant(value, at: syntax.offset)
    case .name, .select(_, _, isTest: false): access(syntax)
    case .select(let operand, let field, isTest: true): presence(operand, field, at: syntax.offset)
    case .index(let operand, let key): index(operand, key, at: syntax.offset)
    case .call(let name, let target, let arguments): call(name, target, arguments, at: syntax.offset)
    case .negate(let operand): negate(operand, at: syntax.offset)
    case .not(let operand): not(operand, at: syntax.offset)
    case .binary(let operation, let left, let right): binary(operation, left, right, at: syntax.offset)
    case .conditional(let condition, let then, let otherwise):
      conditional(condition, then, otherwise, at: syntax.offset)
    case .and(let terms): logic(terms, isAnd: true, at: syntax.offset)
    case .or(let terms): logic(terms, isAnd: false, at: syntax.offset)
    case .list(let elements): list(elements, at: syntax.offset)
    case .map(let entries): map(entries, at: syntax.offset)
    case .message(let type, let fields): message(type, fields, at: syntax.offset)
    case .comprehension(let comprehension): self.comprehension(comprehension, at: syntax.offset)
    }
  }

  // MARK: Help for all parts

  func constant(_ value: CELValue, at offset: Int) -> Term {
    Term(node: Constant(value, at: offset), type: value.type, constant: value)
  }

  /// A part made of other parts; evaluated at once if these are constant and it does not fail.
  mutating func made(_ node: any Node, _ type: CELType, of parts: [Term]) -> Term {
    let reach = Reach(parts)
    let term = Term(node: node, type: type, reach: reach)
    guard !reach.usesVariables, reach.lowestSlot >= scopes.count, foldingCost > 0 else { return term }
    let budget = Budget(min(foldingCost, limits.cost), depth: limits.depth)
    var frame = Frame(bindings: CELMap(), budget: budget, locals: Array(repeating: .null, count: slots))
    let before = frame.budget.remaining
    let value = try? node.value(&frame)
    foldingCost -= max(1, before - frame.budget.remaining)
    guard let value else { return term }
    return Term(node: Constant(value, at: node.offset), type: type, constant: value)
  }

  mutating func complain(_ offset: Int, _ message: String, hint: String? = nil) {
    if isChecking { complaints.add(offset, message, hint: hint) }
  }

  /// Complains about a name that is none of the known ones, and says which was meant.
  ///
  /// - Parameter otherwise: What to say if none is near.
  mutating func complain(
    _ offset: Int, _ message: String, name: String, known: some Sequence<String>, otherwise: String? = nil
  ) {
    if isChecking, !complaints.isFull {
      complaints.add(offset, message, hint: suggestion(for: name, among: known) ?? otherwise)
    }
  }

  /// Notes a path that is read. A field that is selected from is not noted by itself.
  mutating func note(_ path: String) {
    if noted.insert(path).inserted { reads.append(path) }
  }

  mutating func push(_ scope: Scope) {
    scopes.append(scope)
    slots = max(slots, scopes.count)
  }

  /// What is held against data of a declared type.
  func shape(_ type: CELType) -> Shape { isChecking ? Shape(type) : .any }

  /// Complains unless a part can be a condition.
  mutating func requireBool(_ term: Term, _ what: String) {
    if !term.type.fits(.bool) {
      complain(term.node.offset, "\(what) must be bool, not \(term.type)", hint: conditionHint(term.type))
    }
  }

  func conditionHint(_ type: CELType) -> String? {
    switch type.present {
    case .string: "compare it, as in … == 'text'"
    case .int, .uint, .double: "compare it, as in … > 0"
    case .list, .map: "write size(…) > 0"
    default: nil
    }
  }
}
