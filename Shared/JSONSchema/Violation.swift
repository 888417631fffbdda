import JSON

/// One way in which an instance does not fit its schema. It never holds a value of the instance.
public struct Violation: Sendable, Equatable {
  /// The place in the instance (RFC 6901), cut to 200 bytes.
  public let pointer: String
  /// The keyword that is not fulfilled, as "required".
  public let keyword: String
  /// The place of the keyword: its schema's URI, where it has one, and a fragment that is a JSON pointer.
  public let schemaPointer: String
  public let expected: String
  /// Type and size of what is there, as "a string of 12 characters".
  public let found: String
}

/// A value that a schema marks by a keyword of ours ("x-personal"), found where the value lies.
public struct Mark: Sendable, Equatable {
  /// The place in the instance (RFC 6901), whole.
  public let pointer: String
  public let keyword: String
  /// What the schema says under the keyword.
  public let value: JSON
}
