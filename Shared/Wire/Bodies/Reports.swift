import JSON

/// `reviews`: somebody puts their name under a report of audit's, as it was shown to them. No case is meant.
public struct ReportSigned: Body, Equatable {
  public static let type = "countersign.report.signed.v1"
  /// `daily/2026-11-29`, `weekly/2026-11-23`, `quarterly/2026-10-01`.
  public let report: String
  /// Of what was shown: SHA-256 of the report's figures, lower-case hexadecimal.
  public let digest: String
  /// Issuer and subject, with a space between.
  public let person: String
  /// How the person had signed in.
  public let strength: String
  public let words: String
  public let at: Instant

  public static let mostWords = 500

  public init(report: String, digest: String, person: String, strength: String, words: String, at: Instant) {
    self.report = report
    self.digest = digest
    self.person = person
    self.strength = strength
    self.words = words
    self.at = at
  }

  /// The key under which all signatures of a report stand.
  public var key: String { "report/\(report)" }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("report", report)
      writer.member("digest", digest)
      writer.member("person", person)
      writer.member("strength", strength)
      writer.member("words", words)
      writer.member("at", at)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      report: try fields.text("report"), digest: try fields.text("digest"), person: try fields.text("person"),
      strength: try fields.text("strength"), words: try fields.text("words"), at: try fields.instant("at"))
  }
}
