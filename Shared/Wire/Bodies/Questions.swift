import JSON

/// `decisions`: a reviewer wants to know something from whoever asked. No decision: it gives nobody any right, and policy
/// says for itself whether it goes out.
public struct QuestionAsked: Body {
  public static let type = "countersign.question.asked.v1"
  public let question: String
  /// `ISSUER SUBJECT` of the reviewer.
  public let by: String
  public let words: String
  /// Of the case file that the reviewer saw.
  public let version: Int64

  public init(question: String, by: String, words: String, version: Int64) {
    self.question = question
    self.by = by
    self.words = words
    self.version = version
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("question", question)
      writer.member("by", by)
      writer.member("words", words)
      writer.member("version", version)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      question: try fields.text("question"), by: try fields.text("by"), words: try fields.text("words"),
      version: try fields.integer("version"))
  }

  /// How long whoever asked has for an answer, in seconds; then the case ends, rejected.
  public static let seconds: Double = 86_400
  /// Questions of a case at most: each stops the reviewers' clock.
  public static let most = 2
}

/// `outcomes`: a question to the producer, for whoever asked. It does not name the reviewer. The answer comes back through the door as
/// `countersign.item.answer.v1`.
public struct QuestionPut: Body {
  public static let type = "countersign.question.put.v1"
  public let caseID: String
  public let workflow: String
  public let question: String
  public let words: String
  public let asked: Instant
  public let until: Instant
  public let origin: Origin

  public init(caseID: String, workflow: String, question: String, words: String, asked: Instant, until: Instant, origin: Origin) {
    self.caseID = caseID
    self.workflow = workflow
    self.question = question
    self.words = words
    self.asked = asked
    self.until = until
    self.origin = origin
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("case", caseID)
      writer.member("workflow", workflow)
      writer.member("question", question)
      writer.member("words", words)
      writer.member("asked", asked)
      writer.member("until", until)
      writer.member("answer_by", until.description)
      writer.member("source", origin.source)
      writer.member("item", origin.item)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let origin = Origin(.object(fields.object)) else { throw WireError("members source and item were expected") }
    self.init(
      caseID: try fields.text("case"), workflow: try fields.text("workflow"), question: try fields.text("question"),
      words: try fields.text("words"), asked: try fields.instant("asked"),
      until: try fields.instant("until"), origin: origin)
  }
}

/// `cases`: the answer to a question. Known private values of the case stand in it as tokens.
public struct CaseAnswered: Body {
  public static let type = "countersign.case.answered.v1"
  public let source: String
  public let item: String
  public let question: String
  public let words: String
  /// Who says so, as the source claims; nil where it names nobody.
  public let by: String?

  public init(source: String, item: String, question: String, words: String, by: String?) {
    self.source = source
    self.item = item
    self.question = question
    self.words = words
    self.by = by
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("source", source)
      writer.member("item", item)
      writer.member("question", question)
      writer.member("words", words)
      writer.member("by", by)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      source: try fields.text("source"), item: try fields.text("item"), question: try fields.text("question"),
      words: try fields.text("words"), by: fields.optionalText("by"))
  }
}
