import JSON

/// `verdicts`, once in each lane: a person rejected something, and the next similar item of the same subject will not be
/// automatic.
public struct StandDownBegan: Body {
  public static let type = "countersign.stand_down.began.v1"
  /// SHA-256, in hex, over workflow, type of action and subject, each followed by a line feed.
  public let subject: String
  public let workflow: String
  /// The case that was rejected, and the reason code.
  public let caseID: String
  public let code: String
  public let at: Instant
  public let until: Instant

  public init(subject: String, workflow: String, caseID: String, code: String, at: Instant, until: Instant) {
    self.subject = subject
    self.workflow = workflow
    self.caseID = caseID
    self.code = code
    self.at = at
    self.until = until
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("subject", subject)
      writer.member("workflow", workflow)
      writer.member("case", caseID)
      writer.member("code", code)
      writer.member("at", at)
      writer.member("until", until)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      subject: try fields.text("subject"), workflow: try fields.text("workflow"), caseID: try fields.text("case"),
      code: try fields.text("code"), at: try fields.instant("at"), until: try fields.instant("until"))
  }
}

/// `verdicts`, once in each lane: a person approved something of the subject.
public struct StandDownEnded: Body {
  public static let type = "countersign.stand_down.ended.v1"
  public let subject: String
  public let caseID: String

  public init(subject: String, caseID: String) {
    self.subject = subject
    self.caseID = caseID
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("subject", subject)
      writer.member("case", caseID)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(subject: try fields.text("subject"), caseID: try fields.text("case"))
  }
}
