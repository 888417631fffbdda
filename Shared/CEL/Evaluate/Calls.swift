/// A call of a function of one argument (or a receiver alone).
final class UnaryCall: Node {
  private let body: Function.Unary
  private let argument: any Node
  let offset: Int

  init(_ body: @escaping Function.Unary, _ argument: any Node, at offset: Int) {
    self.body = body
    self.argument = argument
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    let value = try argument.value(&frame)
    do throws(Fault) {
      return try body(value, &frame.budget)
    } catch {
      throw error.located(at: offset)
    }
  }
}

final class BinaryCall: Node {
  private let body: Function.Binary
  private let first: any Node
  private let second: any Node
  let offset: Int

  init(_ body: @escaping Function.Binary, _ first: any Node, _ second: any Node, at offset: Int) {
    self.body = body
    self.first = first
    self.second = second
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    let a = try first.value(&frame)
    let b = try second.value(&frame)
    do throws(Fault) {
      return try body(a, b, &frame.budget)
    } catch {
      throw error.located(at: offset)
    }
  }
}

/// A call of a function of three or four arguments.
final class LongCall: Node {
  private let body: Function.Long
  private let arguments: [any Node]
  let offset: Int

  init(_ body: @escaping Function.Long, _ arguments: [any Node], at offset: Int) {
    self.body = body
    self.arguments = arguments
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    var values: [CELValue] = []
    values.reserveCapacity(arguments.count)
    for argument in arguments { values.append(try argument.value(&frame)) }
    do throws(Fault) {
      return try body(values, &frame.budget)
    } catch {
      throw error.located(at: offset)
    }
  }
}
