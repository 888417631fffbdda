import JSON

/// `verdicts`: a signed list of exceptions was put in force, in place of the one before.
public struct ExceptionsListed: Body {
  public static let type = "countersign.exceptions.listed.v1"
  /// Under which lists, reminders and ends stand, so that one lane keeps their order.
  public static let key = "exceptions"
  public let version: Int64
  public let at: Instant
  /// Who put it; those who answer for it have signed.
  public let by: String
  /// As it was signed.
  public let list: JSON
  public let signatures: [String]

  public init(version: Int64, at: Instant, by: String, list: JSON, signatures: [String]) {
    self.version = version
    self.at = at
    self.by = by
    self.list = list
    self.signatures = signatures
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("version", version)
      writer.member("at", at)
      writer.member("by", by)
      writer.member("list", list)
      writer.member("signatures", signatures)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      version: try fields.integer("version"), at: try fields.instant("at"), by: try fields.text("by"),
      list: try fields.value("list"), signatures: try fields.texts("signatures"))
  }
}

/// `verdicts`: what an exception did or what becomes of it.
public struct ExceptionUsed: Body {
  public static let type = "countersign.exception.used.v1"
  public let exception: String
  public let workflow: String
  public let caseID: String
  public let at: Instant
  /// When the exception ends.
  public let until: Instant
  /// Codes of the matches that it relieved.
  public let waived: [String]
  /// The case's route with it.
  public let route: String

  public init(exception: String, workflow: String, caseID: String, at: Instant, until: Instant, waived: [String], route: String) {
    self.exception = exception
    self.workflow = workflow
    self.caseID = caseID
    self.at = at
    self.until = until
    self.waived = waived
    self.route = route
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("exception", exception)
      writer.member("workflow", workflow)
      writer.member("case", caseID)
      writer.member("at", at)
      writer.member("until", until)
      writer.member("waived", waived)
      writer.member("route", route)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      exception: try fields.text("exception"), workflow: try fields.text("workflow"), caseID: try fields.text("case"),
      at: try fields.instant("at"), until: try fields.instant("until"), waived: try fields.texts("waived"),
      route: try fields.text("route"))
  }
}

/// `verdicts`: an exception ends soon. Whoever still needs it asks for another one in time.
public struct ExceptionReminded: Body {
  public static let type = "countersign.exception.reminded.v1"
  public let exception: String
  public let workflow: String
  public let expires: Instant

  public init(exception: String, workflow: String, expires: Instant) {
    self.exception = exception
    self.workflow = workflow
    self.expires = expires
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("exception", exception)
      writer.member("workflow", workflow)
      writer.member("expires", expires)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(exception: try fields.text("exception"), workflow: try fields.text("workflow"), expires: try fields.instant("expires"))
  }
}

/// `verdicts`: an exception is over. It relieves nothing from its end on, whenever this is said.
public struct ExceptionEnded: Body {
  public static let type = "countersign.exception.ended.v1"
  public let exception: String
  public let workflow: String
  public let expires: Instant
  /// `expired`, or `replaced` where a later list does not hold it any more as it was.
  public let why: String

  public init(exception: String, workflow: String, expires: Instant, why: String) {
    self.exception = exception
    self.workflow = workflow
    self.expires = expires
    self.why = why
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("exception", exception)
      writer.member("workflow", workflow)
      writer.member("expires", expires)
      writer.member("why", why)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      exception: try fields.text("exception"), workflow: try fields.text("workflow"), expires: try fields.instant("expires"),
      why: try fields.text("why"))
  }
}
