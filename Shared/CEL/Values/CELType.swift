/// A type: what the checker reasons about, and what a type value such as `int` denotes.
public indirect enum CELType: Sendable, Equatable {
  /// Any type; checked only when it is evaluated.
  case dyn
  case null
  case bool
  case int
  case uint
  case double
  case string
  case bytes
  case timestamp
  case duration
  case list(CELType)
  /// Key type, value type.
  case map(CELType, CELType)
  /// A map with string keys of which all fields are declared; another field is a check error. Values are maps.
  case object([String: CELType])
  /// The type or null (what protocol buffers call a wrapper type).
  case nullable(CELType)
  /// The type of types.
  case type

  /// The name in the language, without parameters: "int", "list", "google.protobuf.Timestamp".
  public var name: String {
    switch self {
    case .dyn: "dyn"
    case .null: "null_type"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: "google.protobuf.Timestamp"
    case .duration: "google.protobuf.Duration"
    case .list: "list"
    case .map, .object: "map"
    case .nullable(let type): type.name
    case .type: "type"
    }
  }

  /// The most parts that the dotted name of a type has.
  static let longestName = 3

  /// The type that a name of the language denotes, nil for other names.
  public init?(named name: String) {
    switch name {
    case "null_type": self = .null
    case "bool": self = .bool
    case "int": self = .int
    case "uint": self = .uint
    case "double": self = .double
    case "string": self = .string
    case "bytes": self = .bytes
    case "google.protobuf.Timestamp": self = .timestamp
    case "google.protobuf.Duration": self = .duration
    case "list": self = .list(.dyn)
    case "map": self = .map(.dyn, .dyn)
    case "type": self = .type
    default: return nil
    }
  }
}

extension CELType: CustomStringConvertible {
  /// The type for people: "list(int)", "timestamp", "string or null".
  public var description: String {
    switch self {
    case .timestamp: "timestamp"
    case .duration: "duration"
    case .list(let element): "list(\(element))"
    case .map(let key, let value): "map(\(key), \(value))"
    case .object: "object"
    case .nullable(let type): "\(type) or null"
    default: name
    }
  }
}

extension CELType {
  /// Whether a value of this type may stand where `other` is wanted. `dyn` fits everywhere: it is checked when
  /// evaluated.
  func fits(_ other: CELType) -> Bool {
    switch (self, other) {
    case (.dyn, _), (_, .dyn): true
    case (.null, .nullable), (.null, .timestamp), (.null, .duration), (.null, .object): true
    case (.nullable(let a), .nullable(let b)), (.nullable(let a), let b), (let a, .nullable(let b)): a.fits(b)
    case (.list(let a), .list(let b)): a.fits(b)
    case (.map(let k, let v), .map(let l, let w)): k.fits(l) && v.fits(w)
    case (.object(let a), .object(let b)): a.allSatisfy { field in b[field.key].map { field.value.fits($0) } ?? true }
    case (.object(let fields), .map(let key, let value)):
      CELType.string.fits(key) && fields.values.allSatisfy { $0.fits(value) }
    case (.map(let key, let value), .object(let fields)):
      key.fits(.string) && fields.values.allSatisfy { value.fits($0) }
    default: self == other
    }
  }

  /// Whether two types may be compared or stand as alternatives.
  func agrees(with other: CELType) -> Bool { fits(other) || other.fits(self) }

  /// The type of a value that is either of the two.
  func joined(with other: CELType) -> CELType {
    if self == other { return self }
    switch (self, other) {
    case (.null, .nullable), (.null, .timestamp), (.null, .duration), (.null, .object): return other
    case (.nullable, .null), (.timestamp, .null), (.duration, .null), (.object, .null): return self
    case (.nullable(let a), let b) where a == b: return self
    case (let a, .nullable(let b)) where a == b: return other
    case (.list(let a), .list(let b)): return .list(a.joined(with: b))
    case (.map(let k, let v), .map(let l, let w)): return .map(k.joined(with: l), v.joined(with: w))
    default: return .dyn
    }
  }

  /// Without its "or null".
  var present: CELType { if case .nullable(let type) = self { type.present } else { self } }

  /// Whether it is an object that declares this field.
  func hasField(_ name: String) -> Bool {
    if case .object(let fields) = present { fields[name] != nil } else { false }
  }
}
