import JSON

/// `model.requests`: a proposal is wanted. The body travels forward whole.
public struct ModelRequested: Body {
  public static let type = "countersign.model.requested.v1"
  public let workflow: String
  public let bundle: String
  /// The how-manieth request for this case, from 1; a later one fetches sources and current state anew.
  public let round: Int64
  public let data: JSON
  public let payloadHash: String
  /// An action that the producer proposed itself; only sources and current state are wanted then.
  public let proposal: JSON?
  public let ingested: Instant
  /// Who asked, what was tokenised, and when the case ends undecided: for policy's own recovery.
  public let requester: Requester?
  public let personal: JSON
  public let screened: Screening?
  public let deadline: Instant
  public let origin: Origin?
  /// Hash of workflow and normalised content, hex: near-duplicates share it.
  public let nearHash: String?
  /// The sources that had changed when somebody came to decide: people are asked anew. Empty where something else is why.
  public let changed: [String]
  /// Of a case that takes up an ended one: people decide it.
  public let reopens: Reopens?

  public init(
    workflow: String, bundle: String, round: Int64, data: JSON, payloadHash: String, proposal: JSON?, ingested: Instant,
    requester: Requester?, personal: JSON, deadline: Instant, screened: Screening? = nil, origin: Origin? = nil,
    nearHash: String? = nil, changed: [String] = [], reopens: Reopens? = nil
  ) {
    self.reopens = reopens
    self.changed = changed
    self.nearHash = nearHash
    self.origin = origin
    self.workflow = workflow
    self.bundle = bundle
    self.round = round
    self.data = data
    self.payloadHash = payloadHash
    self.proposal = proposal
    self.ingested = ingested
    self.requester = requester
    self.personal = personal
    self.screened = screened
    self.deadline = deadline
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("bundle", bundle)
      writer.member("round", round)
      writer.member("data", data)
      writer.member("payload_hash", payloadHash)
      writer.member("proposal", proposal)
      writer.member("ingested", ingested)
      writer.member("requester", requester?.json)
      writer.member("personal", personal)
      writer.member("screened", screened?.json)
      writer.member("deadline", deadline)
      writer.member("origin", origin?.json)
      if let nearHash { writer.member("near_hash", nearHash) }
      if !changed.isEmpty { writer.member("changed", changed) }
      writer.member("reopens", reopens?.json)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), bundle: try fields.text("bundle"), round: try fields.integer("round"),
      data: try fields.value("data"), payloadHash: try fields.text("payload_hash"), proposal: fields.optional("proposal"),
      ingested: try fields.instant("ingested"), requester: Requester(fields.optional("requester")),
      personal: try fields.value("personal"), deadline: try fields.instant("deadline"),
      screened: Screening(fields.optional("screened")), origin: Origin(fields.optional("origin")),
      nearHash: fields.optionalText("near_hash"), changed: try fields.texts("changed"),
      reopens: Reopens(fields.optional("reopens")))
  }
}

/// `model.proposals`: what the model proposes, on what evidence, and how far to trust it. Names the request by its hash.
public struct ProposalMade: Body {
  public static let type = "countersign.proposal.made.v1"
  public let workflow: String
  public let round: Int64
  public let payloadHash: String
  public let model: String
  public let modelVersion: String
  public let promptVersion: String
  public let calibration: String
  public let output: JSON
  /// Nil where the workflow declares none.
  public let action: JSON?
  /// The calibrated probability that the output is right, in [0,1]; nil where there is no calibration.
  public let probability: Double?
  public let rawScore: Double
  public let scoreKind: String
  /// Quality of the retrieved evidence, in [0,1].
  public let retrieval: Double
  /// What the score is made of: `[{"name", "value", "why"}]`.
  public let parts: JSON
  /// `[{"name", "id", "digest", "fetched_at", "shelf_life", "score", "fields"}]`.
  public let sources: JSON
  /// The target as it stood, tokenised; the left side of the diff.
  public let current: JSON?
  /// The digest of the target as the source returned it, hex, and the salt, base64url (permit claims `pre`, `salt`).
  public let pre: String?
  public let salt: String?
  /// Context findings: `[{"code", "field", "detail"}]`.
  public let findings: JSON
  /// The private values of the evidence behind the tokens, sealed, and until when model-adapter redeems them.
  public let sealed: String?
  public let keep: Instant?
  /// What those values hold of what policy prohibits.
  public let screened: Screening?

