import CEL
import JSON

/// What CEL may know of a JSON Schema: the declared fields and their types. What it cannot express is `dyn`.
enum SchemaTypes {
  private static let mostLevels = 24

  /// Subschemas looked at; references that fan out would else take for ever.
  private static let mostSubschemas = 20_000

  static func type(of schema: JSON) -> CELType {
    var left = mostSubschemas
    return type(schema, in: schema, 0, &left)
  }

  private static func type(_ schema: JSON, in root: JSON, _ depth: Int, _ left: inout Int) -> CELType {
    left -= 1
    guard depth < mostLevels, left > 0 else { return .dyn }
    if let reference = schema["$ref"]?.string {
      guard let target = resolve(reference, in: root) else { return .dyn }
      return type(target, in: root, depth + 1, &left)
    }
    switch schema["type"] {
    case .string(let name): return named(name, schema, root, depth, &left)
    case .array(let names):
      let present = names.compactMap(\.string).filter { $0 != "null" }
      guard present.count == 1, let name = present.first else { return .dyn }
      let inner = named(name, schema, root, depth, &left)
      switch inner {
      case .bool, .int, .double, .string: return .nullable(inner)
      default: return .dyn
      }
    default:
      if schema["properties"] != nil { return named("object", schema, root, depth, &left) }
      if let constant = schema["const"] { return type(ofValues: [constant]) }
      if let values = schema["enum"]?.array { return type(ofValues: values) }
      return .dyn
    }
  }

  private static func named(_ name: String, _ schema: JSON, _ root: JSON, _ depth: Int, _ left: inout Int) -> CELType {
    switch name {
    case "string": return .string
    case "integer": return .int
    case "number": return .double
    case "boolean": return .bool
    case "null": return .null
    case "array":
      guard let items = schema["items"] else { return .list(.dyn) }
      return .list(type(items, in: root, depth + 1, &left))
    case "object":
      guard let properties = schema["properties"]?.object else { return .map(.string, .dyn) }
      var fields: [String: CELType] = [:]
      for member in properties.members { fields[member.key] = type(member.value, in: root, depth + 1, &left) }
      return .object(fields)
    default: return .dyn
    }
  }

  private static func type(ofValues values: [JSON]) -> CELType {
    if values.allSatisfy({ $0.string != nil }) { return .string }
    if values.allSatisfy({ $0.bool != nil }) { return .bool }
    if values.allSatisfy({ $0.integer != nil }) { return .int }
    return .dyn
  }

  /// References within the document, `#/$defs/name`; others are unknown here.
  static func resolve(_ reference: String, in root: JSON) -> JSON? {
    guard reference.hasPrefix("#/") else { return nil }
    var place = root
    for token in reference.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false) {
      guard let next = place[String(token)] else { return nil }
      place = next
    }
    return place
  }

  /// Whether the value at a dotted path is marked as personal or secret, or lies in such a value.
  static func isMarked(_ path: [Substring], in schema: JSON) -> Bool {
    var place = schema
    for name in path {
      if let reference = place["$ref"]?.string, let target = resolve(reference, in: schema) { place = target }
      if place["x-personal"] != nil || place["x-secret"] != nil { return true }
      guard let next = place["properties"]?[String(name)] else { return false }
      place = next
    }
    return place["x-personal"] != nil || place["x-secret"] != nil
  }
}
