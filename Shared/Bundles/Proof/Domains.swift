import CEL
import Domain
import JSON

/// What is known of the values that conditions read, before any case: from the schemas of what is validated, and from
/// the vocabulary itself.
struct Domains: Sendable {
  struct Field: Sendable {
    /// The only values that it takes; nil where they are not listed.
    var values: [CELValue]?
    var least: Double?
    var most: Double?
    /// Whether every case has it.
    var always = false
    /// Who says so, for people.
    var origin: String
  }
  /// By variable: the item, the model's output and the action are validated before they are judged; sources are not.
  var schemas: [String: JSON] = [:]
  var thresholds: [String: CELValue] = [:]

  init() {}

  init(schemas: [String: JSON], thresholds: CELValue) {
    self.schemas = schemas
    guard case .map(let map) = thresholds else { return }
    for entry in map.entries {
      if case .string(let name) = entry.key { self.thresholds["threshold.\(name)"] = entry.value }
    }
  }

  func field(_ subject: String) -> Field? {
    if subject.hasPrefix("size(") || subject == "personal.total" || subject == "facts.money_minor"
      || subject == "facts.records_touched"
    {
      return Field(least: 0, origin: "a count is never negative")
    }
    if subject == "confidence" || subject.hasPrefix("parts.") {
      return Field(least: 0, most: 1, origin: "confidence and its parts lie from 0 to 1")
    }
    if subject == "risk" { return named(Risk.allCases, "the risks are") }
    if subject == "route" { return named(Route.allCases, "the routes are") }
    let path = subject.split(separator: ".")
    guard path.count > 1, let name = path.first, let schema = schemas[String(name)],
      path.allSatisfy({ $0.utf8.allSatisfy { $0 == 0x5F || isAlphanumeric($0) } })
    else { return nil }
    return SchemaTypes.domain(of: Array(path.dropFirst()), in: schema)
  }

  private func named<Name: RawRepresentable<String>>(_ all: [Name], _ words: String) -> Field {
    let names = all.map(\.rawValue)
    return Field(values: names.map { .string($0) }, origin: "\(words) \(names.joined(separator: ", "))")
  }
}

extension SchemaTypes {
  /// What a schema says of the value at a path; nil where it says nothing that could be used, or where a token may
  /// stand in the value's place.
  static func domain(of path: [Substring], in schema: JSON) -> Domains.Field? {
    guard !isMarked(path, in: schema) else { return nil }
    var place = resolved(schema, in: schema), always = true
    for name in path {
      guard let next = place["properties"]?[String(name)] else { return nil }
      always = always && (place["required"]?.array ?? []).contains { $0.string == String(name) }
      place = resolved(next, in: schema)
    }
    var field = Domains.Field(always: always, origin: "the schema")
    if let values = place["const"].map({ [$0] }) ?? place["enum"]?.array {
      field.values = values.map { CELValue($0, as: .dyn) }
      field.origin = "the schema allows \(values.map(\.text).joined(separator: ", "))"
    }
    field.least = (place["minimum"] ?? place["exclusiveMinimum"])?.double
    field.most = (place["maximum"] ?? place["exclusiveMaximum"])?.double
    if field.values == nil, field.least != nil || field.most != nil {
      field.origin =
        "the schema allows \(field.least.map { "from \(decimal($0))" } ?? "")\(field.most.map { " to \(decimal($0))" } ?? "")"
    }
    return field
  }

  private static func resolved(_ schema: JSON, in root: JSON) -> JSON {
    var place = schema
    for _ in 0..<8 {
      guard let reference = place["$ref"]?.string, let target = resolve(reference, in: root) else { break }
      place = target
    }
    return place
  }
}
