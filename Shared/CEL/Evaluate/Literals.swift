/// `[a, b, …]`
final class ListLiteral: Node {
  private let elements: [any Node]
  let offset: Int

  init(_ elements: [any Node], at offset: Int) {
    self.elements = elements
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1 + elements.count)
    var values: [CELValue] = []
    values.reserveCapacity(elements.count)
    for element in elements { values.append(try element.value(&frame)) }
    return .list(values)
  }
}

/// `{key: value, …}`
final class MapLiteral: Node {
  typealias Entry = (key: any Node, value: any Node)
  private let entries: [Entry]
  let offset: Int

  init(_ entries: [Entry], at offset: Int) {
    self.entries = entries
    self.offset = offset
  }

  func value(_ frame: inout Frame) throws(Fault) -> CELValue {
    try frame.budget.charge(1 + entries.count)
    var values: [CELMap.Entry] = []
    values.reserveCapacity(entries.count)
    for entry in entries { values.append((try key(entry.key, &frame), try entry.value.value(&frame))) }
    let map = CELMap(values)
    guard map.count == values.count else { throw Fault(.invalidArgument("the map has a key twice"), at: offset) }
    return .map(map)
  }

  /// A key as written: a double is none, although it finds one.
  private func key(_ node: any Node, _ frame: inout Frame) throws(Fault) -> CELMap.Key {
    let value = try node.value(&frame)
    switch value {
    case .bool, .int, .uint, .string: if let key = CELMap.Key(value) { return key }
    default: break
    }
    throw Fault(.type("a map key must be bool, int, uint or string, not \(value.type.name)"), at: node.offset)
  }
}
