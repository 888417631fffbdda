import JSON

/// Somebody is not there for a time, and who stands in for them meanwhile.
public struct Absence: Sendable, Equatable {
  public let id: String
  /// Who is away.
  public let person: String
  public let from: Instant
  /// The first moment at which the person is there again. Not after `from` where the absence was called off before it began.
  public let until: Instant
  /// Whose turns and tasks they are meanwhile; nil where nobody was named.
  public let delegate: String?
  /// Who said so: the person, or somebody who leads them.
  public let by: String
  public let words: String

  public init(id: String, person: String, from: Instant, until: Instant, delegate: String?, by: String, words: String = "") {
    self.id = id
    self.person = person
    self.from = from
    self.until = until
    self.delegate = delegate
    self.by = by
    self.words = words
  }

  /// So much of the future can be said.
  public static let longestSeconds: Double = 400 * 86_400
  public static let mostWords = 200
  /// So long after its end it still tells for whom an approval was given.
  public static let keptSeconds: Double = 25 * 3_600

  /// The key under which all that is said of a person's absences stands: one lane keeps their order.
  public static func key(of person: String) -> String { "away/\(person)" }

  /// - Parameter seconds: how much later the moment may have been; a part of that time is enough.
  public func covers(_ moment: Instant, orWithin seconds: Double = 0) -> Bool {
    moment < until && (from <= moment || from < until && from < moment.adding(seconds: seconds))
  }

  public func overlaps(_ other: Absence) -> Bool { from < other.until && other.from < until && from < until && other.from < other.until }

  /// The same, ended at a moment.
  public func ending(_ moment: Instant) -> Absence {
    Absence(id: id, person: person, from: from, until: moment, delegate: delegate, by: by, words: words)
  }

  fileprivate func write(members writer: inout JSONWriter) {
    writer.member("absence", id)
    writer.member("person", person)
    writer.member("from", from)
    writer.member("until", until)
    writer.member("delegate", delegate)
    writer.member("by", by)
    if !words.isEmpty { writer.member("words", words) }
  }

  public func write(_ writer: inout JSONWriter) { writer.object { write(members: &$0) } }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      id: try fields.text("absence"), person: try fields.text("person"), from: try fields.instant("from"),
      until: try fields.instant("until"), delegate: fields.optionalText("delegate"), by: try fields.text("by"),
      words: fields.optionalText("words") ?? "")
  }
}

/// `decisions`: somebody is away for a time. Said again under the same id it replaces what was said before: it ends earlier.
public struct AbsenceSaid: Body, Equatable {
  public static let type = "countersign.absence.said.v1"
  public let absence: Absence

  public init(_ absence: Absence) { self.absence = absence }

  public func write(_ writer: inout JSONWriter) { absence.write(&writer) }

  public init(_ fields: Fields) throws(WireError) { absence = try Absence(fields) }
}

/// `verdicts`: what policy makes of it, by the people that it knows by itself.
public struct AbsenceNoted: Body, Equatable {
  public static let type = "countersign.absence.noted.v1"
  public let absence: Absence
  /// Why it does not count; empty where it does.
  public let code: String

  public init(_ absence: Absence, code: String) {
    self.absence = absence
    self.code = code
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      absence.write(members: &writer)
      writer.member("code", code)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    absence = try Absence(fields)
    code = try fields.text("code")
  }
}

/// `verdicts`: what was said of a person's absences up to a moment counts for nothing any more and is forgotten.
public struct AbsencesForgotten: Body, Equatable {
  public static let type = "countersign.absence.forgotten.v1"
  public let person: String
  public let before: Instant

  public init(person: String, before: Instant) {
    self.person = person
    self.before = before
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("person", person)
      writer.member("before", before)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(person: try fields.text("person"), before: try fields.instant("before"))
  }
}
