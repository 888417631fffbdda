/// `a && b && …`: false if any term is false; a fault only if none is ("Logical Operators").
final class And: Condition {
  private let terms: [any Node]
  let offset: Int

  init(_ terms: [any Node], at offset: Int) {
    self.terms = terms
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    var fault: Fault?
    for term in terms {
      do throws(Fault) {
        if try !term.test(&frame) { return false }
      } catch {
        if error.isLimit { throw error }
        if fault == nil { fault = error }
      }
    }
    if let fault { throw fault }
    return true
  }
}

/// `a || b || …`: true if any term is true; a fault only if none is.
final class Or: Condition {
  private let terms: [any Node]
  let offset: Int

  init(_ terms: [any Node], at offset: Int) {
    self.terms = terms
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    var fault: Fault?
    for term in terms {
      do throws(Fault) {
        if try term.test(&frame) { return true }
      } catch {
        if error.isLimit { throw error }
        if fault == nil { fault = error }
      }
    }
    if let fault { throw fault }
    return false
  }
}

final class Not: Condition {
  private let operand: any Node
  let offset: Int

  init(_ operand: any Node, at offset: Int) {
    self.operand = operand
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    return try !operand.test(&frame)
  }
}

/// `condition ? then : otherwise`
final class Conditional: Node {
  private let condition: any Node
  private let then: any Node
  private let otherwise: any Node
  let offset: Int

  init(_ condition: any Node, _ then: any Node, _ otherwise: any Node, at offset: Int) {
    self.condition = condition
    self.then = then
    self.otherwise = otherwise
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    return try condition.test(&frame) ? then.value(&frame) : otherwise.value(&frame)
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    return try condition.test(&frame) ? then.test(&frame) : otherwise.test(&frame)
  }
}
