import CEL
import JSON

/// Which parts of a document a bundle reads, and as which types: only these are turned into CEL values.
///
/// The declared type decides the CEL type of a number, so that `1` in a field of type number is a double.
indirect enum Shape: Sendable {
  case whole(CELType)
  /// Declared fields that are read, by the bytes of their names.
  case fields([(name: String, shape: Shape)])

  /// - Parameter reads: the dotted paths below this document that programs read; an empty path reads all of it.
  init(_ type: CELType, reads: [[Substring]]) {
    guard case .object(let declared) = type, !reads.contains(where: \.isEmpty) else {
      self = .whole(type)
      return
    }
    let names = Set(reads.compactMap(\.first)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    self = .fields(
      names.compactMap { name in
        guard let type = declared[String(name)] else { return nil }
        let below = reads.filter { $0.first == name }.map { Array($0.dropFirst()) }
        return (String(name), Shape(type, reads: below))
      })
  }

  /// The document as CEL sees it; nil where it is not an object although fields are declared.
  func value(of json: JSON) -> CELValue {
    switch self {
    case .whole(let type): return CELValue(json, as: type)
    case .fields(let fields):
      guard case .object(let object) = json else { return CELValue(json, as: .dyn) }
      var map: [CELMap.Entry] = []
      map.reserveCapacity(fields.count)
      for field in fields {
        if let value = object[field.name] { map.set(field.name, field.shape.value(of: value)) }
      }
      return .map(CELMap(inOrder: map))
    }
  }
}

extension CELValue {
  /// A JSON value under its declared type. Below 64 levels it is cut to null: rules that read that fail to a person.
  init(_ json: JSON, as type: CELType, depth: Int = 0) {
    guard depth < 64 else {
      self = .null
      return
    }
    switch (json, type) {
    case (.null, _): self = .null
    case (_, .nullable(let inner)): self.init(json, as: inner, depth: depth)
    case (.bool(let value), _): self = .bool(value)
    case (.integer(let value), .double): self = .double(Double(value))
    case (.integer(let value), _): self = .int(value)
    case (.number(let value), .int): self = Int64(exactly: value).map { .int($0) } ?? .double(value)
    case (.number(let value), _): self = .double(value)
    case (.string(let value), _): self = .string(value)
    case (.array(let values), let type):
      let element: CELType = if case .list(let inner) = type { inner } else { .dyn }
      self = .list(values.map { CELValue($0, as: element, depth: depth + 1) })
    case (.object(let object), let type):
      var map: [CELMap.Entry] = []
      for (key, value) in object.members {
        map.set(key, CELValue(value, as: type.field(key), depth: depth + 1))
      }
      self = .map(CELMap(map))
    }
  }
}

extension CELType {
  fileprivate func field(_ name: String) -> CELType {
    switch self {
    case .object(let fields): fields[name] ?? .dyn
    case .map(_, let value): value
    default: .dyn
    }
  }
}

extension [CELMap.Entry] {
  mutating func set(_ name: String, _ value: CELValue) { append((.string(name), value)) }
}
