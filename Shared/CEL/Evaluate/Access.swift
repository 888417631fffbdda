/// A variable of the bindings.
final class Variable: Node {
  let name: String
  let shape: Shape
  let offset: Int

  init(_ name: String, _ shape: Shape, at offset: Int) {
    self.name = name
    self.shape = shape
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    guard let value = frame.bindings.value(of: name) else { throw Fault(.missingField(path: name), at: offset) }
    return try conform(value, to: shape, path: name, at: offset)
  }
}

/// The variable of a comprehension.
final class Local: Node {
  private let name: String
  private let slot: Int
  private let shape: Shape
  let offset: Int

  init(_ name: String, slot: Int, _ shape: Shape, at offset: Int) {
    self.name = name
    self.slot = slot
    self.shape = shape
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    return try conform(frame.locals[slot], to: shape, path: name, at: offset)
  }
}

/// `variable.field.field…`: one walk down, as most conditions read what they judge.
final class Path: Node {
  private struct Step {
    let field: String
    let path: String
    let shape: Shape
    let offset: Int
  }

  private let name: String
  private let shape: Shape
  private let start: Int
  private let steps: [Step]

  var offset: Int { steps[steps.count - 1].offset }

  init(_ variable: Variable, _ field: String, path: String, _ shape: Shape, at offset: Int) {
    (name, self.shape, start) = (variable.name, variable.shape, variable.offset)
    steps = [Step(field: field, path: path, shape: shape, offset: offset)]
  }

  init(_ path: Path, _ field: String, path text: String, _ shape: Shape, at offset: Int) {
    (name, self.shape, start) = (path.name, path.shape, path.start)
    steps = path.steps + [Step(field: field, path: text, shape: shape, offset: offset)]
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1 + steps.count)
    guard let variable = frame.bindings.value(of: name) else { throw Fault(.missingField(path: name), at: start) }
    var value = try conform(variable, to: shape, path: name, at: start)
    for at in steps.indices {
      guard case .map(let map) = value, let found = map[steps[at].field] else { throw nothing(in: value, steps[at]) }
      guard let sound = steps[at].shape.conforming(found) else { throw unfit(found, steps[at]) }
      value = sound
    }
    return value
  }

  private func nothing(in value: CELValue, _ step: Step) -> Fault {
    switch value {
    case .map, .null: Fault(.missingField(path: step.path), at: step.offset)
    default: Fault(.type("\(value.type.name) has no field '\(step.field)'"), at: step.offset)
    }
  }

  private func unfit(_ value: CELValue, _ step: Step) -> Fault {
    Fault(.type("\(step.path) is \(value.type.name), declared \(step.shape.name)"), at: step.offset)
  }
}

/// `operand.field` of what is no path from a variable.
final class Select: Node {
  private let operand: any Node
  private let field: String
  private let path: String
  private let shape: Shape
  let offset: Int

  init(_ operand: any Node, _ field: String, path: String, _ shape: Shape, at offset: Int) {
    self.operand = operand
    self.field = field
    self.path = path
    self.shape = shape
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    switch try operand.value(&frame) {
    case .map(let map):
      guard let value = map[field] else { throw Fault(.missingField(path: path), at: offset) }
      return try conform(value, to: shape, path: path, at: offset)
    case .null: throw Fault(.missingField(path: path), at: offset)
    case let other: throw Fault(.type("\(other.type.name) has no field '\(field)'"), at: offset)
    }
  }
}

/// `has(operand.field)`
final class Has: Condition {
  private let operand: any Node
  private let field: String
  let offset: Int

  init(_ operand: any Node, _ field: String, at offset: Int) {
    self.operand = operand
    self.field = field
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    switch try operand.value(&frame) {
    case .map(let map): return map[field] != nil
    case let other: throw Fault(.type("\(other.type.name) has no field '\(field)'"), at: offset)
    }
  }
}

/// `operand[key]`
final class Index: Node {
  private let operand: any Node
  private let key: any Node
  private let path: String
  private let shape: Shape
  let offset: Int

  init(_ operand: any Node, _ key: any Node, path: String, _ shape: Shape, at offset: Int) {
    self.operand = operand
    self.key = key
    self.path = path
    self.shape = shape
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    let value = try operand.value(&frame)
    let key = try key.value(&frame)
    return try conform(element(of: value, key), to: shape, path: "\(path)[]", at: offset)
  }

  private func element(of value: CELValue, _ key: CELValue) throws(Fault) -> CELValue {
    switch value {
    case .list(let elements):
      guard case .int(let place)? = CELMap.Key(key)?.asInt else {
        throw Fault(.invalidArgument("a list index must be an int, not \(key.type.name)"), at: offset)
      }
      guard let index = Int(exactly: place), elements.indices.contains(index) else {
        throw Fault(
          .invalidArgument("index \(place) out of range: the list has \(elements.count) elements"), at: offset)
      }
      return elements[index]
    case .map(let map):
      guard let found = CELMap.Key(key), let value = map[found] else {
        throw Fault(.missingField(path: "\(path)[\(shown(key))]"), at: offset)
      }
      return value
    case let other:
      throw Fault.noOverload("_[_]", other, key, at: offset)
    }
  }
}

private func shown(_ key: CELValue) -> String {
  switch key {
  case .string(let text): excerpt(text)
  case .bool, .int, .uint, .double: key.description
  default: key.type.name
  }
}

extension CELMap.Key {
  /// The key as an int key, nil for a bool, a string or a uint beyond an int.
  fileprivate var asInt: CELMap.Key? {
    switch self {
    case .int: self
    case .uint(let value): Int64(exactly: value).map { .int($0) }
    default: nil
    }
  }
}
