import JSON

/// `cases`: somebody found out afterwards that what was done about a case was wrong. A label for audit's figures; it changes
/// nothing of the case.
public struct CaseDefect: Body {
  public static let type = "countersign.case.defect.v1"
  public enum Kind: String, Sendable, CaseIterable {
    /// It was taken back.
    case reversal
    case complaint, dispute
    /// An auditor found it.
    case finding
  }
  public let kind: Kind
  /// The registered source that reports it.
  public let source: String
  /// Its own id of the item; nil where it named the case.
  public let item: String?
  /// Without the private values of the case.
  public let words: String?
  /// Who says so, as the source claims.
  public let by: String?

  public init(kind: Kind, source: String, item: String?, words: String?, by: String?) {
    self.kind = kind
    self.source = source
    self.item = item
    self.words = words
    self.by = by
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("kind", kind.rawValue)
      writer.member("source", source)
      writer.member("item", item)
      writer.member("words", words)
      writer.member("by", by)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let kind = Kind(rawValue: try fields.text("kind")) else { throw WireError("member kind is unknown") }
    self.init(
      kind: kind, source: try fields.text("source"), item: fields.optionalText("item"), words: fields.optionalText("words"),
      by: fields.optionalText("by"))
  }
}
