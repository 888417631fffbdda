import JSON

/// Why a case is another one's second chance: which, who wants it, and who must not decide it again.
public struct Reopens: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Somebody of the house with the right to has it decided again.
    case reopen
    /// Whoever it concerns does not accept what was decided.
    case appeal
  }
  /// The ended case. Nothing of it is changed.
  public let caseID: String
  public let kind: Kind
  /// `ISSUER SUBJECT` of who reopened it; of an appeal whom the source names, or the source.
  public let by: String
  /// Private values of the item are tokens of the new case.
  public var words: String
  /// How it had ended (`Domain.Outcome`).
  public let outcome: String
  /// `ISSUER SUBJECT` of everybody whose decision counted there, and of who reopened it.
  public let barred: [String]

  public init(caseID: String, kind: Kind, by: String, words: String, outcome: String, barred: [String]) {
    self.caseID = caseID
    self.kind = kind
    self.by = by
    self.words = words
    self.outcome = outcome
    self.barred = barred
  }

  /// Nil where it is no second chance.
  public init?(_ json: JSON?) {
    guard let json, let caseID = json["case"]?.string, let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)) else { return nil }
    self.init(
      caseID: caseID, kind: kind, by: json["by"]?.string ?? "", words: json["words"]?.string ?? "", outcome: json["outcome"]?.string ?? "",
      barred: (json["barred"]?.array ?? []).compactMap(\.string))
  }

  public var json: JSON {
    [
      "case": .string(caseID), "kind": .string(kind.rawValue), "by": .string(by), "words": .string(words), "outcome": .string(outcome),
      "barred": .array(barred.map { .string($0) }),
    ]
  }

  /// Whether something was done that stays done.
  public var hadEffect: Bool { ["executed", "decided_otherwise", "effect_unknown"].contains(outcome) }
}

/// `cases`, under the ended case: another one takes it up again.
public struct CaseReopened: Body {
  public static let type = "countersign.case.reopened.v1"
  /// The new case.
  public let again: String
  public let kind: Reopens.Kind
  public let by: String
  public let words: String

  public init(again: String, _ reopens: Reopens) {
    self.again = again
    kind = reopens.kind
    by = reopens.by
    words = reopens.words
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("again", again)
      writer.member("kind", kind.rawValue)
      writer.member("by", by)
      writer.member("words", words)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let kind = Reopens.Kind(rawValue: try fields.text("kind")) else { throw WireError("member kind is unknown") }
    again = try fields.text("again")
    self.kind = kind
    by = try fields.text("by")
    words = try fields.text("words")
  }
}
