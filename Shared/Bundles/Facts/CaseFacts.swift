import Domain
import JSON

/// All that a verdict may rest on. Nothing else is read: no clock, no file, no table.
public struct CaseFacts: Sendable {
  /// The item's data, validated against the item schema and tokenised.
  public var item: JSON
  /// The model's output; nil before it answered or when it failed.
  public var proposal: JSON?
  /// The exact action asked for; nil where there is none.
  public var action: JSON?
  public var sources: [SourceFacts] = []
  /// How many values of each type of personal data the item holds, such as "email": 2.
  public var personal: [String: Int] = [:]
  /// Prohibited entries that private values hold, by the tokens that stand for them here: whoever put the tokens looked.
  public var held: [String: [String]] = [:]
  /// The model's calibrated probability, in [0,1]; nil where it gave none.
  public var model: Double?
  /// Quality of the retrieved evidence, in [0,1]; nil where unknown.
  public var retrieval: Double?
  /// Whether a calibration for this very model, prompt and workflow was in force.
  public var calibrated: Bool = true
  /// Where the two scores came from, for people.
  public var modelOrigin: String = "calibrated probability"
  public var retrievalOrigin: String = "retrieval quality"
  /// What others found: intake (malformed), model-adapter (unsupported, conflict), policy (recent rejection).
  public var findings: [Finding] = []
  public var requester: Requester = Requester()
  /// Why this workflow's automation is stopped; nil while it runs.
  public var stopped: String?
  /// Exceptions to the workflow's policy, and the time of the decision, in microseconds since 1970: those that are in force
  /// then relieve what they name.
  public var exceptions: [Exception] = []
  public var now: Int64 = 0
  /// What `admit` found before the model was asked; nil to find it now.
  public var admission: Admission?

  public init(item: JSON) { self.item = item }
}

/// One retrieved source, as model-adapter recorded it.
public struct SourceFacts: Sendable {
  public var name: String
  /// False for a time-out or an error; then the rest says nothing.
  public var answered: Bool
  /// Whether there was something to retrieve.
  public var found: Bool
  /// Seconds since the content was fetched or last confirmed, 0 or more.
  public var age: Int64
  /// Quality of the match in [0,1], where the source gives one.
  public var score: Double?
  /// The record.
  public var fields: JSON?

  public init(
    name: String, answered: Bool = true, found: Bool = true, age: Int64 = 0, score: Double? = nil, fields: JSON? = nil
  ) {
    self.name = name
    self.answered = answered
    self.found = found
    self.age = age
    self.score = score
    self.fields = fields
  }
}

/// Something that another service found about the case.
public struct Finding: Sendable, Equatable {
  public var code: ReasonCode
  /// The field or source concerned, as a dotted path.
  public var field: String
  /// What was found, in words; never a personal value.
  public var detail: String
  /// The mildest route that it may lead to, whatever the file says of its code.
  public var atLeast: Route

  public init(code: ReasonCode, field: String, detail: String, atLeast: Route = .review) {
    self.code = code
    self.field = field
    self.detail = detail
    self.atLeast = atLeast
  }
}

/// Who asked.
public struct Requester: Sendable, Equatable {
  public var id: String
  /// Whether the source vouched for that identity.
  public var verified: Bool

  public init(id: String = "", verified: Bool = false) {
    self.id = id
    self.verified = verified
  }
}
