/// `left == right`, or its negation.
final class Equal: Condition {
  private let left: any Node
  private let right: any Node
  private let isNegated: Bool
  let offset: Int

  init(_ left: any Node, _ right: any Node, isNegated: Bool, at offset: Int) {
    self.left = left
    self.right = right
    self.isNegated = isNegated
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    let a = try left.value(&frame)
    let b = try right.value(&frame)
    return try equal(a, b, &frame.budget) != isNegated
  }
}

/// `left < right` and its like. All are false beside NaN.
final class Comparison: Condition {
  private let relation: Operator
  private let left: any Node
  private let right: any Node
  let offset: Int

  init(_ relation: Operator, _ left: any Node, _ right: any Node, at offset: Int) {
    self.relation = relation
    self.left = left
    self.right = right
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    let a = try left.value(&frame)
    let b = try right.value(&frame)
    guard let order = try order(a, b, &frame.budget) else {
      throw Fault.noOverload(relation.rawValue, a, b, at: offset)
    }
    switch relation {
    case .less: return order == .before
    case .lessOrEqual: return order == .before || order == .same
    case .greater: return order == .after
    default: return order == .after || order == .same
    }
  }
}

/// `needle in haystack`
final class Membership: Condition {
  private let needle: any Node
  private let haystack: any Node
  let offset: Int

  init(_ needle: any Node, _ haystack: any Node, at offset: Int) {
    self.needle = needle
    self.haystack = haystack
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    let wanted = try needle.value(&frame)
    switch try haystack.value(&frame) {
    case .list(let elements):
      for element in elements {
        try frame.budget.charge(1)
        if try equal(wanted, element, &frame.budget) { return true }
      }
      return false
    case .map(let map):
      return CELMap.Key(wanted).flatMap { map[$0] } != nil
    case let other:
      throw Fault.noOverload("in", wanted, other, at: offset)
    }
  }
}