  public init(
    workflow: String, round: Int64, payloadHash: String, model: String, modelVersion: String, promptVersion: String,
    calibration: String, output: JSON, action: JSON?, probability: Double?, rawScore: Double, scoreKind: String,
    retrieval: Double, parts: JSON, sources: JSON, current: JSON?, pre: String?, salt: String?, findings: JSON, sealed: String? = nil,
    keep: Instant? = nil, screened: Screening? = nil
  ) {
    self.workflow = workflow
    self.round = round
    self.payloadHash = payloadHash
    self.model = model
    self.modelVersion = modelVersion
    self.promptVersion = promptVersion
    self.calibration = calibration
    self.output = output
    self.action = action
    self.probability = probability
    self.rawScore = rawScore
    self.scoreKind = scoreKind
    self.retrieval = retrieval
    self.parts = parts
    self.sources = sources
    self.current = current
    self.pre = pre
    self.salt = salt
    self.findings = findings
    self.sealed = sealed
    self.keep = keep
    self.screened = screened
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("round", round)
      writer.member("payload_hash", payloadHash)
      writer.member("model", model)
      writer.member("model_version", modelVersion)
      writer.member("prompt_version", promptVersion)
      writer.member("calibration", calibration)
      writer.member("output", output)
      writer.member("action", action)
      writer.member("probability", probability)
      writer.member("raw_score", rawScore)
      writer.member("score_kind", scoreKind)
      writer.member("retrieval", retrieval)
      writer.member("parts", parts)
      writer.member("sources", sources)
      writer.member("current", current)
      writer.member("pre", pre)
      writer.member("salt", salt)
      writer.member("findings", findings)
      writer.member("sealed", sealed)
      writer.member("keep", keep)
      writer.member("screened", screened?.json)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), round: try fields.integer("round"),
      payloadHash: try fields.text("payload_hash"), model: try fields.text("model"),
      modelVersion: try fields.text("model_version"), promptVersion: try fields.text("prompt_version"),
      calibration: try fields.text("calibration"), output: try fields.value("output"), action: fields.optional("action"),
      probability: fields.optional("probability")?.double, rawScore: try fields.number("raw_score"),
      scoreKind: try fields.text("score_kind"), retrieval: try fields.number("retrieval"),
      parts: try fields.value("parts"), sources: try fields.value("sources"), current: fields.optional("current"),
      pre: fields.optionalText("pre"), salt: fields.optionalText("salt"), findings: try fields.value("findings"),
      sealed: fields.optionalText("sealed"), keep: fields.optionalInteger("keep").map(Instant.init(microseconds:)),
      screened: Screening(fields.optional("screened")))
  }
}

/// `model.proposals`: the request was taken and waits for the outside world. Together these records hold all that is
/// needed to go on, so that the service's own records give its state back: the first one holds the request, each later
/// one what has come in since. One without request, calls and results says that the case's sealed values were dropped.
public struct ProposalPending: Body {
  public static let type = "countersign.proposal.pending.v1"
  /// `ModelRequested`; null in later records of the same request.
  public let request: JSON
  /// What is still owed: ids of calls.
  public let calls: [String]
  /// What has come in with this record, by call id.
  public let results: JSON
  /// All sealed values of the case so far.
  public let sealed: String?
  /// When the request is given up.
  public let until: Instant?

  public init(request: JSON, calls: [String], results: JSON, sealed: String? = nil, until: Instant? = nil) {
    self.request = request
    self.calls = calls
    self.results = results
    self.sealed = sealed
    self.until = until
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("request", request)
      writer.member("calls", calls)
      writer.member("results", results)
      writer.member("sealed", sealed)
      writer.member("until", until)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      request: try fields.value("request"), calls: try fields.texts("calls"), results: try fields.value("results"),
      sealed: fields.optionalText("sealed"), until: fields.optionalInteger("until").map(Instant.init(microseconds:)))
  }
}

/// `model.proposals`: there will be none for this request; the case goes to a person with this reason.
public struct ProposalFailed: Body {
  public static let type = "countersign.proposal.failed.v1"
  /// Zero where the request could not be read at all: then whichever round is open has failed.
  public let round: Int64
  /// `model.unavailable`, `model.failed`, `context.probe_failed`, …
  public let code: String
  public let reason: String
  public let current: JSON?
  public let sources: JSON
  public let pre: String?
  public let salt: String?
  /// As in `ProposalMade`.
  public let sealed: String?
  public let keep: Instant?

  public init(
    round: Int64, code: String, reason: String, current: JSON? = nil, sources: JSON = [], pre: String? = nil,
    salt: String? = nil, sealed: String? = nil, keep: Instant? = nil
  ) {
    self.round = round
    self.code = code
    self.reason = reason
    self.current = current
    self.sources = sources
    self.pre = pre
    self.salt = salt
    self.sealed = sealed
    self.keep = keep
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("round", round)
      writer.member("code", code)
      writer.member("reason", reason)
      writer.member("current", current)
      writer.member("sources", sources)
      writer.member("pre", pre)
      writer.member("salt", salt)
      writer.member("sealed", sealed)
      writer.member("keep", keep)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      round: try fields.integer("round"), code: try fields.text("code"), reason: try fields.text("reason"),
      current: fields.optional("current"), sources: fields.optional("sources") ?? [], pre: fields.optionalText("pre"),
      salt: fields.optionalText("salt"), sealed: fields.optionalText("sealed"),
      keep: fields.optionalInteger("keep").map(Instant.init(microseconds:)))
  }
}
