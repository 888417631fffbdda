import CEL

/// A checked CEL expression of the file.
final class Expression: Sendable {
  let source: String
  private let program: CELProgram
  /// The value of an expression that reads nothing.
  let constant: CELValue?

  /// Work for one expression at most: about a millisecond.
  private static let limits = CELLimits(cost: 50_000, depth: 64, sourceSize: 2_000, patternSize: 500)

  init(_ source: String, variables: [String: CELType], expecting type: CELType?) throws(CELErrors) {
    self.source = source
    program = try CELProgram.compile(source, variables: variables, expecting: type, limits: Self.limits)
    constant = program.reads.isEmpty ? try? program.evaluate([String: CELValue]()).get() : nil
  }

  /// The dotted paths that it reads; "item.lines[].price" for what it reads of each element.
  var reads: [String] { program.reads }
  var type: CELType { program.type }

  func value(in scope: Scope) -> Result<CELValue, CELEvaluationError> {
    if let constant { return .success(constant) }
    return program.evaluate(scope)
  }

  /// What a condition says.
  enum Answer {
    case yes
    case no
    /// It could not be judged; why, in words.
    case fault(String)
  }

  func answer(in scope: Scope) -> Answer {
    if case .bool(let answer) = constant { return answer ? .yes : .no }
    switch program.test(scope) {
    case .success(true): return .yes
    case .success(false): return .no
    case .failure(let error): return .fault(error.message)
    }
  }

  /// The value as a finite number.
  func number(in scope: Scope) -> Double? {
    switch value(in: scope) {
    case .success(.double(let value)) where value.isFinite: value
    case .success(.int(let value)): Double(value)
    default: nil
    }
  }
}

/// Compiles the expressions of one file and notes what they read.
final class ExpressionReader {
  let mistakes: Mistakes
  private(set) var reads: [[Substring]] = []

  init(_ mistakes: Mistakes) { self.mistakes = mistakes }

  func compile(_ text: LocatedText?, _ variables: [String: CELType], expecting type: CELType? = .bool) -> Expression? {
    guard let text else { return nil }
    do throws(CELErrors) {
      let expression = try Expression(text.text, variables: variables, expecting: type)
      note(expression)
      return expression
    } catch {
      for problem in error.errors {
        let place = problem.position
        mistakes.add(
          text.line + place.line - 1, text.key, "column \(place.column) of the expression: \(problem.message)",
          problem.hint ?? "names here: \(variables.keys.sorted().joined(separator: ", "))",
          excerpt: place.pointed(in: text.text))
      }
      return nil
    }
  }

  /// What is read of the elements of a list stands for the list.
  private func note(_ expression: Expression) {
    for path in expression.reads {
      reads.append((path.split(separator: "[", maxSplits: 1).first ?? "").split(separator: "."))
    }
  }

  /// What is read below a variable; an empty path stands for all of it.
  func paths(below variable: String) -> [[Substring]] {
    reads.filter { $0.first.map(String.init) == variable }.map { Array($0.dropFirst()) }
  }
}
