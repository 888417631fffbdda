import CEL
import Foundation
import JSON

/// Why a JSON value is no cel.expr.Value in ProtoJSON.
struct CELValueJSONError: Error, Equatable {
  let message: String

  init(_ message: String) { self.message = message }
}

extension CELValue {
  /// Reads cel.expr.Value in ProtoJSON, `{"int64Value": "5"}`. Field names may also be written as in the .proto file.
  init(protoJSON json: JSON) throws(CELValueJSONError) {
    guard let members = json.object?.members, members.count == 1, let member = members.first else {
      throw CELValueJSONError("a value is an object with one member, as {\"int64Value\": \"5\"}")
    }
    self = try CELValue.value(of: member.key, member.value)
  }

  private static func value(of kind: String, _ json: JSON) throws(CELValueJSONError) -> CELValue {
    switch (kind, json) {
    case ("nullValue", .null), ("null_value", .null), ("nullValue", "NULL_VALUE"), ("null_value", "NULL_VALUE"):
      return .null
    case ("boolValue", .bool(let value)), ("bool_value", .bool(let value)): return .bool(value)
    case ("stringValue", .string(let value)), ("string_value", .string(let value)): return .string(value)
    case ("int64Value", _), ("int64_value", _): if let number = integer(json) as Int64? { return .int(number) }
    case ("uint64Value", _), ("uint64_value", _): if let number = integer(json) as UInt64? { return .uint(number) }
    case ("doubleValue", _), ("double_value", _): if let number = number(json) { return .double(number) }
    case ("bytesValue", .string(let text)), ("bytes_value", .string(let text)):
      if let bytes = bytes(base64: text) { return .bytes(bytes) }
    case ("listValue", .object(let list)), ("list_value", .object(let list)): return .list(try elements(list["values"]))
    case ("mapValue", .object(let map)), ("map_value", .object(let map)): return .map(try entries(map["entries"]))
    case ("typeValue", .string(let name)), ("type_value", .string(let name)):
      if let type = CELType(named: name) { return .type(type) }
    case ("objectValue", .object(let message)), ("object_value", .object(let message)):
      if let value = wellKnown(message) { return value }
    default: break
    }
    throw CELValueJSONError("'\(kind)' does not hold such a value")
  }

  private static func integer<Integer: FixedWidthInteger>(_ json: JSON) -> Integer? {
    switch json {
    case .string(let text): Integer(text)
    case .integer(let number): Integer(exactly: number)
    case .number(let number): Integer(exactly: number)
    default: nil
    }
  }

  private static func number(_ json: JSON) -> Double? {
    switch json {
    case "NaN": .nan
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    case .string(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
    default: json.double
    }
  }

  /// Standard or URL-safe base64, padded or not.
  private static func bytes(base64 text: String) -> [UInt8]? {
    var standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }.filter { $0 != "=" })
    while standard.utf8.count % 4 != 0 { standard += "=" }
    return Data(base64Encoded: standard).map { Array($0) }
  }

  private static func elements(_ json: JSON?) throws(CELValueJSONError) -> [CELValue] {
    guard let json else { return [] }
    guard let array = json.array else { throw CELValueJSONError("'values' is an array") }
    var values: [CELValue] = []
    for element in array { values.append(try CELValue(protoJSON: element)) }
    return values
  }

  private static func entries(_ json: JSON?) throws(CELValueJSONError) -> CELMap {
    guard let json else { return CELMap() }
    var entries: [CELMap.Entry] = []
    guard let array = json.array else { throw CELValueJSONError("'entries' is an array") }
    for entry in array {
      guard let keyJSON = entry["key"], let valueJSON = entry["value"] else {
        throw CELValueJSONError("an entry has a 'key' and a 'value'")
      }
      let value = try CELValue(protoJSON: keyJSON)
      if case .double = value { throw CELValueJSONError("a double is no map key") }
      guard let key = CELMap.Key(value) else { throw CELValueJSONError("\(value.type.name) is no map key") }
      entries.append((key, try CELValue(protoJSON: valueJSON)))
    }
    let map = CELMap(entries)
    if map.count != entries.count { throw CELValueJSONError("a map key is there twice") }
    return map
  }

  /// google.protobuf.Timestamp and Duration, packed as Any.
  private static func wellKnown(_ message: JSONObject) -> CELValue? {
    guard let name = message["@type"]?.string, let text = message["value"]?.string else { return nil }
    switch name {
    case "type.googleapis.com/google.protobuf.Timestamp": return CELTimestamp(text).map { .timestamp($0) }
    case "type.googleapis.com/google.protobuf.Duration": return CELDuration(text).map { .duration($0) }
    default: return nil
    }
  }
}

extension JSONWriter {
  /// Writes a value as cel.expr.Value in ProtoJSON.
  mutating func protoJSON(_ value: CELValue) {
    object { writer in
      switch value {
      case .null: writer.key("nullValue"); writer.null()
      case .bool(let value): writer.member("boolValue", value)
      case .int(let value): writer.member("int64Value", String(value))
      case .uint(let value): writer.member("uint64Value", String(value))
      case .double(let value): writer.key("doubleValue"); writer.protoJSON(value)
      case .string(let value): writer.member("stringValue", value)
      case .bytes(let value): writer.member("bytesValue", Data(value).base64EncodedString())
      case .list(let elements):
        writer.key("listValue")
        writer.object { writer in
          writer.key("values")
          writer.array { writer in for element in elements { writer.protoJSON(element) } }
        }
      case .map(let map):
        writer.key("mapValue")
        writer.object { writer in
          writer.key("entries")
          writer.array { writer in for entry in map.entries { writer.protoJSON(entry) } }
        }
      case .timestamp(let value): writer.wellKnown("Timestamp", value.text(groupedFraction: true))
      case .duration(let value): writer.wellKnown("Duration", value.text(groupedFraction: true))
      case .type(let value): writer.member("typeValue", value.name)
      }
    }
  }

  private mutating func protoJSON(_ entry: CELMap.Entry) {
    object { writer in
      writer.key("key")
      writer.protoJSON(entry.key.value)
      writer.key("value")
      writer.protoJSON(entry.value)
    }
  }

  /// A double, with names for what JSON lacks. It always has a point or an exponent, or readers that know integers would
  /// take 9223372036854776000 for one that no double is; the zero keeps its sign.
  private mutating func protoJSON(_ value: Double) {
    switch value {
    case _ where value.isNaN: string("NaN")
    case .infinity: string("Infinity")
    case -.infinity: string("-Infinity")
    default: raw(value.description.utf8)
    }
  }

  private mutating func wellKnown(_ name: String, _ text: String) {
    key("objectValue")
    object { writer in
      writer.member("@type", "type.googleapis.com/google.protobuf.\(name)")
      writer.member("value", text)
    }
  }
}
