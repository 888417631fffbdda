import CEL
import Testing

/// The value of an unchecked expression.
func celValue(_ source: String, _ data: [String: CELValue] = [:]) throws -> CELValue {
  try CELProgram.parse(source, names: data.keys).evaluate(data).get()
}

/// Why an unchecked expression has no value; nil if it has one.
func celFailure(
  _ source: String, _ data: [String: CELValue] = [:], limits: CELLimits = .default
) throws -> CELEvaluationError? {
  switch try CELProgram.parse(source, names: data.keys, limits: limits).evaluate(data) {
  case .success: nil
  case .failure(let error): error
  }
}

/// What compiling complains about; empty if nothing.
func celComplaints(
  _ source: String, _ variables: [String: CELType] = [:], expecting: CELType? = nil, limits: CELLimits = .default
) -> [CELError] {
  do throws(CELErrors) {
    _ = try CELProgram.compile(source, variables: variables, expecting: expecting, limits: limits)
    return []
  } catch {
    return error.errors
  }
}

/// The kinds of `CELEvaluationError` without what they carry.
enum CELFailureKind { case missingField, type, overflow, divideByZero, invalidArgument, costExceeded, depthExceeded }

extension CELEvaluationError {
  var shortKind: CELFailureKind {
    switch kind {
    case .missingField: .missingField
    case .type: .type
    case .overflow: .overflow
    case .divideByZero: .divideByZero
    case .invalidArgument: .invalidArgument
    case .costExceeded: .costExceeded
    case .depthExceeded: .depthExceeded
    }
  }
}

/// A row of a table: what an expression gives.
struct CELRow: Sendable, CustomTestStringConvertible {
  let source: String
  let expected: CELValue

  init(_ source: String, _ expected: CELValue) {
    self.source = source
    self.expected = expected
  }

  var testDescription: String { source }

  /// The same value of the same type: `==` alone takes 1 for 1.0.
  func check() throws {
    let found = try celValue(source)
    #expect(found == expected && found.type == expected.type, "\(source) gave \(found)")
  }
}

/// A row of a table: why an expression has no value.
struct CELFails: Sendable, CustomTestStringConvertible {
  let source: String
  let kind: CELFailureKind

  init(_ source: String, _ kind: CELFailureKind) {
    self.source = source
    self.kind = kind
  }

  var testDescription: String { source }

  func check() throws {
    let error = try celFailure(source)
    #expect(error?.shortKind == kind, "\(source) gave \(String(describing: error))")
  }
}
