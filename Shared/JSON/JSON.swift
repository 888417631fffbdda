/// A JSON value (RFC 8259).
///
/// Numbers that are written without fraction and exponent and fit are `.integer`, all others `.number`. Object members
/// are kept in the order of RFC 8785, so that two equal values have equal canonical forms and look-ups are binary
/// searches. Strings compare by code point, not by Unicode equivalence: "é" in one and in two scalars are two strings.
public enum JSON: Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

extension JSON: Equatable {
  /// Numbers are equal by value (`1` equals `1.0`), strings by code points.
  public static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.integer(let x), .integer(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.integer(let x), .number(let y)), (.number(let y), .integer(let x)): y.wholeNumber == x
    case (.string(let x), .string(let y)): x.sameCodePoints(as: y)
    case (.array(let x), .array(let y)): x == y
    case (.object(let x), .object(let y)): x == y
    default: false
    }
  }
}

extension Double {
  /// The value as an integer, nil if it has a fraction or 64 bits do not hold it. (`Int64(exactly:)` would need libm.)
  fileprivate var wholeNumber: Int64? {
    guard self >= -0x1p63, self < 0x1p63 else { return nil }
    let whole = Int64(self)
    return Double(whole) == self ? whole : nil
  }
}

extension String {
  /// Swift's `==` holds composed and decomposed characters equal; hostile input must not profit from that.
  public func sameCodePoints(as other: String) -> Bool {
    utf8.count == other.utf8.count && canonicalOrder(to: other) == 0
  }

  /// The order of RFC 8785, section 3.2.3: by UTF-16 code units.
  public func precedesInCanonicalOrder(_ other: String) -> Bool { canonicalOrder(to: other) < 0 }

  /// The same order as a number: below 0 if `self` comes first, 0 if the code points are the same, else above 0.
  public func canonicalOrder(to other: String) -> Int {
    let quick = utf8.withContiguousStorageIfAvailable { a in
      other.utf8.withContiguousStorageIfAvailable { b in String.canonicalOrder(a, b) }
    }
    if let quick, let order = quick { return order }
    return Array(utf8).withUnsafeBufferPointer { a in
      Array(other.utf8).withUnsafeBufferPointer { b in String.canonicalOrder(a, b) }
    }
  }

  private static func canonicalOrder(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
    let common = Swift.min(a.count, b.count)
    var at = 0
    while at < common, a[at] == b[at] { at += 1 }
    guard at < common else { return a.count - b.count }
    // UTF-16 sorts what is above U+FFFF by its surrogates (D800…DFFF), so below U+E000…U+FFFF. In UTF-8 the former
    // lead with F0…, the latter with EE or EF.
    let isHigh = a[at] >= 0xF0
    if isHigh != (b[at] >= 0xF0), Swift.min(a[at], b[at]) >= 0xEE { return isHigh ? -1 : 1 }
    return a[at] < b[at] ? -1 : 1
  }
}

/// The members of a JSON object, without duplicates, in canonical order.
public struct JSONObject: Sendable, Equatable {
  public typealias Member = (key: String, value: JSON)
  public private(set) var members: [Member]

  public init() { members = [] }

  /// Takes members in any order; of two with the same key the last one stays.
  public init(_ members: [Member]) {
    // What is written in order already need not be sorted.
    if members.indices.dropFirst().allSatisfy({ members[$0 - 1].key.precedesInCanonicalOrder(members[$0].key) }) {
      self.members = members
      return
    }
    self.members = []
    self.members.reserveCapacity(members.count)
    let order = members.indices.sorted { a, b in
      if members[a].key.precedesInCanonicalOrder(members[b].key) { return true }
      return a < b && !members[b].key.precedesInCanonicalOrder(members[a].key)
    }
    for index in order {
      if let last = self.members.last, last.key.sameCodePoints(as: members[index].key) { self.members.removeLast() }
      self.members.append(members[index])
    }
  }

  /// Takes members that the caller has sorted in canonical order and found free of duplicates.
  @usableFromInline init(canonical members: [Member]) { self.members = members }

  @inlinable public var count: Int { members.count }
  @inlinable public var isEmpty: Bool { members.isEmpty }
  public var keys: [String] { members.map(\.key) }

  public subscript(key: String) -> JSON? {
    get {
      let at = position(of: key)
      // Not `found ? value : nil`: there `nil` would be a JSON null.
      guard at < members.count, members[at].key.sameCodePoints(as: key) else { return nil }
      return members[at].value
    }
    set {
      let at = position(of: key)
      let found = at < members.count && members[at].key.sameCodePoints(as: key)
      switch (found, newValue) {
      case (true, let value?): members[at].value = value
      case (true, nil): members.remove(at: at)
      case (false, let value?): members.insert((key, value), at: at)
      case (false, nil): break
      }
    }
  }

  /// The first place whose key is not before `key`.
  private func position(of key: String) -> Int {
    var low = 0, high = members.count
    while low < high {
      let middle = (low + high) / 2
      if members[middle].key.precedesInCanonicalOrder(key) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.members.count == b.members.count
      && zip(a.members, b.members).allSatisfy { $0.key.sameCodePoints(as: $1.key) && $0.value == $1.value }
  }
}

// No `ExpressibleByNilLiteral`: `condition ? json : nil` as a `JSON?` would be the value null and never nil.
extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    // Cast as a whole, each would be cast dynamically: the labels differ.
    self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
  }
}

extension JSON {
  public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The value if it is a whole number in range, however written.
  public var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): value.wholeNumber
    default: nil
    }
  }
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
  public var isNull: Bool { if case .null = self { true } else { false } }
  /// The member of an object, nil for anything else.
  public subscript(key: String) -> JSON? { object?[key] }
}
