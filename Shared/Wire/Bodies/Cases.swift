import JSON

/// Who asked for what an item wants, and whether the source vouches for that.
public struct Requester: Sendable, Equatable {
  public let id: String
  public let verified: Bool

  public init(id: String, verified: Bool) {
    self.id = id
    self.verified = verified
  }

  public var json: JSON { ["id": .string(id), "verified": .bool(verified)] }

  public init?(_ json: JSON?) {
    guard let id = json?["id"]?.string else { return nil }
    self.init(id: id, verified: json?["verified"]?.bool ?? false)
  }
}

/// `cases`: an item was taken in. Its data is valid under the workflow's schema and tokenised.
public struct CaseAdmitted: Body {
  public static let type = "countersign.case.admitted.v1"
  public let workflow: String
  /// The registered source and its own id for the item.
  public let source: String
  public let item: String
  /// When intake took it; latency counts from here.
  public let ingested: Instant
  public let requester: Requester?
  public let data: JSON
  /// How many values of each kind were tokenised: `email`, `secret`, …
  public let personal: JSON
  /// What the tokenised values hold of what policy prohibits; nil where nothing was tokenised.
  public let screened: Screening?
  /// Keyed hash of the payload as it came, hex.
  public let payloadHash: String
  /// Keyed hash of its content, hex: the same content under the same id is a repetition.
  public let contentHash: String
  /// Hash of workflow and normalised content, hex: near-duplicates share it.
  public let nearHash: String
  /// An action that the producer itself proposes (gate API): `{"output": …, "action": …}`.
  public let proposal: JSON?
  /// The tokenised values, sealed for the vault of intake; base64url.
  public let sealed: String?
  /// An agent waits at the gate for what becomes of it.
  public let gate: Bool
  /// Of a case that takes up an ended one.
  public var reopens: Reopens?

  public init(
    workflow: String, source: String, item: String, ingested: Instant, requester: Requester?, data: JSON, personal: JSON,
    payloadHash: String, contentHash: String, nearHash: String, proposal: JSON?, sealed: String?, gate: Bool = false,
    screened: Screening? = nil
  ) {
    self.workflow = workflow
    self.source = source
    self.item = item
    self.ingested = ingested
    self.requester = requester
    self.data = data
    self.personal = personal
    self.screened = screened
    self.payloadHash = payloadHash
    self.contentHash = contentHash
    self.nearHash = nearHash
    self.proposal = proposal
    self.sealed = sealed
    self.gate = gate
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("workflow", workflow)
      writer.member("source", source)
      writer.member("item", item)
      writer.member("ingested", ingested)
      writer.member("requester", requester?.json)
      writer.member("data", data)
      writer.member("personal", personal)
      writer.member("screened", screened?.json)
      writer.member("payload_hash", payloadHash)
      writer.member("content_hash", contentHash)
      writer.member("near_hash", nearHash)
      writer.member("proposal", proposal)
      writer.member("sealed", sealed)
      if gate { writer.member("gate", true) }
      writer.member("reopens", reopens?.json)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(
      workflow: try fields.text("workflow"), source: try fields.text("source"), item: try fields.text("item"),
      ingested: try fields.instant("ingested"), requester: Requester(fields.optional("requester")),
      data: try fields.value("data"), personal: try fields.value("personal"), payloadHash: try fields.text("payload_hash"),
      contentHash: try fields.text("content_hash"), nearHash: try fields.text("near_hash"),
      proposal: fields.optional("proposal"), sealed: fields.optionalText("sealed"),
      gate: fields.optional("gate")?.bool ?? false, screened: Screening(fields.optional("screened")))
    reopens = Reopens(fields.optional("reopens"))
  }
}

/// `cases`: the producer takes an item back.
public struct CaseWithdrawn: Body {
  public static let type = "countersign.case.withdrawn.v1"
  public let source: String
  public let item: String
  public let reason: String

  public init(source: String, item: String, reason: String) {
    self.source = source
    self.item = item
    self.reason = reason
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("source", source)
      writer.member("item", item)
      writer.member("reason", reason)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    self.init(source: try fields.text("source"), item: try fields.text("item"), reason: try fields.text("reason"))
  }
}

/// `effects`: what an executor answered to a permit, its signature checked, its values tokenised.
public struct EffectReported: Body {
  public static let type = "countersign.effect.reported.v1"
  public enum Status: String, Sendable, CaseIterable {
    case executed, refused, failed, unknown
    case preconditionChanged = "precondition.changed"
  }
  public let effect: String
  public let permit: String
  public let status: Status
  public let reason: String
  public let executor: String
  public let before: JSON?
  public let after: JSON?
  public let beforeDigest: String?
  public let afterDigest: String?

