import JSON

/// A value that its schema marks as private: what `x-personal` or `x-secret` says of it, and where it lies.
public struct PrivateMark: Sendable, Equatable {
  /// The keywords of a schema that mark a value.
  public static let keywords = ["x-personal", "x-secret"]

  /// RFC 6901, whole.
  public let pointer: String
  /// What kind of value it is, in at most 20 of a–z, 0–9 and `_`: `email`, `name`, `secret`, …
  public let kind: String

  public init(pointer: String, kind: String) {
    self.pointer = pointer
    self.kind = PrivateMark.plain(kind) ?? "personal"
  }

  /// What a schema's mark means: its text is the kind, `true` stands for `personal` or `secret`. Nil for `false`.
  public init?(pointer: String, keyword: String, value: JSON) {
    if value.bool == false { return nil }
    let fallback = keyword == "x-secret" ? "secret" : "personal"
    self.init(pointer: pointer, kind: (value.string ?? value["kind"]?.string) ?? fallback)
  }

  private static func plain(_ kind: String) -> String? {
    let bytes = kind.lowercased().utf8.filter { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
    return bytes.isEmpty ? nil : String(decoding: bytes.prefix(20), as: UTF8.self)
  }
}
