/// A compiled expression of the Common Expression Language (cel-spec). Immutable; may be used by many threads at once.
public struct CELProgram: Sendable {
  private let root: any Node
  private let slots: Int
  private let limits: CELLimits
  public let source: String
  /// The type of the result, `dyn` where it is known only when evaluated.
  public let type: CELType
  /// Paths in the data that the expression reads, in the order of their appearance, each once: "item.amount",
  /// "item.lines[].price" for what it reads of each element.
  public let reads: [String]

  /// Parses and checks.
  ///
  /// - Parameters:
  ///   - variables: Declared names, which may be dotted, and their types.
  ///   - expecting: The type that the result must have.
  /// - Throws: All that is wrong.
  public static func compile(
    _ source: String, variables: [String: CELType], expecting: CELType? = nil, limits: CELLimits = .default
  ) throws(CELErrors) -> CELProgram {
    try CELProgram(source, variables: variables, isChecking: true, expecting: expecting, limits: limits)
  }

  /// Parses without checking types: unknown names and functions and types that do not fit fail when they are evaluated.
  ///
  /// - Parameter names: Names that are variables as a whole although they contain dots.
  public static func parse(
    _ source: String, names: some Sequence<String> = [], limits: CELLimits = .default
  ) throws(CELErrors) -> CELProgram {
    let variables = Dictionary(names.map { ($0, CELType.dyn) }, uniquingKeysWith: { first, _ in first })
    return try CELProgram(source, variables: variables, isChecking: false, expecting: nil, limits: limits)
  }

  private init(
    _ source: String, variables: [String: CELType], isChecking: Bool, expecting: CELType?, limits: CELLimits
  ) throws(CELErrors) {
    let syntax = try Parser.parse(source, limits: limits)
    var compiler = Compiler(variables: variables, isChecking: isChecking, limits: limits)
    let term = compiler.compile(syntax)
    if let expecting, !term.type.fits(expecting) {
      compiler.complain(syntax.offset, "the expression gives \(term.type), expected \(expecting)",
        hint: expecting == .bool ? compiler.conditionHint(term.type) : nil)
    }
    if let errors = compiler.complaints.errors(in: source) { throw errors }
    root = expecting.map { expected(term.node, $0, at: syntax.offset) } ?? term.node
    slots = compiler.slots
    self.limits = limits
    self.source = source
    type = term.type
    reads = compiler.reads
  }

  /// The value for these variables, or why there is none. Never traps, never exceeds the limits.
  public func evaluate(_ bindings: some CELBindings) -> Result<CELValue, CELEvaluationError> {
    var frame = frame(bindings)
    do throws(Fault) {
      return .success(try root.value(&frame))
    } catch {
      return .failure(located(error))
    }
  }

  /// `evaluate` for conditions: a result that is no bool is an error.
  public func test(_ bindings: some CELBindings) -> Result<Bool, CELEvaluationError> {
    var frame = frame(bindings)
    do throws(Fault) {
      return .success(try root.test(&frame))
    } catch {
      return .failure(located(error))
    }
  }

  private func frame(_ bindings: some CELBindings) -> Frame {
    let locals = slots == 0 ? [] : [CELValue](repeating: .null, count: slots)
    return Frame(bindings: bindings, budget: Budget(limits.cost, depth: limits.depth), locals: locals)
  }

  private func located(_ fault: Fault) -> CELEvaluationError {
    CELEvaluationError(kind: fault.kind, offset: max(0, fault.offset), source: source)
  }
}
