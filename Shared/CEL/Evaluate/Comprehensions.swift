/// The elements that a comprehension goes over: those of a list or the keys of a map.
private func elements(of value: CELValue, at offset: Int) throws(Fault) -> [CELValue] {
  switch value {
  case .list(let elements): return elements
  case .map(let map): return map.entries.map(\.key.value)
  default: throw Fault(.type("only lists and maps have elements, not \(value.type.name)"), at: offset)
  }
}

/// `range.all(x, predicate)` and `range.exists(x, predicate)`: the predicates joined by `&&` or `||`, and
/// faults absorbed as these do.
final class Quantifier: Condition {
  private let range: any Node
  private let slot: Int
  private let predicate: any Node
  /// The result of a predicate that decides: true for `exists`, false for `all`.
  private let deciding: Bool
  let offset: Int

  init(_ range: any Node, slot: Int, _ predicate: any Node, deciding: Bool, at offset: Int) {
    self.range = range
    self.slot = slot
    self.predicate = predicate
    self.deciding = deciding
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    var fault: Fault?
    for element in try elements(of: range.value(&frame), at: offset) {
      try frame.budget.charge(1)
      frame.locals[slot] = element
      do throws(Fault) {
        if try predicate.test(&frame) == deciding { return deciding }
      } catch {
        if error.isLimit { throw error }
        if fault == nil { fault = error }
      }
    }
    if let fault { throw fault }
    return !deciding
  }
}

/// `range.exists_one(x, predicate)`: looks at every element and absorbs no fault.
final class ExistsOne: Condition {
  private let range: any Node
  private let slot: Int
  private let predicate: any Node
  let offset: Int

  init(_ range: any Node, slot: Int, _ predicate: any Node, at offset: Int) {
    self.range = range
    self.slot = slot
    self.predicate = predicate
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    var count = 0
    for element in try elements(of: range.value(&frame), at: offset) {
      try frame.budget.charge(1)
      frame.locals[slot] = element
      if try predicate.test(&frame) { count += 1 }
    }
    return count == 1
  }
}

/// `range.filter(x, predicate)`, `range.map(x, transform)` and `range.map(x, predicate, transform)`.
final class Collect: Node {
  private let range: any Node
  private let slot: Int
  private let predicate: (any Node)?
  /// Nil keeps the elements as they are.
  private let transform: (any Node)?
  let offset: Int

  init(_ range: any Node, slot: Int, _ predicate: (any Node)?, _ transform: (any Node)?, at offset: Int) {
    self.range = range
    self.slot = slot
    self.predicate = predicate
    self.transform = transform
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1)
    var collected: [CELValue] = []
    for element in try elements(of: range.value(&frame), at: offset) {
      try frame.budget.charge(1)
      frame.locals[slot] = element
      if let predicate, try !predicate.test(&frame) { continue }
      collected.append(try transform?.value(&frame) ?? element)
    }
    return .list(collected)
  }
}
