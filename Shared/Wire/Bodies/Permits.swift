import JSON

/// `permits`: an executor may perform one action once.
public struct PermitIssued: Body {
  public static let type = "countersign.permit.issued.v1"
  /// Compact JWS (`Permits.Permit`).
  public let permit: String
  /// The action, tokenised; SHA-256 of its RFC 8785 form is the claim `act`.
  public let action: JSON
  /// For each token in the action, the base URL of the service that redeems it.
  public let holders: JSON
  /// What policy let the machine act on alone: `{"risk", "draw", "model", "prompt"}`; nil where people approved.
  public let basis: JSON?

  public init(permit: String, action: JSON, holders: JSON, basis: JSON? = nil) {
    self.basis = basis
    self.permit = permit
    self.action = action
    self.holders = holders
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("permit", permit)
      writer.member("action", action)
      writer.member("holders", holders)
      writer.member("basis", basis)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(permit: try fields.text("permit"), action: try fields.value("action"), holders: try fields.value("holders"),
      basis: fields.optional("basis"))
  }
}

/// `permits`: permits of an effect must not be acted on any more.
public struct PermitRevoked: Body {
  public static let type = "countersign.permit.revoked.v1"
  public let permit: String
  public let effect: String
  public let reason: String

  public init(permit: String, effect: String, reason: String) {
    self.permit = permit
    self.effect = effect
    self.reason = reason
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("jti", permit)
      writer.member("eff", effect)
      writer.member("reason", reason)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(permit: try fields.text("jti"), effect: try fields.text("eff"), reason: try fields.text("reason"))
  }
}

/// `outcomes`: the final state of a case.
public struct CaseEnded: Body {
  public static let type = "countersign.outcome.v1"
  public let caseID: String
  public let workflow: String
  /// One of `Domain.Outcome`.
  public let outcome: String
  public let code: String
  public let reason: String
  public let effect: String?
  /// Of an advisory outcome: what the model, or a person, said.
  public let result: JSON?
  public let ingested: Instant
  /// By which the producer knows its item again.
  public let origin: Origin?
  /// The ended case that this one took up again.
  public let reopens: String?

  public init(
    caseID: String, workflow: String, outcome: String, code: String, reason: String, effect: String?, result: JSON?,
    ingested: Instant, origin: Origin? = nil, reopens: String? = nil
  ) {
    self.reopens = reopens
    self.origin = origin
    self.caseID = caseID
    self.workflow = workflow
    self.outcome = outcome
    self.code = code
    self.reason = reason
    self.effect = effect
    self.result = result
    self.ingested = ingested
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("case", caseID)
      writer.member("workflow", workflow)
      writer.member("outcome", outcome)
      writer.member("code", code)
      writer.member("reason", reason)
      writer.member("eff", effect)
      writer.member("result", result)
      writer.member("ingested", ingested)
      writer.member("source", origin?.source)
      writer.member("item", origin?.item)
      writer.member("reopens", reopens)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      caseID: try fields.text("case"), workflow: try fields.text("workflow"), outcome: try fields.text("outcome"),
      code: try fields.text("code"), reason: try fields.text("reason"), effect: fields.optionalText("eff"),
      result: fields.optional("result"), ingested: try fields.instant("ingested"), origin: Origin(.object(fields.object)),
      reopens: fields.optionalText("reopens"))
  }
}
