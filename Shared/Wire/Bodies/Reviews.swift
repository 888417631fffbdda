import JSON

/// `reviews.requested`: the case file for the people who decide. Written by policy; the reviewer passes it on as it is.
public struct ReviewRequested: Body {
  public static let type = "countersign.review.requested.v1"
  public let workflow: String
  public let bundle: String
  public let template: String
  /// Counts the requests for this case, from 1. A decision names the version that it saw.
  public let version: Int64
  public let route: String
  public let risk: String
  public let confidence: Double?
  /// `[{"name", "value", "weight", "floor", "origin"}]`.
  public let parts: JSON
  /// `[{"rule", "gate", "code", "route", "because", "evidence"}]`, the strictest first.
  public let matches: JSON
  public let data: JSON
  public let output: JSON?
  public let action: JSON?
  public let actionHash: String?
  public let current: JSON?
  public let sources: JSON
  public let requester: Requester?
  /// The quorum tree: `{"group", "count"}` or `{"of": n, "branches": […]}`.
  public let quorum: JSON
  /// Rungs: `[{"after_seconds", "group", "channel", "calendar"?}]`, the first at 0. With a calendar the time since the rung before
  /// runs in its working hours.
  public let ladder: JSON
  /// Who answers for the workflow by name.
  public let accountable: String
  public let undoSeconds: Int64
  public let deadline: Instant
  public let ingested: Instant
  public let payloadHash: String
  public let draw: String
  /// Where the case was held for checking: of what it is a sample.
  public let stratum: String?
  /// Who may not take part, `ISSUER ID`: whoever decided about the same question before.
  public let barred: [String]
  /// Approvals that already count (decision ids), after a part of the quorum.
  public let approvals: JSON
  /// People who edited and so do not count as approvers: `["ISSUER SUBJECT"]`.
  public let editors: [String]
  /// Of the current state, for the permit (claims `pre` and `salt`).
  public let pre: String?
  public let salt: String?
  public let model: String?
  public let prompt: String?
  public let personal: JSON
  public let screened: Screening?
  /// False below the workflow's `stop_below`: fold the proposal away, labelled not trusted.
  public let trusted: Bool
  public let queue: String
  public let origin: Origin?
  /// What whoever asked has answered to reviewers' questions: `[{"question", "words", "asked", "answer", "by"?, "source",
  /// "answered"}]`, times in microseconds; empty where nobody has asked.
  public let answers: JSON
  /// Who hears of the case when it opens: `{"group", "channel"}`.
  public let supervisor: JSON?
  /// Hash of workflow and normalised content, hex: near-duplicates share it.
  public let nearHash: String?
  /// Whether policy counts a decision on it only under the person's own key (`DECISION_KEYS`).
  public let mustSign: Bool
  /// Of a case that takes up an ended one.
  public var reopens: Reopens?
  /// Who may decide it alone where others cannot be reached: `{"group", "minutes", "most_minutes", "tell", "channel"}`; nil where nobody may.
  public let glass: JSON?

  /// Whether it is a question without a case file: a message of the case could not be handled, so it names no workflow. It
  /// may be rejected or escalated, never approved.
  public var isBare: Bool { workflow.isEmpty }

