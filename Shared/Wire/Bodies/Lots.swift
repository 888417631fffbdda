import JSON

/// `verdicts`, once in each lane: what a person found out about a held sample.
public struct SampleJudged: Body {
  public static let type = "countersign.sample.judged.v1"
  public let workflow: String
  public let stratum: String
  public let caseID: String
  /// The proposal stood as it was: neither rejected nor edited.
  public let conforms: Bool
  public let code: String
  /// The decision was taken back: it counts no more.
  public let undone: Bool
  public let at: Instant

  public init(workflow: String, stratum: String, caseID: String, conforms: Bool, code: String, undone: Bool, at: Instant) {
    self.workflow = workflow
    self.stratum = stratum
    self.caseID = caseID
    self.conforms = conforms
    self.code = code
    self.undone = undone
    self.at = at
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("stratum", stratum)
      writer.member("case", caseID)
      writer.member("conforms", conforms)
      writer.member("code", code)
      writer.member("undone", undone)
      writer.member("at", at)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), stratum: try fields.text("stratum"), caseID: try fields.text("case"),
      conforms: try fields.flag("conforms"), code: try fields.text("code"), undone: try fields.flag("undone"),
      at: try fields.instant("at"))
  }
}

/// `verdicts`, once in each lane: a person signed that a stratum of which too many lots were rejected may go on.
public struct LotsResumed: Body {
  public static let type = "countersign.lots.resumed.v1"
  public let workflow: String
  public let stratum: String
  public let by: String
  public let reason: String
  public let at: Instant

  public init(workflow: String, stratum: String, by: String, reason: String, at: Instant) {
    self.workflow = workflow
    self.stratum = stratum
    self.by = by
    self.reason = reason
    self.at = at
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("stratum", stratum)
      writer.member("by", by)
      writer.member("reason", reason)
      writer.member("at", at)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), stratum: try fields.text("stratum"), by: try fields.text("by"),
      reason: try fields.text("reason"), at: try fields.instant("at"))
  }
}
