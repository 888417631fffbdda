/// Why a schema cannot be used: it is malformed, names what is not there, or asks for what this validator refuses.
public struct SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The place in the schema: its URI, where it has one, and a fragment that is a JSON pointer.
  public let pointer: String
  public let expected: String
  /// What to change.
  public let remedy: String

  init(_ pointer: String, expected: String, remedy: String) {
    self.pointer = pointer
    self.expected = expected
    self.remedy = remedy
  }

  public var description: String { "schema at \(pointer): expected \(expected); \(remedy)" }
}
