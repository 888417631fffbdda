import JSON

/// `verdicts`: while its workflow is stopped nothing about a case ends or goes out by itself; it waits, and goes on when
/// two people have started the workflow again.
public struct CaseHeld: Body {
  public static let type = "countersign.case.held.v1"
  /// False: it goes on.
  public let held: Bool
  public let reason: String

  public init(held: Bool, reason: String) {
    self.held = held
    self.reason = reason
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("held", held)
      writer.member("reason", reason)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(held: try fields.flag("held"), reason: try fields.text("reason"))
  }
}

/// `verdicts`: something that holds for all cases was changed: what is stopped, and which keys sign permits.
///
/// Each change once at least, in their order; `version` tells repetitions.
public struct SwitchChanged: Body, Equatable {
  public static let type = "countersign.switch.changed.v1"
  /// Under which they all stand, so that one lane keeps their order.
  public static let key = "switches"
  public let version: Int64
  public let at: Instant
  /// A person, or `countersign` itself.
  public let by: String
  /// In one sentence.
  public let what: String
  /// By what the person showed that they want it, where they signed: `{"own", "own_key"}`, their signature and policy's certificate of the key.
  public let proof: JSON?

  public init(version: Int64, at: Instant, by: String, what: String, proof: JSON? = nil) {
    self.version = version
    self.at = at
    self.by = by
    self.what = what
    self.proof = proof
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("version", version)
      writer.member("at", at)
      writer.member("by", by)
      writer.member("what", what)
      writer.member("proof", proof)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      version: try fields.integer("version"), at: try fields.instant("at"), by: try fields.text("by"),
      what: try fields.text("what"), proof: fields.optional("proof"))
  }
}