  public init(
    workflow: String, bundle: String, template: String, version: Int64, route: String, risk: String, confidence: Double?,
    parts: JSON, matches: JSON, data: JSON, output: JSON?, action: JSON?, actionHash: String?, current: JSON?,
    sources: JSON, requester: Requester?, quorum: JSON, ladder: JSON, accountable: String, undoSeconds: Int64,
    deadline: Instant, ingested: Instant, payloadHash: String, draw: String, approvals: JSON,
    editors: [String], pre: String?, salt: String?, model: String?, prompt: String?, personal: JSON, trusted: Bool,
    queue: String, screened: Screening? = nil, origin: Origin? = nil, stratum: String? = nil, barred: [String] = [], nearHash: String? = nil,
    answers: JSON = [], supervisor: JSON? = nil, mustSign: Bool = false, glass: JSON? = nil, reopens: Reopens? = nil
  ) {
    self.reopens = reopens
    self.glass = glass
    self.mustSign = mustSign
    self.nearHash = nearHash
    self.supervisor = supervisor
    self.barred = barred
    self.answers = answers
    self.origin = origin
    self.stratum = stratum
    self.workflow = workflow
    self.bundle = bundle
    self.template = template
    self.version = version
    self.route = route
    self.risk = risk
    self.confidence = confidence
    self.parts = parts
    self.matches = matches
    self.data = data
    self.output = output
    self.action = action
    self.actionHash = actionHash
    self.current = current
    self.sources = sources
    self.requester = requester
    self.quorum = quorum
    self.ladder = ladder
    self.accountable = accountable
    self.undoSeconds = undoSeconds
    self.deadline = deadline
    self.ingested = ingested
    self.payloadHash = payloadHash
    self.draw = draw
    self.approvals = approvals
    self.editors = editors
    self.pre = pre
    self.salt = salt
    self.model = model
    self.prompt = prompt
    self.personal = personal
    self.screened = screened
    self.trusted = trusted
    self.queue = queue
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("bundle", bundle)
      writer.member("template", template)
      writer.member("version", version)
      writer.member("route", route)
      writer.member("risk", risk)
      writer.member("confidence", confidence)
      writer.member("parts", parts)
      writer.member("matches", matches)
      writer.member("data", data)
      writer.member("output", output)
      writer.member("action", action)
      writer.member("action_hash", actionHash)
      writer.member("current", current)
      writer.member("sources", sources)
      writer.member("requester", requester?.json)
      writer.member("quorum", quorum)
      writer.member("ladder", ladder)
      writer.member("accountable", accountable)
      writer.member("undo_seconds", undoSeconds)
      writer.member("deadline", deadline)
      writer.member("ingested", ingested)
      writer.member("payload_hash", payloadHash)
      writer.member("draw", draw)
      if let stratum { writer.member("stratum", stratum) }
      if !barred.isEmpty { writer.member("barred", barred) }
      writer.member("approvals", approvals)
      writer.member("editors", editors)
      writer.member("pre", pre)
      writer.member("salt", salt)
      writer.member("model", model)
      writer.member("prompt", prompt)
      writer.member("personal", personal)
      writer.member("screened", screened?.json)
      writer.member("trusted", trusted)
      writer.member("queue", queue)
      writer.member("origin", origin?.json)
      if answers != [] { writer.member("answers", answers) }
      writer.member("supervisor", supervisor)
      if let nearHash { writer.member("near_hash", nearHash) }
      if mustSign { writer.member("must_sign", true) }
      if let glass { writer.member("glass", glass) }
      if let reopens { writer.member("reopens", reopens.json) }
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), bundle: try fields.text("bundle"), template: try fields.text("template"),
      version: try fields.integer("version"), route: try fields.text("route"), risk: try fields.text("risk"),
      confidence: fields.optional("confidence")?.double, parts: try fields.value("parts"),
      matches: try fields.value("matches"), data: try fields.value("data"), output: fields.optional("output"),
      action: fields.optional("action"), actionHash: fields.optionalText("action_hash"),
      current: fields.optional("current"), sources: try fields.value("sources"),
      requester: Requester(fields.optional("requester")), quorum: try fields.value("quorum"),
      ladder: try fields.value("ladder"), accountable: try fields.text("accountable"),
      undoSeconds: try fields.integer("undo_seconds"), deadline: try fields.instant("deadline"),
      ingested: try fields.instant("ingested"), payloadHash: try fields.text("payload_hash"),
      draw: try fields.text("draw"), approvals: try fields.value("approvals"), editors: try fields.texts("editors"),
      pre: fields.optionalText("pre"), salt: fields.optionalText("salt"), model: fields.optionalText("model"),
      prompt: fields.optionalText("prompt"), personal: try fields.value("personal"), trusted: try fields.flag("trusted"),
      queue: try fields.text("queue"), screened: Screening(fields.optional("screened")),
      origin: Origin(fields.optional("origin")), stratum: fields.optionalText("stratum"),
      barred: try fields.texts("barred"), nearHash: fields.optionalText("near_hash"), answers: fields.optional("answers") ?? [],
      supervisor: fields.optional("supervisor"), mustSign: fields.optional("must_sign")?.bool ?? false, glass: fields.optional("glass"),
      reopens: Reopens(fields.optional("reopens")))
  }
}

extension ReviewRequested {
  /// The same, for the people of another route. A held sample stays one of its lot whoever judges it: what is hard to judge must not
  /// leave it.
  public func routed(to route: String) -> ReviewRequested {
    ReviewRequested(
      workflow: workflow, bundle: bundle, template: template, version: version, route: route, risk: risk,
      confidence: confidence, parts: parts, matches: matches, data: data, output: output, action: action,
      actionHash: actionHash, current: current, sources: sources, requester: requester, quorum: quorum, ladder: ladder,
      accountable: accountable, undoSeconds: undoSeconds, deadline: deadline, ingested: ingested, payloadHash: payloadHash,
      draw: draw, approvals: approvals, editors: editors, pre: pre, salt: salt, model: model, prompt: prompt,
      personal: personal, trusted: trusted, queue: queue, screened: screened, origin: origin, stratum: stratum, barred: barred,
      nearHash: nearHash, answers: answers, supervisor: supervisor, mustSign: mustSign, glass: glass, reopens: reopens)
  }
}

/// `reviews.requested`: no decision is wanted any more (withdrawn, expired, decided).
public struct ReviewClosed: Body {
  public static let type = "countersign.review.closed.v1"
  public let reason: String
  public init(reason: String) { self.reason = reason }
  public func write(_ writer: inout JSONWriter) { writer.object { $0.member("reason", reason) } }
  public init(_ fields: Fields) throws(WireError) { self.init(reason: try fields.text("reason")) }
}

/// `decisions`: a person's decision as the reviewer service signed it, with the action that it approves where the person
/// edited it. All that counts stands in the JWS (`Permits.Approval`).
public struct DecisionMade: Body {
  public static let type = "countersign.decision.made.v1"
  public let decision: String
  public let action: JSON?
  /// `{"at", "unchecked"}`: when the sources were looked at again before it was taken, and the names of those that gave no answer then.
  /// Nil where none were.
  public let looked: JSON?

  public init(decision: String, action: JSON?, looked: JSON? = nil) {
    self.decision = decision
    self.action = action
    self.looked = looked
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("decision", decision)
      writer.member("action", action)
      if let looked { writer.member("looked", looked) }
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(decision: try fields.text("decision"), action: fields.optional("action"), looked: fields.optional("looked"))
  }
}

/// `decisions`: the decider takes a decision back before its release.
public struct DecisionUndone: Body {
  public static let type = "countersign.decision.undone.v1"
  public let decision: String
  public let by: String

  public init(decision: String, by: String) {
    self.decision = decision
    self.by = by
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("decision", decision)
      writer.member("by", by)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(decision: try fields.text("decision"), by: try fields.text("by"))
  }
}
