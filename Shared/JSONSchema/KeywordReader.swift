import JSON

/// Reads the keywords of one subschema that is an object.
struct KeywordReader {
  let object: JSONObject
  let place: Place
  let location: String
  let compiler: SchemaCompiler

  /// In an order that puts what is cheap first and `unevaluated…` last, after all that it depends on.
  func steps() throws(SchemaError) -> [Step] {
    let vocabularies = compiler.documents.resources[place.resource].vocabularies
    var steps: [Step] = []
    if vocabularies.contains(.validation) { try readAssertions(into: &steps) }
    try readFormat(into: &steps, isAsserted: compiler.assertsFormats || vocabularies.contains(.formatAssertion))
    try readReferences(into: &steps)
    if vocabularies.contains(.applicator) {
      try readChildren(into: &steps)
      try readLogic(into: &steps)
    }
    if vocabularies.contains(.unevaluated) {
      if let node = try subschema("unevaluatedItems") { steps.append(.unevaluatedItems(node)) }
      if let node = try subschema("unevaluatedProperties") { steps.append(.unevaluatedProperties(node)) }
    }
    return steps
  }

  // MARK: References

  private func readReferences(into steps: inout [Step]) throws(SchemaError) {
    if let text = try string("$ref") {
      steps.append(.reference(try target(of: text, keyword: "$ref").node))
    }
    if let text = try string("$dynamicRef") {
      let (node, place) = try target(of: text, keyword: "$dynamicRef")
      // Dynamic only if the fragment names a dynamic anchor where it first leads; else like $ref.
      if let name = URIReference(text).decodedFragment, !name.isEmpty,
        let anchor = compiler.documents.anchor(name, in: place.resource), anchor.isDynamic
      {
        steps.append(.dynamicReference(anchor: compiler.dynamicAnchor(named: name), fallback: node))
      } else {
        steps.append(.reference(node))
      }
    }
  }

  private func target(of text: String, keyword: String) throws(SchemaError) -> (node: Int, place: Place) {
    let (place, value) = try compiler.documents.resolve(text, from: place.resource, at: "\(location)/\(keyword)")
    return (try compiler.node(at: place, value, under: keyword), place)
  }

  // MARK: Applicators

  private func readChildren(into steps: inout [Step]) throws(SchemaError) {
    let named = try map("properties")
    var patterns: [(pattern: Pattern, node: Int)] = []
    for (source, node) in try map("patternProperties") {
      patterns.append((try pattern(source, under: "patternProperties"), node))
    }
    let additional = try subschema("additionalProperties")
    if !named.isEmpty || !patterns.isEmpty || additional != nil {
      steps.append(.members(MemberRules(named: named, patterns: patterns, additional: additional)))
    }
    if let node = try subschema("propertyNames") { steps.append(.propertyNames(node)) }
    let dependent = try map("dependentSchemas")
    if !dependent.isEmpty { steps.append(.dependentSchemas(dependent)) }

    let prefix = try list("prefixItems"), rest = try subschema("items")
    if !prefix.isEmpty || rest != nil { steps.append(.items(ItemRules(prefix: prefix, rest: rest))) }
    if let node = try subschema("contains") {
      let counts = compiler.documents.resources[place.resource].vocabularies.contains(.validation)
      let least = counts ? try count("minContains") : nil, most = counts ? try count("maxContains") : nil
      steps.append(.contains(ContainsRule(node: node, least: least ?? 1, most: most)))
    }
  }

  private func readLogic(into steps: inout [Step]) throws(SchemaError) {
    let all = try list("allOf"), any = try list("anyOf"), one = try list("oneOf")
    if !all.isEmpty { steps.append(.allOf(all)) }
    if !any.isEmpty { steps.append(.anyOf(any)) }
    if !one.isEmpty { steps.append(.oneOf(one)) }
    if let node = try subschema("not") { steps.append(.not(node)) }
    let condition = try subschema("if"), then = try subschema("then"), otherwise = try subschema("else")
    if let condition {
      steps.append(.conditional(ConditionalRule(condition: condition, then: then, otherwise: otherwise)))
    }
  }

  private func subschema(_ keyword: String) throws(SchemaError) -> Int? {
    guard let value = object[keyword] else { return nil }
    return try node("/\(keyword)", value, under: keyword)
  }

  private func list(_ keyword: String) throws(SchemaError) -> [Int] {
    guard let value = object[keyword] else { return [] }
    guard let items = value.array, !items.isEmpty else {
      throw wrong(keyword, "an array of at least one schema")
    }
    var list: [Int] = []
    for (index, item) in items.enumerated() { list.append(try node("/\(keyword)/\(index)", item, under: keyword)) }
    return list
  }

  /// In canonical order of the keys.
  private func map(_ keyword: String) throws(SchemaError) -> [(key: String, node: Int)] {
    guard let value = object[keyword] else { return [] }
    guard let members = value.object?.members else { throw wrong(keyword, "an object of schemas") }
    var map: [(key: String, node: Int)] = []
    for (key, item) in members {
      map.append((key, try node("/\(keyword)/\(JSON.escape(pointerToken: key))", item, under: keyword)))
    }
    return map
  }

  /// The subschema at a place below this one; it may be a resource of its own.
  private func node(_ below: String, _ value: JSON, under keyword: String) throws(SchemaError) -> Int {
    let below = Place(resource: place.resource, pointer: place.pointer + below)
    return try compiler.node(at: compiler.documents.own(below), value, under: keyword)
  }

  // MARK: Values

  func wrong(_ keyword: String, _ expected: String) -> SchemaError {
    let found = object[keyword].map(describe) ?? "nothing"
    return SchemaError("\(location)/\(keyword)", expected: expected, remedy: "found \(found): replace it")
  }

  func string(_ keyword: String) throws(SchemaError) -> String? {
    guard let value = object[keyword] else { return nil }
    guard let text = value.string else { throw wrong(keyword, "a string") }
    return text
  }

  /// A whole number from 0; what 64 bits do not hold is as good as the largest number.
  func count(_ keyword: String) throws(SchemaError) -> Int? {
    guard let value = object[keyword] else { return nil }
    if let number = value.integer, number >= 0 { return Int(clamping: number) }
    if let number = value.double, number >= 0x1p63 { return .max }
    throw wrong(keyword, "a whole number from 0")
  }

  func pattern(_ source: String, under keyword: String) throws(SchemaError) -> Pattern {
    do throws(PatternError) {
      return try Pattern(source)
    } catch {
      throw SchemaError(
        "\(location)/\(keyword)", expected: "a regular expression of ECMA-262 without look-around and back-references",
        remedy: "mend the pattern: \(error.reason.cutForMessage)")
    }
  }
}
