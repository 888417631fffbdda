let textFunctions: [Function] = [
  .receiver("contains", [([.string, .string], .bool)], .binary(contains)),
  .receiver("startsWith", [([.string, .string], .bool)], .binary(startsWith)),
  .receiver("endsWith", [([.string, .string], .bool)], .binary(endsWith)),
  .receiver("matches", [([.string, .string], .bool)], .binary(matches)),
  .global("matches", [([.string, .string], .bool)], .binary(matches)),
]

private func contains(_ text: CELValue, _ part: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = text, case .string(let part) = part else { throw .noOverload("contains", text, part) }
  try budget.charge(bytes: text.utf8.count, times: part.utf8.count)
  return .bool(text.holds(part))
}

private func startsWith(_ text: CELValue, _ part: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = text, case .string(let part) = part else {
    throw .noOverload("startsWith", text, part)
  }
  try budget.charge(bytes: part.utf8.count)
  return .bool(text.utf8.starts(with: part.utf8))
}

private func endsWith(_ text: CELValue, _ part: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = text, case .string(let part) = part else { throw .noOverload("endsWith", text, part) }
  try budget.charge(bytes: part.utf8.count)
  return .bool(text.utf8.count >= part.utf8.count && text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8))
}

/// A pattern that is only known when it is evaluated is compiled each time, at a price.
private func matches(_ text: CELValue, _ pattern: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = text, case .string(let pattern) = pattern else {
    throw .noOverload("matches", text, pattern)
  }
  try budget.charge(Pattern.compilationCost + pattern.utf8.count)
  return .bool(try Pattern(pattern).matches(text, &budget))
}

/// `text.matches('constant')`
final class Match: Condition {
  private let text: any Node
  private let pattern: Pattern
  let offset: Int

  init(_ text: any Node, _ pattern: Pattern, at offset: Int) {
    self.text = text
    self.pattern = pattern
    self.offset = offset
  }

  func test(_ frame: inout Frame) throws(Fault) -> Bool {
    try frame.budget.charge(1)
    switch try text.value(&frame) {
    case .string(let text): return try pattern.matches(text, &frame.budget)
    case let other: throw Fault.noOverload("matches", other, "", at: offset)
    }
  }
}
