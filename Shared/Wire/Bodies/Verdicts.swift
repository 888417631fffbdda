import JSON

/// `verdicts`: what policy made of a case before it let the machine act alone. Policy's own decision record: its id is
/// what the effect of an automatic case rests on.
public struct CaseJudged: Body {
  public static let type = "countersign.case.judged.v1"
  public let id: String
  public let route: String
  public let risk: String
  public let confidence: Double?
  public let parts: JSON
  public let matches: JSON
  /// `{"mode", "drawn", "probability", "stratum"}`.
  public let draw: JSON

  public init(
    id: String, route: String, risk: String, confidence: Double?, parts: JSON, matches: JSON, draw: JSON
  ) {
    self.id = id
    self.route = route
    self.risk = risk
    self.confidence = confidence
    self.parts = parts
    self.matches = matches
    self.draw = draw
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id)
      writer.member("route", route)
      writer.member("risk", risk)
      writer.member("confidence", confidence)
      writer.member("parts", parts)
      writer.member("matches", matches)
      writer.member("draw", draw)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      id: try fields.text("id"), route: try fields.text("route"), risk: try fields.text("risk"),
      confidence: fields.optional("confidence")?.double, parts: try fields.value("parts"),
      matches: try fields.value("matches"), draw: try fields.value("draw"))
  }
}

/// `verdicts`: what policy made of a person's decision.
public struct DecisionJudged: Body {
  public static let type = "countersign.decision.judged.v1"
  public enum Result: String, Sendable, CaseIterable {
    /// It counts; others are still needed.
    case counted
    /// It counts and completes the quorum; the permit follows at `release`.
    case complete
    /// It does not count, for the reason `code`.
    case refused
    /// The decider took it back in time.
    case undone
  }
  public let result: Result
  public let decision: String
  public let code: String
  public let reason: String
  /// The signed decision, where it counts.
  public let token: String?
  /// `ISSUER SUBJECT` of the person.
  public let person: String?
  public let release: Instant?

  public init(
    result: Result, decision: String, code: String, reason: String, token: String?, person: String?, release: Instant?
  ) {
    self.result = result
    self.decision = decision
    self.code = code
    self.reason = reason
    self.token = token
    self.person = person
    self.release = release
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("result", result.rawValue)
      writer.member("decision", decision)
      writer.member("code", code)
      writer.member("reason", reason)
      writer.member("token", token)
      writer.member("person", person)
      writer.member("release", release)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let result = Result(rawValue: try fields.text("result")) else { throw WireError("member result is unknown") }
    self.init(
      result: result, decision: try fields.text("decision"), code: try fields.text("code"),
      reason: try fields.text("reason"), token: fields.optionalText("token"), person: fields.optionalText("person"),
      release: fields.optionalInteger("release").map(Instant.init(microseconds:)))
  }
}

/// `verdicts`: an executor's answer that does not end the case, and why.
public struct EffectNoted: Body {
  public static let type = "countersign.effect.noted.v1"
  public let effect: String
  public let permit: String
  public let status: String
  public let reason: String

  public init(effect: String, permit: String, status: String, reason: String) {
    self.effect = effect
    self.permit = permit
    self.status = status
    self.reason = reason
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("eff", effect)
      writer.member("jti", permit)
      writer.member("status", status)
      writer.member("reason", reason)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      effect: try fields.text("eff"), permit: try fields.text("jti"), status: try fields.text("status"),
      reason: try fields.text("reason"))
  }
}

/// `feedback`: what the model said and what people made of it. A label until somebody adjudicates it, never the truth.
public struct ModelFeedback: Body {
  public static let type = "countersign.model.feedback.v1"
  public let workflow: String
  public let model: String
  public let prompt: String
  public let verb: String
  public let code: String
  public let changed: Bool
  /// `ISSUER SUBJECT` of the person.
  public let reviewer: String
  /// `unadjudicated`: one person has said so.
  public let adjudication: String
  /// How the case came to be looked at, with its probability: `hold 0.080`; `none` where it was not drawn.
  public let draw: String
  /// What the label comes from: the decision, the version of the case file that it saw, and the bundle.
  public let decision: String
  public let version: Int64
  public let bundle: String

  public init(
    workflow: String, model: String, prompt: String, verb: String, code: String, changed: Bool, reviewer: String,
    adjudication: String = "unadjudicated", draw: String, decision: String, version: Int64, bundle: String
  ) {
    self.workflow = workflow
    self.model = model
    self.prompt = prompt
    self.verb = verb
    self.code = code
    self.changed = changed
    self.reviewer = reviewer
    self.adjudication = adjudication
    self.draw = draw
    self.decision = decision
    self.version = version
    self.bundle = bundle
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("model", model)
      writer.member("prompt", prompt)
      writer.member("verb", verb)
      writer.member("code", code)
      writer.member("changed", changed)
      writer.member("reviewer", reviewer)
      writer.member("adjudication", adjudication)
      writer.member("draw", draw)
      writer.member("decision", decision)
      writer.member("version", version)
      writer.member("bundle", bundle)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), model: try fields.text("model"), prompt: try fields.text("prompt"),
      verb: try fields.text("verb"), code: try fields.text("code"), changed: try fields.flag("changed"),
      reviewer: fields.optionalText("reviewer") ?? "none", adjudication: fields.optionalText("adjudication") ?? "unadjudicated",
      draw: fields.optionalText("draw") ?? "none", decision: fields.optionalText("decision") ?? "none",
      version: fields.optionalInteger("version") ?? 0, bundle: fields.optionalText("bundle") ?? "none")
  }
}
