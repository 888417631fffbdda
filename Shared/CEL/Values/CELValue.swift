/// A value of the Common Expression Language (cel-spec, "Values").
///
/// Equality is CEL's: numbers compare on one number line whatever their type, strings by code points, NaN equals
/// nothing.
public enum CELValue: Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case uint(UInt64)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case list([CELValue])
  case map(CELMap)
  case timestamp(CELTimestamp)
  case duration(CELDuration)
  case type(CELType)

  /// The type at run time, as `type(x)` gives it: lists and maps without their parameters.
  public var type: CELType {
    switch self {
    case .null: .null
    case .bool: .bool
    case .int: .int
    case .uint: .uint
    case .double: .double
    case .string: .string
    case .bytes: .bytes
    case .list: .list(.dyn)
    case .map: .map(.dyn, .dyn)
    case .timestamp: .timestamp
    case .duration: .duration
    case .type: .type
    }
  }
}

extension CELValue: Equatable {
  public static func == (a: CELValue, b: CELValue) -> Bool {
    var unlimited = Budget.unlimited
    return (try? equal(a, b, &unlimited)) ?? false
  }
}

extension CELValue: CustomStringConvertible {
  /// The value as `"%s".format([value])` shows it, strings at the top in quotes.
  public var description: String {
    if case .string(let text) = self { return quoted(text) }
    var unlimited = Budget.unlimited
    return (try? displayText(self, &unlimited)) ?? ""
  }
}

extension CELValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(arrayLiteral elements: CELValue...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, CELValue)...) {
    self = .map(CELMap(elements.map { (key: $0.0, value: $0.1) }))
  }
}
