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
  /// What is known of what conditions read; empty until the sections above them are read.
  var domains = Domains()
  private var declared: [(path: String, place: LocatedText)] = []
  /// Whether one did not compile: what it reads is not known then.
  private var failed = false
  private var lists: [String: [(condition: Condition, line: Int)]] = [:]

  init(_ mistakes: Mistakes) { self.mistakes = mistakes }

  func compile(_ text: LocatedText?, _ variables: [String: CELType], expecting type: CELType? = .bool) -> Expression? {
    guard let text else { return nil }
    do throws(CELErrors) {
      let expression = try Expression(text.text, variables: variables, expecting: type)
      note(expression)
      return expression
    } catch {
      failed = true
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

  /// Notes a name of the file that some expression should read.
  func declare(_ path: String, at place: LocatedText) { declared.append((path, place)) }

  /// Remarks the names that no expression reads; none where one may be meant by an expression that does not compile.
  func remarkUnread() {
    guard !failed else { return }
    for (path, place) in declared {
      let parts = path.split(separator: ".")
      let isRead = reads.contains { $0.first == parts.first && ($0.count == 1 || $0[1] == parts[1]) }
      if !isRead { mistakes.remark(place, "a setting that something reads expected, nothing reads \(path)", "remove it") }
    }
  }

  /// Remarks a condition that no case can meet. - Returns: the condition, for further proofs.
  @discardableResult
  func prove(_ when: Expression, at text: LocatedText) -> Condition? {
    guard when.constant == nil, let condition = Condition(when, domains) else { return nil }
    if let why = condition.impossible {
      mistakes.remark(text, "a condition that some case can meet expected: \(why)", "mend it, or remove the entry")
    }
    return condition
  }

  /// The same for an entry of a decision list, which also must not stand below one that takes all of its cases.
  func prove(_ when: Expression, at text: LocatedText, inList name: String) {
    guard let condition = prove(when, at: text) else { return }
    if let taken = lists[name]?.first(where: { condition.implies($0.condition) }) {
      mistakes.remark(
        text, "an entry that some case reaches expected: line \(taken.line) takes all of its cases",
        "move it up, or remove it")
    }
    lists[name, default: []].append((condition, text.line))
  }
}
