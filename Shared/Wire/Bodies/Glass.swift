import JSON

/// `decisions`: a person breaks the glass for a case, as the reviewer service signed it over the person's own signature. All that counts
/// stands in the JWS (`Permits.GlassGrant`).
public struct GlassBroken: Body {
  public static let type = "countersign.glass.broken.v1"
  public let grant: String

  public init(grant: String) { self.grant = grant }

  public func write(_ writer: inout JSONWriter) { writer.object { $0.member("grant", grant) } }

  public init(_ fields: Fields) throws(WireError) { grant = try fields.text("grant") }
}

/// `reviews.requested`: what policy makes of it, and when it is over.
public struct GlassJudged: Body {
  public static let type = "countersign.glass.judged.v1"
  public enum Result: String, Sendable, CaseIterable {
    case granted, refused
    /// Nothing can be decided under it any more: it was used, its time is over, or its case is.
    case ended
  }
  public let result: Result
  /// The grant's id; empty where it could not be read.
  public let grant: String
  /// Why, as a code: of a refusal, or `used`, `unused` and `closed`.
  public let code: String
  public let reason: String
  /// `ISSUER ID`; nil where it could not be read.
  public let person: String?
  public let ticket: String
  /// When its time is over, on the clock of the story; of what is granted.
  public let until: Instant?
  /// The signed grant; of what is granted.
  public let token: String?

  public init(
    result: Result, grant: String, code: String, reason: String, person: String?, ticket: String = "", until: Instant? = nil, token: String? = nil
  ) {
    (self.result, self.grant, self.code, self.reason) = (result, grant, code, reason)
    (self.person, self.ticket, self.until, self.token) = (person, ticket, until, token)
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("result", result.rawValue)
      writer.member("grant", grant)
      writer.member("code", code)
      writer.member("reason", reason)
      writer.member("person", person)
      writer.member("ticket", ticket)
      writer.member("until", until)
      writer.member("token", token)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let result = Result(rawValue: try fields.text("result")) else { throw WireError("member result is unknown") }
    self.init(
      result: result, grant: try fields.text("grant"), code: try fields.text("code"), reason: try fields.text("reason"),
      person: fields.optionalText("person"), ticket: try fields.text("ticket"),
      until: fields.optionalInteger("until").map(Instant.init(microseconds:)), token: fields.optionalText("token"))
  }
}

/// `verdicts`: what has become of a person's right to break the glass, by their grants. About the case, under the person.
public struct GlassNoted: Body, Equatable {
  public static let type = "countersign.glass.noted.v1"
  public enum What: String, Sendable, CaseIterable {
    case granted
    /// Another person is asked to look at it, until `due`.
    case asked
    /// That person has found it justified.
    case justified
    /// That person has not: the right is suspended.
    case unjustified
    /// Nobody has looked at it in time: the right is suspended until somebody does.
    case overdue
    /// Somebody gives a suspended right back; of no grant in particular.
    case restored
  }
  public let what: What
  public let personIssuer: String
  public let person: String
  public let grant: String
  public let caseID: String
  public let at: Instant
  public let due: Instant?
  /// Who says so, as far as it is a person: `ISSUER ID`.
  public let by: String
  public let reason: String

  public init(
    _ what: What, personIssuer: String, person: String, grant: String, caseID: String, at: Instant, due: Instant? = nil, by: String = "", reason: String = ""
  ) {
    (self.what, self.personIssuer, self.person, self.grant, self.caseID) = (what, personIssuer, person, grant, caseID)
    (self.at, self.due, self.by, self.reason) = (at, due, by, reason)
  }

  /// Under which all that is noted of a person stands: one lane keeps its order.
  public static func place(of person: String) -> String { "glass/\(person)" }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("what", what.rawValue)
      writer.member("person_iss", personIssuer)
      writer.member("person", person)
      writer.member("grant", grant)
      writer.member("case", caseID)
      writer.member("at", at)
      writer.member("due", due)
      writer.member("by", by)
      writer.member("reason", reason)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let what = What(rawValue: try fields.text("what")) else { throw WireError("member what is unknown") }
    self.init(
      what, personIssuer: try fields.text("person_iss"), person: try fields.text("person"), grant: try fields.text("grant"),
      caseID: try fields.text("case"), at: try fields.instant("at"), due: fields.optionalInteger("due").map(Instant.init(microseconds:)),
      by: try fields.text("by"), reason: try fields.text("reason"))
  }
}
