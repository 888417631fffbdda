/// `left + right` and its like, and concatenation ("Arithmetic Operators").
final class Arithmetic: Node {
  private let operation: Operator
  private let left: any Node
  private let right: any Node
  let offset: Int

  init(_ operation: Operator, _ left: any Node, _ right: any Node, at offset: Int) {
    self.operation = operation
    self.left = left
    self.right = right
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    let a = try left.value(&frame)
    let b = try right.value(&frame)
    do throws(Fault) {
      switch (a, b) {
      case (.int(let x), .int(let y)): return .int(try integer(x, y))
      case (.uint(let x), .uint(let y)): return .uint(try integer(x, y))
      case (.double(let x), .double(let y)):
        if let result = double(x, y) { return .double(result) }
      default:
        if operation == .add, let result = try sum(a, b, &frame.budget) { return result }
        if let result = try timeSpan(a, b) { return result }
      }
    } catch {
      throw error.located(at: offset)
    }
    throw Fault.noOverload(operation.rawValue, a, b, at: offset)
  }

  private func integer<Integer: FixedWidthInteger>(_ a: Integer, _ b: Integer) throws(Fault) -> Integer {
    let result: (partialValue: Integer, overflow: Bool)
    switch operation {
    case .add: result = a.addingReportingOverflow(b)
    case .subtract: result = a.subtractingReportingOverflow(b)
    case .multiply: result = a.multipliedReportingOverflow(by: b)
    default:
      if b == 0 { throw Fault(.divideByZero) }
      result = operation == .divide ? a.dividedReportingOverflow(by: b) : a.remainderReportingOverflow(dividingBy: b)
    }
    if result.overflow { throw Fault(.overflow("integer overflow")) }
    return result.partialValue
  }

  private func double(_ a: Double, _ b: Double) -> Double? {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    default: nil
    }
  }

  private func sum(_ a: CELValue, _ b: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue? {
    switch (a, b) {
    case (.string(let x), .string(let y)):
      try budget.charge(bytes: x.utf8.count + y.utf8.count)
      return .string(x + y)
    case (.bytes(let x), .bytes(let y)):
      try budget.charge(bytes: x.count + y.count)
      return .bytes(x + y)
    case (.list(let x), .list(let y)):
      try budget.charge(x.count + y.count)
      return .list(x + y)
    default: return nil
    }
  }

  private func timeSpan(_ a: CELValue, _ b: CELValue) throws(Fault) -> CELValue? {
    switch (operation, a, b) {
    case (.add, .timestamp(let instant), .duration(let span)), (.add, .duration(let span), .timestamp(let instant)):
      return .timestamp(try inRange(instant.adding(span)))
    case (.subtract, .timestamp(let instant), .duration(let span)):
      return .timestamp(try inRange(span.negated.flatMap { instant.adding($0) }))
    case (.subtract, .timestamp(let x), .timestamp(let y)): return .duration(try inRange(x.since(y)))
    case (.add, .duration(let x), .duration(let y)):
      return .duration(CELDuration(nanoseconds: try integer(x.nanoseconds, y.nanoseconds)))
    case (.subtract, .duration(let x), .duration(let y)):
      return .duration(CELDuration(nanoseconds: try integer(x.nanoseconds, y.nanoseconds)))
    default: return nil
    }
  }

  private func inRange<Value>(_ value: Value?) throws(Fault) -> Value {
    guard let value else { throw Fault(.overflow("timestamp or duration out of range")) }
    return value
  }
}

extension CELDuration {
  /// Nil for the smallest duration, which has no counterpart.
  fileprivate var negated: CELDuration? {
    nanoseconds == .min ? nil : CELDuration(nanoseconds: -nanoseconds)
  }
}

/// `-operand`
final class Negate: Node {
  private let operand: any Node
  let offset: Int

  init(_ operand: any Node, at offset: Int) {
    self.operand = operand
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    switch try operand.value(&frame) {
    case .int(let number):
      if number == .min { throw Fault(.overflow("integer overflow"), at: offset) }
      return .int(-number)
    case .double(let number): return .double(-number)
    case let other: throw Fault.noOverload("-", other, at: offset)
    }
  }
}