  public init(
    effect: String, permit: String, status: Status, reason: String, executor: String, before: JSON?, after: JSON?,
    beforeDigest: String?, afterDigest: String?
  ) {
    self.effect = effect
    self.permit = permit
    self.status = status
    self.reason = reason
    self.executor = executor
    self.before = before
    self.after = after
    self.beforeDigest = beforeDigest
    self.afterDigest = afterDigest
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("eff", effect)
      writer.member("jti", permit)
      writer.member("status", status.rawValue)
      writer.member("reason", reason)
      writer.member("executor", executor)
      writer.member("before", before)
      writer.member("after", after)
      writer.member("before_digest", beforeDigest)
      writer.member("after_digest", afterDigest)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let status = Status(rawValue: try fields.text("status")) else { throw WireError("member status is unknown") }
    self.init(
      effect: try fields.text("eff"), permit: try fields.text("jti"), status: status, reason: try fields.text("reason"),
      executor: try fields.text("executor"), before: fields.optional("before"), after: fields.optional("after"),
      beforeDigest: fields.optionalText("before_digest"), afterDigest: fields.optionalText("after_digest"))
  }
}

/// `intake.replies`: why something at the door led to no new case. Never holds any of the payload but the reason of a
/// withdrawal that waits.
public struct IntakeReply: Body {
  public static let type = "countersign.intake.reply.v1"
  public enum Status: String, Sendable, CaseIterable {
    case rejected, duplicate
    /// It came before its item and waits for it.
    case parked
    /// It waited for an item that did not come.
    case unmatched
    /// It waited, and its item came.
    case matched
  }
  public struct Violation: Sendable, Equatable {
    /// RFC 6901, into the item as plain JSON: what is wrong with its data lies under `/data`.
    public let pointer: String
    /// The keyword of JSON Schema that is not fulfilled; nil where it is no matter of a schema.
    public let keyword: String?
    public let expected: String
    public let found: String
    public init(pointer: String, keyword: String? = nil, expected: String, found: String) {
      self.pointer = pointer
      self.keyword = keyword
      self.expected = expected
      self.found = found
    }
  }
  public let status: Status
  /// A code of a closed set: `not_json`, `schema.violation`, …
  public let code: String
  public let source: String?
  public let item: String?
  /// The record at the door: `TOPIC/PARTITION/OFFSET`; `http` for an item that came that way.
  public let record: String
  /// Of a duplicate: the first one's case.
  public let firstCase: String?
  public let violations: [Violation]
  /// Of a parked withdrawal: how long it waits, and its reason.
  public let until: Instant?
  public let reason: String?

  public init(
    status: Status, code: String, source: String?, item: String?, record: String, firstCase: String? = nil,
    violations: [Violation] = [], until: Instant? = nil, reason: String? = nil
  ) {
    self.status = status
    self.code = code
    self.source = source
    self.item = item
    self.record = record
    self.firstCase = firstCase
    self.violations = violations
    self.until = until
    self.reason = reason
  }

  public func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("status", status.rawValue)
      writer.member("code", code)
      writer.member("source", source)
      writer.member("id", item)
      writer.member("record", record)
      writer.member("case", firstCase)
      writer.key("violations")
      writer.array { writer in
        for violation in violations {
          writer.object { writer in
            writer.member("pointer", violation.pointer)
            writer.member("keyword", violation.keyword)
            writer.member("expected", violation.expected)
            writer.member("found", violation.found)
          }
        }
      }
      writer.member("until", until)
      writer.member("reason", reason)
    }
  }

  public init(_ fields: Fields) throws(WireError) {
    guard let status = Status(rawValue: try fields.text("status")) else { throw WireError("member status is unknown") }
    var violations: [Violation] = []
    for element in fields.optional("violations")?.array ?? [] {
      let each = try Fields(element)
      violations.append(
        Violation(
          pointer: try each.text("pointer"), keyword: each.optionalText("keyword"), expected: try each.text("expected"),
          found: try each.text("found")))
    }
    self.init(
      status: status, code: try fields.text("code"), source: fields.optionalText("source"), item: fields.optionalText("id"),
      record: try fields.text("record"), firstCase: fields.optionalText("case"), violations: violations,
      until: fields.optionalInteger("until").map { Instant(microseconds: $0) }, reason: fields.optionalText("reason"))
  }
}

extension CaseAdmitted {
  public var origin: Origin { Origin(source: source, item: item) }
}

/// Whose item a case is: the registered source and its own id for it. It travels with the case to its outcome, by which the
/// producer knows its item again.
public struct Origin: Sendable, Equatable {
  public let source: String
  public let item: String

  public init(source: String, item: String) {
    self.source = source
    self.item = item
  }

  /// Nil where it is no origin.
  public init?(_ json: JSON?) {
    guard let source = json?["source"]?.string, let item = json?["item"]?.string else { return nil }
    self.init(source: source, item: item)
  }

  public var json: JSON { ["source": .string(source), "item": .string(item)] }
  /// `SOURCE/ITEM`, as in the header `cs_origin`.
  public var text: String { "\(source)/\(item)" }
}
