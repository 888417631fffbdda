/// The strings extension. Places count Unicode code points.
let textExtensionFunctions: [Function] = [
  .receiver("charAt", [([.string, .int], .string)], .binary(charAt)),
  .receiver(
    "indexOf", [([.string, .string], .int)],
    .binary { (text, part, budget) throws(Fault) -> CELValue in
      try indexOf([text, part], &budget)
    }),
  .receiver("indexOf", [([.string, .string, .int], .int)], .long(indexOf)),
  .receiver(
    "lastIndexOf", [([.string, .string], .int)],
    .binary { (text, part, budget) throws(Fault) -> CELValue in
      try lastIndexOf([text, part], &budget)
    }),
  .receiver("lastIndexOf", [([.string, .string, .int], .int)], .long(lastIndexOf)),
  .receiver(
    "substring", [([.string, .int], .string)],
    .binary { (text, start, budget) throws(Fault) -> CELValue in
      try substring([text, start], &budget)
    }),
  .receiver("substring", [([.string, .int, .int], .string)], .long(substring)),
  .receiver("replace", [([.string, .string, .string], .string)], .long(replace)),
  .receiver("replace", [([.string, .string, .string, .int], .string)], .long(replace)),
  .receiver(
    "split", [([.string, .string], .list(.string))],
    .binary { (text, separator, budget) throws(Fault) -> CELValue in
      try split([text, separator], &budget)
    }),
  .receiver("split", [([.string, .string, .int], .list(.string))], .long(split)),
  .receiver(
    "join", [([.list(.string)], .string)],
    .unary { (list, budget) throws(Fault) -> CELValue in
      try join(list, "", &budget)
    }),
  .receiver("join", [([.list(.string), .string], .string)], .binary(join)),
  .receiver(
    "lowerAscii", [([.string], .string)],
    .unary { (text, budget) throws(Fault) -> CELValue in
      try mapBytes(text, "lowerAscii", &budget) { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    }),
  .receiver(
    "upperAscii", [([.string], .string)],
    .unary { (text, budget) throws(Fault) -> CELValue in
      try mapBytes(text, "upperAscii", &budget) { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") ? $0 & 0xDF : $0 }
    }),
  .receiver("trim", [([.string], .string)], .unary(trim)),
  .receiver("reverse", [([.string], .string)], .unary(reverse)),
  .receiver("format", [([.string, anyList], .string)], .binary(format)),
  .global("strings.quote", [([.string], .string)], .unary(quote)),
]

private func mapBytes(
  _ text: CELValue, _ name: String, _ budget: inout Budget, _ change: (UInt8) -> UInt8
) throws(Fault) -> CELValue {
  guard case .string(let text) = text else { throw .noOverload(name, text) }
  try budget.charge(bytes: text.utf8.count)
  return .string(String(decoding: text.utf8.map(change), as: UTF8.self))
}

/// Removes White_Space (Unicode) at both ends.
private func trim(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = value else { throw .noOverload("trim", value) }
  try budget.charge(bytes: text.utf8.count)
  var scalars = text.unicodeScalars[...]
  while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
  while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
  return .string(String(scalars))
}

private func reverse(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = value else { throw .noOverload("reverse", value) }
  try budget.charge(bytes: text.utf8.count)
  var reversed = String.UnicodeScalarView()
  for scalar in text.unicodeScalars.reversed() { reversed.append(scalar) }
  return .string(String(reversed))
}

private func quote(_ value: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .string(let text) = value else { throw .noOverload("strings.quote", value) }
  try budget.charge(bytes: text.utf8.count)
  return .string(quoted(text))
}

private func join(_ list: CELValue, _ separator: CELValue, _ budget: inout Budget) throws(Fault) -> CELValue {
  guard case .list(let elements) = list, case .string(let separator) = separator else {
    throw .noOverload("join", list, separator)
  }
  var out = ""
  for (index, element) in elements.enumerated() {
    guard case .string(let text) = element else { throw .noOverload("join", element) }
    try budget.charge(1)
    try budget.charge(bytes: text.utf8.count + separator.utf8.count)
    if index > 0 { out += separator }
    out += text
  }
  return .string(out)
}
