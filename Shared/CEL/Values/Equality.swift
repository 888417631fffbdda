/// Equality of CEL ("Equality"): numbers on one line, values of other different types unequal.
func equal(_ a: CELValue, _ b: CELValue, _ budget: inout Budget) throws(Fault) -> Bool {
  switch (a, b) {
  case (.string(let x), .string(let y)):
    guard x.utf8.count == y.utf8.count else { return false }
    try budget.charge(bytes: x.utf8.count)
    return x.order(y) == 0
  case (.null, .null): return true
  case (.bool(let x), .bool(let y)): return x == y
  case (.bytes(let x), .bytes(let y)):
    try budget.charge(bytes: min(x.count, y.count))
    return x == y
  case (.timestamp(let x), .timestamp(let y)): return x == y
  case (.duration(let x), .duration(let y)): return x == y
  case (.type(let x), .type(let y)): return x.name == y.name
  case (.list(let x), .list(let y)):
    guard x.count == y.count else { return false }
    return try equal(x, y, &budget)
  case (.map(let x), .map(let y)):
    guard x.count == y.count, zip(x.entries, y.entries).allSatisfy({ $0.key.order($1.key) == 0 }) else { return false }
    return try equal(x.entries.map(\.value), y.entries.map(\.value), &budget)
  default:
    return numericOrder(a, b) == .same
  }
}

/// Of as many elements each.
private func equal(_ a: [CELValue], _ b: [CELValue], _ budget: inout Budget) throws(Fault) -> Bool {
  try budget.charge(a.count)
  try budget.enter()
  var isEqual = true
  for (x, y) in zip(a, b) where isEqual { isEqual = try equal(x, y, &budget) }
  budget.leave()
  return isEqual
}

enum Order { case before, same, after, unordered }

private func order<Value: Comparable>(_ a: Value, _ b: Value) -> Order {
  a < b ? .before : a == b ? .same : a > b ? .after : .unordered
}

/// The order of two numbers, nil if one of them is none. An integer beside a double is compared as a double, as the
/// conformance tests want it (9223372036854775807 is not less than 9223372036854775808.0).
func numericOrder(_ a: CELValue, _ b: CELValue) -> Order? {
  switch (a, b) {
  case (.double(let x), .double(let y)): order(x, y)
  case (.int(let x), .int(let y)): order(x, y)
  case (.uint(let x), .uint(let y)): order(x, y)
  case (.int(let x), .double(let y)): order(Double(x), y)
  case (.double(let x), .int(let y)): order(x, Double(y))
  case (.uint(let x), .double(let y)): order(Double(x), y)
  case (.double(let x), .uint(let y)): order(x, Double(y))
  case (.int(let x), .uint(let y)): x < 0 ? .before : order(UInt64(x), y)
  case (.uint(let x), .int(let y)): y < 0 ? .after : order(x, UInt64(y))
  default: nil
  }
}

/// The order of two values ("Ordering"), nil where there is no such overload.
func order(_ a: CELValue, _ b: CELValue, _ budget: inout Budget) throws(Fault) -> Order? {
  switch (a, b) {
  case (.string(let x), .string(let y)):
    try budget.charge(bytes: min(x.utf8.count, y.utf8.count))
    return order(x.order(y), 0)
  case (.bytes(let x), .bytes(let y)):
    try budget.charge(bytes: min(x.count, y.count))
    return order(byteOrder(x, y), 0)
  case (.bool(let x), .bool(let y)): return order(x ? 1 : 0, y ? 1 : 0)
  case (.timestamp(let x), .timestamp(let y)): return order(x, y)
  case (.duration(let x), .duration(let y)): return order(x.nanoseconds, y.nanoseconds)
  default: return numericOrder(a, b)
  }
}
