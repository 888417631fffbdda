/// A value as `%s` shows it (cel-spec, extensions, "string.format").
func displayText(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> String {
  try budget.charge(1)
  switch value {
  case .null: return "null"
  case .bool(let value): return value ? "true" : "false"
  case .int(let value): return String(value)
  case .uint(let value): return String(value)
  case .double(let value): return doubleText(value)
  case .string(let value):
    try budget.charge(bytes: value.utf8.count)
    return value
  case .bytes(let value):
    try budget.charge(bytes: value.count)
    return decoded(value)
  case .timestamp(let value): return value.text()
  case .duration(let value): return value.text()
  case .type(let value): return value.name
  case .list(let elements):
    try budget.enter()
    var parts: [String] = []
    for element in elements { parts.append(try displayText(element, &budget)) }
    budget.leave()
    return "[" + parts.joined(separator: ", ") + "]"
  case .map(let map):
    try budget.enter()
    var parts: [(key: String, value: String)] = []
    for entry in map.entries {
      parts.append((try displayText(entry.key.value, &budget), try displayText(entry.value, &budget)))
    }
    budget.leave()
    parts.sort { $0.key.order($1.key) < 0 }
    return "{" + parts.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
  }
}

/// UTF-8 in which each run of invalid bytes becomes one U+FFFD.
private func decoded(_ bytes: [UInt8]) -> String {
  if let text = String(validating: bytes, as: UTF8.self) { return text }
  var text = String.UnicodeScalarView()
  let replaced = String(decoding: bytes, as: UTF8.self)
  for scalar in replaced.unicodeScalars where scalar != "\u{FFFD}" || text.last != scalar {
    text.append(scalar)
  }
  return String(text)
}

/// `template.format(list)`
func format(_ template: CELValue, _ list: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = template, case .list(let values) = list else {
    throw .noOverload("format", template, list)
  }
  var out = ""
  var used = 0
  var rest = text.unicodeScalars[...]
  try budget.charge(bytes: text.utf8.count)
  while let scalar = rest.popFirst() {
    guard scalar == "%" else {
      out.unicodeScalars.append(scalar)
      continue
    }
    if rest.first == "%" {
      rest.removeFirst()
      out += "%"
      continue
    }
    let precision = try precision(&rest)
    guard let clause = rest.popFirst() else {
      throw Fault(.invalidArgument("the format ends in the middle of a clause"))
    }
    guard used < values.count else {
      throw Fault(.invalidArgument("index \(used) out of range: the format has more clauses than values"))
    }
    let part = try formatted(values[used], clause, precision, &budget)
    try budget.charge(bytes: part.utf8.count)
    out += part
    used += 1
  }
  return .string(out)
}

/// Reads ".3"; nil if there is no precision.
private func precision(_ rest: inout Substring.UnicodeScalarView) throws(Fault) -> Int? {
  guard rest.first == "." else { return nil }
  rest.removeFirst()
  var value = 0, digits = 0
  while let digit = rest.first, digit.isASCII, isDigit(UInt8(truncatingIfNeeded: digit.value)) {
    value = value * 10 + Int(digit.value - 48)
    digits += 1
    rest.removeFirst()
    if value > 100 { throw Fault(.invalidArgument("a format's precision may be at most 100")) }
  }
  if digits == 0 { throw Fault(.invalidArgument("a format's precision needs digits")) }
  return value
}

private func formatted(
  _ value: CELValue, _ clause: Unicode.Scalar, _ precision: Int?, _ budget: inout Budget
) throws(Fault) -> String {
  if precision != nil, clause != "f", clause != "e" { throw Fault(.invalidArgument("%\(clause) takes no precision")) }
  switch (clause, value) {
  case ("s", _): return try displayText(value, &budget)
  case ("d", .int), ("d", .uint), ("d", .double): return try displayText(value, &budget)
  case ("f", .double(let number)), ("e", .double(let number)):
    guard number.isFinite else { return doubleText(number) }
    return fixedText(number, precision: precision ?? 6, scientific: clause == "e")
  case ("f", .int), ("f", .uint):
    let places = precision ?? 6
    return try displayText(value, &budget) + (places > 0 ? "." + String(repeating: "0", count: places) : "")
  case ("e", .int(let number)): return fixedText(Double(number), precision: precision ?? 6, scientific: true)
  case ("e", .uint(let number)): return fixedText(Double(number), precision: precision ?? 6, scientific: true)
  case ("x", .int(let number)): return String(number, radix: 16)
  case ("X", .int(let number)): return String(number, radix: 16, uppercase: true)
  case ("x", .uint(let number)): return String(number, radix: 16)
  case ("X", .uint(let number)): return String(number, radix: 16, uppercase: true)
  case ("x", .string(let text)), ("X", .string(let text)):
    return try hex(Array(text.utf8), uppercase: clause == "X", &budget)
  case ("x", .bytes(let bytes)), ("X", .bytes(let bytes)): return try hex(bytes, uppercase: clause == "X", &budget)
  case ("o", .int(let number)): return String(number, radix: 8)
  case ("o", .uint(let number)): return String(number, radix: 8)
  case ("b", .int(let number)): return String(number, radix: 2)
  case ("b", .uint(let number)): return String(number, radix: 2)
  case ("b", .bool(let value)): return value ? "1" : "0"
  case ("d", _), ("f", _), ("e", _), ("x", _), ("X", _), ("o", _), ("b", _):
    throw Fault(.invalidArgument("%\(clause) cannot format \(value.type.name)"))
  default: throw Fault(.invalidArgument("unrecognized formatting clause %\(clause)"))
  }
}

private func hex(_ bytes: [UInt8], uppercase: Bool, _ budget: inout Budget) throws(Fault) -> String {
  try budget.charge(bytes: bytes.count)
  let digits = Array((uppercase ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
  var out: [UInt8] = []
  out.reserveCapacity(bytes.count * 2)
  for byte in bytes { out += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
  return String(decoding: out, as: UTF8.self)
}
