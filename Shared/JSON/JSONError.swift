/// Why bytes are not a JSON value that we accept. It never quotes the text, but for key names in the pointer.
public struct JSONError: Error, Sendable, Equatable {
  public enum Code: String, Sendable, CaseIterable {
    /// Against the grammar of RFC 8259, or an escape that stands for no Unicode scalar (a lone surrogate).
    case notJSON
    case invalidUTF8
    case tooDeep
    case tooLarge
    case duplicateKey
    /// Beyond what the limits allow an integer, or not a finite double.
    case numberOutOfRange
  }

  public let code: Code
  /// Where in the value (RFC 6901), cut to 200 bytes; nil where it has no place, as with invalid UTF-8.
  public let pointer: String?
  public let expected: String
  public let found: String

  init(_ code: Code, at pointer: String? = nil, expected: String, found: String) {
    self.code = code
    self.pointer = pointer.map { $0.cut(toBytes: 200) }
    self.expected = expected
    self.found = found
  }
}

extension JSONError: CustomStringConvertible {
  public var description: String {
    let place = pointer.map { $0.isEmpty ? " at the root" : " at \($0)" } ?? ""
    return "\(code.rawValue)\(place): expected \(expected), found \(found)"
  }
}

/// What a JSON text may be at most. Depth is capped at 512, so that no value's recursion ends a thread's stack.
public struct JSONLimits: Sendable {
  public static let `default` = JSONLimits()

  /// Length of the text in bytes.
  public var bytes: Int
  /// How deep arrays and objects may nest; `[]` has depth 1.
  public var depth: Int
  /// Lets integers beyond ±(2^53 − 1) through: as `.integer` where 64 bits hold them, else as the nearest `.number`.
  public var anyInteger: Bool

  public init(bytes: Int = 1 << 20, depth: Int = 64, anyInteger: Bool = false) {
    self.bytes = max(0, bytes)
    self.depth = min(max(1, depth), 512)
    self.anyInteger = anyInteger
  }
}
