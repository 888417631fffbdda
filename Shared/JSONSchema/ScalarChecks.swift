import JSON

/// The types of JSON Schema as a set of bits.
struct TypeSet: OptionSet, Sendable {
  let rawValue: UInt8

  static let null = TypeSet(rawValue: 1)
  static let boolean = TypeSet(rawValue: 2)
  static let integer = TypeSet(rawValue: 4)
  static let number = TypeSet(rawValue: 8)
  static let string = TypeSet(rawValue: 16)
  static let array = TypeSet(rawValue: 32)
  static let object = TypeSet(rawValue: 64)

  private static let names: [(String, TypeSet)] = [
    ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .number), ("string", .string),
    ("array", .array), ("object", .object),
  ]

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init?(named name: String) {
    guard let type = Self.names.first(where: { $0.0.sameCodePoints(as: name) })?.1 else { return nil }
    self = type
  }

  /// Whether the value is of one of the types. A number without fraction is an integer, however written.
  func contains(typeOf value: JSON) -> Bool {
    switch value {
    case .null: contains(.null)
    case .bool: contains(.boolean)
    case .integer: !isDisjoint(with: [.integer, .number])
    case .number(let number): contains(.number) || contains(.integer) && number == number.wholePart
    case .string: contains(.string)
    case .array: contains(.array)
    case .object: contains(.object)
    }
  }

  var names: String { Self.names.filter { contains($0.1) }.map(\.0).joined(separator: " or ") }
}

extension Double {
  /// Without its fraction. Doubles from 2^52 on have none.
  var wholePart: Double { magnitude < 0x1p52 ? Double(Int64(self)) : self }
}

/// A limit for numbers: `minimum`, `maximum` and their exclusive kinds.
struct NumberBound: Sendable {
  let keyword: String
  let limit: JSON
  let isUpper: Bool
  let isExclusive: Bool

  /// Anything but a number is within every bound.
  func allows(_ value: JSON) -> Bool {
    guard let order = Self.compare(value, limit) else { return true }
    return order == 0 ? !isExclusive : (order < 0) == isUpper
  }

  var expected: String {
    "a number \(isUpper ? (isExclusive ? "below" : "up to") : (isExclusive ? "above" : "from")) \(limit.text)"
  }

  /// Below 0, 0 or above 0, exactly, also where one is an integer that no double holds; nil unless both are numbers.
  private static func compare(_ a: JSON, _ b: JSON) -> Int? {
    switch (a, b) {
    case (.integer(let x), .integer(let y)): x < y ? -1 : (x == y ? 0 : 1)
    case (.number(let x), .number(let y)): x < y ? -1 : (x == y ? 0 : 1)
    case (.integer(let x), .number(let y)): compare(x, y)
    case (.number(let x), .integer(let y)): -compare(y, x)
    default: nil
    }
  }

  private static func compare(_ x: Int64, _ y: Double) -> Int {
    if y >= 0x1p63 { return -1 }
    if y < -0x1p63 { return 1 }
    let whole = Int64(y)
    if x != whole { return x < whole ? -1 : 1 }
    return Double(whole) == y ? 0 : (Double(whole) < y ? -1 : 1)
  }
}

/// `multipleOf`, in exact decimal arithmetic: 0.0075 is a multiple of 0.0001, though not in binary.
struct Divisor: Sendable {
  let text: String
  private let whole: Int64?
  private let decimal: ShortestDecimal

  /// Nil unless the value is a number above 0.
  init?(_ value: JSON) {
    guard let double = value.double, double > 0, let decimal = ShortestDecimal(double) else { return nil }
    self.decimal = decimal
    whole = value.integer
    text = value.text
  }

  /// Anything but a number is a multiple.
  func divides(_ value: JSON) -> Bool {
    if case .integer(let number) = value, let whole { return number % whole == 0 }
    let digits: UInt64, exponent: Int
    switch value {
    case .integer(let number): (digits, exponent) = (number.magnitude, 0)
    case .number(let number):
      guard let decimal = ShortestDecimal(number) else { return false }
      (digits, exponent) = (decimal.digits, decimal.exponent)
    default: return true
    }
    return Self.isMultiple(digits, exponent - decimal.exponent, of: decimal.digits)
  }

  /// Whether digits × 10^shift is a whole multiple of `divisor` (which is above 0).
  private static func isMultiple(_ digits: UInt64, _ shift: Int, of divisor: UInt64) -> Bool {
    if digits == 0 { return true }
    guard shift < 0 else {
      var remainder = digits % divisor
      for _ in 0..<shift {
        if remainder == 0 { return true }
        let product = remainder.multipliedFullWidth(by: 10)
        remainder = divisor.dividingFullWidth(product).remainder
      }
      return remainder == 0
    }
    var scaled = divisor
    for _ in 0..<(-shift) {
      let (product, overflow) = scaled.multipliedReportingOverflow(by: 10)
      if overflow { return false }
      scaled = product
    }
    return digits % scaled == 0
  }
}
