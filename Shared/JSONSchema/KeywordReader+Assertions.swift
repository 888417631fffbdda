import JSON

/// The vocabulary "validation", and `format` where it asserts.
extension KeywordReader {
  func readAssertions(into steps: inout [Step]) throws(SchemaError) {
    try readType(into: &steps)
    if let value = object["const"] { steps.append(.const(value, expected: value.text.cut(toBytes: 200))) }
    if let value = object["enum"] {
      guard let values = value.array else { throw wrong("enum", "an array of values") }
      let some = values.prefix(20).map { $0.text.cut(toBytes: 60) }.joined(separator: ", ")
      steps.append(.enumeration(values, expected: "one of " + some + (values.count > 20 ? ", …" : "")))
    }
    try readNumbers(into: &steps)
    if let limit = try count("minLength") { steps.append(.minLength(limit)) }
    if let limit = try count("maxLength") { steps.append(.maxLength(limit)) }
    if let source = try string("pattern") { steps.append(.pattern(try pattern(source, under: "pattern"))) }
    if let limit = try count("minItems") { steps.append(.minItems(limit)) }
    if let limit = try count("maxItems") { steps.append(.maxItems(limit)) }
    if let value = object["uniqueItems"] {
      guard let isUnique = value.bool else { throw wrong("uniqueItems", "a boolean") }
      if isUnique { steps.append(.uniqueItems) }
    }
    if let limit = try count("minProperties") { steps.append(.minProperties(limit)) }
    if let limit = try count("maxProperties") { steps.append(.maxProperties(limit)) }
    if let value = object["required"] { steps.append(.required(try names(value, "required"))) }
    if let value = object["dependentRequired"] {
      guard let members = value.object?.members else {
        throw wrong("dependentRequired", "an object of arrays of names")
      }
      var rules: [(key: String, required: [String])] = []
      for (key, value) in members { rules.append((key, try names(value, "dependentRequired"))) }
      steps.append(.dependentRequired(rules))
    }
  }

  func readFormat(into steps: inout [Step], isAsserted: Bool) throws(SchemaError) {
    guard let name = try string("format"), isAsserted else { return }
    // A format that nobody checks would be a promise that nobody keeps.
    guard let format = Format(rawValue: name), format.rawValue.sameCodePoints(as: name) else {
      throw SchemaError(
        "\(location)/format", expected: "one of \(Format.allCases.map(\.rawValue).joined(separator: ", "))",
        remedy: "take another format, or say it by a pattern")
    }
    steps.append(.format(format))
  }

  private func readType(into steps: inout [Step]) throws(SchemaError) {
    guard let value = object["type"] else { return }
    let names = value.array ?? [value]
    var types: TypeSet = []
    for name in names {
      guard let type = name.string.flatMap(TypeSet.init(named:)) else {
        throw wrong("type", "null, boolean, integer, number, string, array or object, or an array of these")
      }
      types.insert(type)
    }
    guard !names.isEmpty else { throw wrong("type", "at least one type") }
    steps.append(.type(types))
  }

  private func readNumbers(into steps: inout [Step]) throws(SchemaError) {
    let bounds = [
      ("minimum", false, false), ("maximum", true, false), ("exclusiveMinimum", false, true),
      ("exclusiveMaximum", true, true),
    ]
    for (keyword, isUpper, isExclusive) in bounds {
      guard let limit = object[keyword] else { continue }
      guard limit.double != nil else { throw wrong(keyword, "a number") }
      steps.append(.bound(NumberBound(keyword: keyword, limit: limit, isUpper: isUpper, isExclusive: isExclusive)))
    }
    if let value = object["multipleOf"] {
      guard let divisor = Divisor(value) else { throw wrong("multipleOf", "a number above 0") }
      steps.append(.multipleOf(divisor))
    }
  }

  /// Names in canonical order, each once.
  private func names(_ value: JSON, _ keyword: String) throws(SchemaError) -> [String] {
    guard let items = value.array else { throw wrong(keyword, "an array of names") }
    var texts: [JSONObject.Member] = []
    for item in items {
      guard let text = item.string else { throw wrong(keyword, "an array of names") }
      texts.append((text, true))
    }
    return JSONObject(texts).keys
  }
}
