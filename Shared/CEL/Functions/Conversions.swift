let conversionFunctions: [Function] = [
  .global("dyn", [([.dyn], .dyn)], .unary { (value, _) throws(Fault) -> CELValue in value }),
  .global("type", [([.dyn], .type)], .unary { (value, _) throws(Fault) -> CELValue in .type(value.type) }),
  conversion("bool", to: .bool, from: [.string], toBool),
  conversion("int", to: .int, from: [.uint, .double, .string, .timestamp], toInt),
  conversion("uint", to: .uint, from: [.int, .double, .string], toUInt),
  conversion("double", to: .double, from: [.int, .uint, .string], toDouble),
  conversion("bytes", to: .bytes, from: [.string], toBytes),
  conversion("string", to: .string, from: [.bool, .int, .uint, .double, .bytes, .timestamp, .duration], toString),
  conversion("timestamp", to: .timestamp, from: [.string, .int], toTimestamp),
  conversion("duration", to: .duration, from: [.string], toDuration),
]

/// A function that leaves values of its type as they are.
private func conversion(
  _ name: String, to type: CELType, from others: [CELType], _ body: @escaping Function.Unary
) -> Function {
  .global(name, ([type] + others).map { ([$0], type) }, .unary(body))
}

private func unreadable(_ text: String, as type: String) -> Fault {
  Fault(.invalidArgument("\(excerpt(text)) is no \(type)"))
}

private func outOfRange(_ value: CELValue, _ type: String) -> Fault {
  Fault(.overflow("\(value) is out of range of \(type)"))
}

private func toBool(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  switch value {
  case .bool: return value
  case .string("1"), .string("t"), .string("true"), .string("TRUE"), .string("True"): return .bool(true)
  case .string("0"), .string("f"), .string("false"), .string("FALSE"), .string("False"): return .bool(false)
  case .string(let text): throw unreadable(text, as: "bool")
  default: throw .noOverload("bool", value)
  }
}

private func toInt(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  switch value {
  case .int: return value
  case .uint(let number):
    guard let result = Int64(exactly: number) else { throw outOfRange(value, "int") }
    return .int(result)
  case .double(let number):
    // Exclusive at both ends, as the specification wants it: the ends may be rounded ("Overflow").
    guard number > -0x1p63, number < 0x1p63 else { throw outOfRange(value, "int") }
    return .int(Int64(number))
  case .string(let text):
    try budget.charge(bytes: text.utf8.count)
    guard let result = Int64(text) else { throw unreadable(text, as: "int") }
    return .int(result)
  case .timestamp(let instant): return .int(instant.seconds)
  default: throw .noOverload("int", value)
  }
}

private func toUInt(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  switch value {
  case .uint: return value
  case .int(let number):
    guard let result = UInt64(exactly: number) else { throw outOfRange(value, "uint") }
    return .uint(result)
  case .double(let number):
    guard number >= 0, number < 0x1p64 else { throw outOfRange(value, "uint") }
    return .uint(UInt64(number))
  case .string(let text):
    try budget.charge(bytes: text.utf8.count)
    guard let result = UInt64(text) else { throw unreadable(text, as: "uint") }
    return .uint(result)
  default: throw .noOverload("uint", value)
  }
}

private func toDouble(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  switch value {
  case .double: return value
  case .int(let number): return .double(Double(number))
  case .uint(let number): return .double(Double(number))
  case .string(let text):
    try budget.charge(bytes: text.utf8.count)
    guard let result = parsedDouble(text) else { throw unreadable(text, as: "double") }
    return .double(result)
  default: throw .noOverload("double", value)
  }
}

private func toBytes(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  switch value {
  case .bytes: return value
  case .string(let text):
    try budget.charge(bytes: text.utf8.count)
    return .bytes(Array(text.utf8))
  default: throw .noOverload("bytes", value)
  }
}

private func toString(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  switch value {
  case .string: return value
  case .bytes(let bytes):
    try budget.charge(bytes: bytes.count)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Fault(.invalidArgument("the bytes are no UTF-8"))
    }
    return .string(text)
  case .bool, .int, .uint, .double, .timestamp, .duration: return .string(try displayText(value, &budget))
  default: throw .noOverload("string", value)
  }
}

private func toTimestamp(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  switch value {
  case .timestamp: return value
  case .string(let text):
    try budget.charge(bytes: text.utf8.count)
    guard let instant = CELTimestamp(text) else {
      throw unreadable(text, as: "RFC 3339 timestamp, as 2026-01-31T09:30:00Z")
    }
    return .timestamp(instant)
  case .int(let seconds):
    guard let instant = CELTimestamp(seconds: seconds) else { throw outOfRange(value, "timestamp") }
    return .timestamp(instant)
  default: throw .noOverload("timestamp", value)
  }
}

private func toDuration(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  switch value {
  case .duration: return value
  case .string(let text):
    try budget.charge(bytes: text.utf8.count)
    guard let span = CELDuration(text) else {
      throw unreadable(text, as: "duration of up to 292 years, as 36h or 1h30m")
    }
    return .duration(span)
  default: throw .noOverload("duration", value)
  }
}
