/// The outside of a declared type, which data is held against when it is read.
///
/// JSON has one kind of number and no timestamps. So a number may be written as another type of the same value, and a
/// timestamp or duration as text; anything else that is not as declared is a fault. As in the checker, null stands
/// for a nullable, a timestamp, a duration and an object.
struct Shape: Sendable {
  private enum Kind: Sendable {
    case any, null, bool, int, uint, double, string, bytes, timestamp, duration, list, map, type
  }

  private let kind: Kind
  private let isNullable: Bool
  let name: String

  static let any = Shape(.dyn)

  init(_ type: CELType) {
    name = type.description
    switch type {
    case .nullable, .timestamp, .duration, .object: isNullable = true
    default: isNullable = false
    }
    switch type.present {
    case .dyn, .nullable: kind = .any
    case .null: kind = .null
    case .bool: kind = .bool
    case .int: kind = .int
    case .uint: kind = .uint
    case .double: kind = .double
    case .string: kind = .string
    case .bytes: kind = .bytes
    case .timestamp: kind = .timestamp
    case .duration: kind = .duration
    case .list: kind = .list
    case .map, .object: kind = .map
    case .type: kind = .type
    }
  }

  /// The value in the declared type, nil if it is of another.
  @inline(__always)
  func conforming(_ value: CELValue) -> CELValue? {
    switch (kind, value) {
    case (.any, _), (.bool, .bool), (.int, .int), (.uint, .uint), (.double, .double), (.string, .string),
      (.bytes, .bytes), (.timestamp, .timestamp), (.duration, .duration), (.list, .list), (.map, .map), (.type, .type),
      (.null, .null):
      value
    default: converted(value)
    }
  }

  private func converted(_ value: CELValue) -> CELValue? {
    switch (kind, value) {
    case (_, .null): isNullable ? value : nil
    case (.double, .int(let number)): .double(Double(number))
    case (.double, .uint(let number)): .double(Double(number))
    case (.int, .uint(let number)): Int64(exactly: number).map { .int($0) }
    case (.int, .double(let number)): Int64(exactly: number).map { .int($0) }
    case (.uint, .int(let number)): UInt64(exactly: number).map { .uint($0) }
    case (.uint, .double(let number)): UInt64(exactly: number).map { .uint($0) }
    case (.timestamp, .string(let text)): CELTimestamp(text).map { .timestamp($0) }
    case (.duration, .string(let text)): CELDuration(text).map { .duration($0) }
    default: nil
    }
  }
}

/// The value in the declared shape, or a fault that names the path.
@inline(__always)
func conform(_ value: CELValue, to shape: Shape, path: String, at offset: Int) throws(Fault) -> CELValue {
  if let sound = shape.conforming(value) { return sound }
  throw Fault(.type("\(path) is \(value.type.name), declared \(shape.name)"), at: offset)
}
