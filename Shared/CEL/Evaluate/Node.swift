/// What one evaluation carries through the nodes.
struct Frame {
  let bindings: any CELBindings
  var budget: Budget
  /// The variables of the comprehensions around a node, by slot.
  var locals: [CELValue]
}

/// A part of a compiled expression; immutable.
protocol Node: AnyObject, Sendable {
  /// Where its faults point, in bytes of the source.
  var offset: Int { get }
  /// The value, or the fault at its place.
  func value(_ frame: inout Frame) throws(Fault) -> CELValue
  /// The value as a condition, without boxing it; a fault if it is no bool.
  func test(_ frame: inout Frame) throws(Fault) -> Bool
}

extension Node {
  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    let value = try value(&frame)
    if case .bool(let result) = value { return result }
    throw Fault(.type("a condition must be bool, not \(value.type.name)"), at: offset)
  }
}

/// A node whose value is always a bool: it is written as a test.
protocol Condition: Node {}

extension Condition {
  func value(_ frame: inout Frame) throws(Fault) -> CELValue { .bool(try test(&frame)) }
}

final class Constant: Node {
  private let constant: CELValue
  let offset: Int

  init(_ constant: CELValue, at offset: Int) {
    self.constant = constant
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    return constant
  }
}

/// Fails each time: what an unchecked expression says of a function that does not exist.
final class Failure: Node {
  private let fault: Fault
  let offset: Int

  init(_ kind: CELEvaluationError.Kind, at offset: Int) {
    fault = Fault(kind, at: offset)
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue { throw fault }
}

/// The node, made sure to give the type that the caller of the program expects.
func expected(_ node: any Node, _ type: CELType, at offset: Int) -> any Node {
  if type == .bool, node is any Condition { return node }
  return Expected(node, Shape(type), at: offset)
}

private final class Expected: Node {
  private let node: any Node
  private let shape: Shape
  let offset: Int

  init(_ node: any Node, _ shape: Shape, at offset: Int) {
    self.node = node
    self.shape = shape
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    let value = try node.value(&frame)
    if let sound = shape.conforming(value) { return sound }
    throw Fault(.type("the result is \(value.type.name), expected \(shape.name)"), at: offset)
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool { try node.test(&frame) }
}
