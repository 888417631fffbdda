import Domain
import JSON
import Lanes
import Storage
import Wire

/// What policy knows of a case that has not ended.
struct OpenCase: LaneState {
  enum Phase: String {
    /// The model was asked.
    case proposing
    /// People were asked.
    case reviewing
    /// The quorum is complete; the undo window runs.
    case releasing
    /// A permit is out; the executor's answer is awaited.
    case permitted
    /// The case has its outcome; a person still looks at what the machine did alone.
    case observing
  }

  /// An approval that counts.
  struct Counted: Equatable {
    let id: String
    let token: String
    let person: String
  }

  var phase = Phase.proposing
  let workflow: String
  let bundle: String
  let ingested: Instant
  /// Moves on by the time that whoever asked took to answer.
  var deadline: Instant
  let requester: Wire.Requester?
  let data: JSON
  let personal: JSON
  var screened: Screening?
  let payloadHash: String
  let origin: Origin?
  let nearHash: String?
  /// Which ended case it takes up again; nil where none.
  let reopens: Reopens?
  /// What the producer proposed itself.
  let given: JSON?
  /// When the model was asked last.
  var asked: Instant

  /// Requests to the model and to people so far.
  var round: Int64 = 1
  var version: Int64 = 0
  /// Hash of the last case file, which a decision names as seen.
  var view = ""

  var route = "review"
  var risk = "high"
  var quorum: JSON = .null
  /// What the confidence of the last case file was made of.
  var parts: JSON = []
  var draw = "none"
  /// Of what it is a held sample; nil where it is none.
  var stratum: String?
  /// Whether a person's completed decision left the sample as it was proposed; nil while there is none.
  var sampleConforms: Bool?
  /// A person changed the action.
  var isEdited = false
  /// Exceptions that the route rests on.
  var waivers: [Waiver] = []
  /// A person is asked to look at what goes alone; nothing waits for that.
  var isObserved = false
  var proposal = ProposedAction()
  var approvals: [Counted] = []
  /// Decisions on this version that were taken back: what a person signed counts once.
  var undone: [String] = []
  var editors: [String] = []
  var release: Instant?
  /// The last grant under which one person may decide it alone.
  var glass: CaseGlass?
  var permit: LivePermit?
  /// How often the target had changed when the executor came to act.
  var preconditionChanges: Int64 = 0
  /// Sources that had changed when somebody came to decide, while what they say now is fetched and proposed anew.
  var changed: [String] = []
  /// A message of the case could not be handled: people were asked without a case file. The permit may be out meanwhile.
  var isBare = false
  /// The workflow is stopped, and what a timer would have done waits until it is started again.
  var isHeld = false

  /// What whoever asked was asked, while no answer has come.
  var question: OpenQuestion?
  /// Questions so far.
  var questions: Int64 = 0
  /// As they stand in the case file.
  var answers: [JSON] = []
  /// Of the last case file: why people were asked, and where. What is asked anew after an answer keeps them.
  var matches: JSON = []
  var queue = ""

  /// Whether people have a task of it that must be closed when it ends.
  var isAsked: Bool { version > 0 && (phase != .permitted || isBare) }

  init(_ request: ModelRequested, asked: Instant) {
    workflow = request.workflow
    bundle = request.bundle
    ingested = request.ingested
    deadline = request.deadline
    requester = request.requester
    data = request.data
    personal = request.personal
    screened = request.screened
    payloadHash = request.payloadHash
    origin = request.origin
    nearHash = request.nearHash
    reopens = request.reopens
    given = request.proposal
    self.asked = asked
  }

  init(_ request: ReviewRequested, asked: Instant) {
    workflow = request.workflow
    bundle = request.bundle
    ingested = request.ingested
    deadline = request.deadline
    requester = request.requester
    data = request.data
    personal = request.personal
    screened = request.screened
    payloadHash = request.payloadHash
    origin = request.origin
    nearHash = request.nearHash
    reopens = request.reopens
    given = nil
    self.asked = asked
  }

  /// How long the model may take, whatever happens to its service.
  static let modelSeconds: Double = 600

  var timers: [LaneTimer] { phaseTimers + (openGlass.map { [LaneTimer("glass", due: $0.until)] } ?? []) }

  private var phaseTimers: [LaneTimer] {
    guard !isHeld else { return [] }
    return switch phase {
    case .proposing: [LaneTimer("model", due: asked.adding(seconds: Self.modelSeconds)), LaneTimer("deadline", due: deadline)]
    // While whoever asked has the word, the time of those who decide stands still.
    case .reviewing where question != nil: question.map { [LaneTimer("answer", due: $0.until)] } ?? []
    case .reviewing, .observing: [LaneTimer("deadline", due: deadline)]
    case .releasing: release.map { [LaneTimer("release", due: $0)] } ?? []
    case .permitted: permit.map { [LaneTimer("permit", due: $0.due)] } ?? []
    }
  }

  var calls: [NoCall] { [] }
}

/// The action that is asked for, and what it rests on.
struct ProposedAction {
  var output: JSON?
  var action: JSON?
  var hash: String?
  var current: JSON?
  var sources: JSON = []
  var pre: String?
  var salt: String?
  var model: String?
  var prompt: String?
}

/// A permit that is out.
struct LivePermit: Equatable {
  var id: String
  /// The id of the key that it is signed under.
  let key: String
  let effect: String
  /// When the executor's answer is overdue, on the clock of the story.
  var due: Instant
  var expiresAt: Int64
  var issued: Int64
  var revoked = false
  /// Why it, or an earlier one of the effect, was revoked.
  var why = ""
}

extension OpenCase {
  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("phase", phase.rawValue)
      writer.member("workflow", workflow)
      writer.member("bundle", bundle)
      writer.member("ingested", ingested)
      writer.member("deadline", deadline)
      writer.member("requester", requester?.json)
      writer.member("data", data)
      writer.member("personal", personal)
      writer.member("screened", screened?.json)
      writer.member("payload_hash", payloadHash)
      writer.member("origin", origin?.json)
      if let nearHash { writer.member("near_hash", nearHash) }
      writer.member("reopens", reopens?.json)
      writer.member("given", given)
      writer.member("asked", asked)
      writer.member("round", round)
      if isHeld { writer.member("held", true) }
      // From a second round on there is something to remember of the first, though nobody was asked and no permit is out.
      guard version > 0 || permit != nil || round > 1 else { return }
      writer.member("version", version)
      writer.member("view", view)
      writer.member("route", route)
      writer.member("risk", risk)
      writer.member("quorum", quorum)
      writer.member("parts", parts)
      writer.member("draw", draw)
      writer.member("stratum", stratum.map { .string($0) })
      if let sampleConforms { writer.member("conforms", sampleConforms) }
      if isEdited { writer.member("edited", true) }
      if !waivers.isEmpty { writer.member("waivers", JSON.array(waivers.map(\.json))) }
      writer.member("observed", isObserved)
      writer.member("output", proposal.output)
      writer.member("action", proposal.action)
      writer.member("action_hash", proposal.hash)
      writer.member("current", proposal.current)
      writer.member("sources", proposal.sources)
      writer.member("pre", proposal.pre)
      writer.member("salt", proposal.salt)
      writer.member("model", proposal.model)
      writer.member("prompt", proposal.prompt)
      writer.key("approvals")
      writer.array { writer in
        for approval in approvals {
          writer.object { writer in
            writer.member("id", approval.id)
            writer.member("token", approval.token)
            writer.member("person", approval.person)
          }
        }
      }
      if !undone.isEmpty { writer.member("undone", undone) }
      writer.member("editors", editors)
      writer.member("release", release)
      if let glass { writer.member("glass", glass.json) }
      writer.member("changes", preconditionChanges)
      if !changed.isEmpty { writer.member("changed", changed) }
      if isBare { writer.member("bare", true) }
      writer.member("question", question?.json)
      if questions > 0 { writer.member("questions", questions) }
      if !answers.isEmpty { writer.member("answers", JSON.array(answers)) }
      if version > 0 {
        writer.member("matches", matches)
        writer.member("queue", queue)
      }
      guard let permit else { return }
      writer.key("permit")
      writer.object { writer in
        writer.member("jti", permit.id)
        writer.member("kid", permit.key)
        writer.member("eff", permit.effect)
        writer.member("due", permit.due)
        writer.member("exp", permit.expiresAt)
        writer.member("issued", permit.issued)
        writer.member("revoked", permit.revoked)
        writer.member("why", permit.why)
      }
    }
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    guard let phase = Phase(rawValue: try fields.text("phase")) else { throw WireError("member phase is unknown") }
    self.phase = phase
    workflow = try fields.text("workflow")
    bundle = try fields.text("bundle")
    ingested = try fields.instant("ingested")
    deadline = try fields.instant("deadline")
    requester = Wire.Requester(fields.optional("requester"))
    data = try fields.value("data")
    personal = try fields.value("personal")
    screened = Screening(fields.optional("screened"))
    payloadHash = try fields.text("payload_hash")
    origin = Origin(fields.optional("origin"))
    nearHash = fields.optionalText("near_hash")
    reopens = Reopens(fields.optional("reopens"))
    given = fields.optional("given")
    asked = try fields.instant("asked")
    round = try fields.integer("round")
    isHeld = fields.optional("held")?.bool ?? false
    guard fields.optional("version") != nil else { return }
    version = try fields.integer("version")
    view = fields.optionalText("view") ?? ""
    route = try fields.text("route")
    risk = try fields.text("risk")
    quorum = fields.object["quorum"] ?? .null
    parts = fields.optional("parts") ?? []
    draw = try fields.text("draw")
    waivers = Waiver.all(of: fields.optional("waivers"))
    stratum = fields.optionalText("stratum")
    sampleConforms = fields.optional("conforms")?.bool
    isEdited = fields.optional("edited")?.bool ?? false
    isObserved = fields.optional("observed")?.bool ?? false
    proposal = ProposedAction(
      output: fields.optional("output"), action: fields.optional("action"), hash: fields.optionalText("action_hash"),
      current: fields.optional("current"), sources: try fields.value("sources"), pre: fields.optionalText("pre"),
      salt: fields.optionalText("salt"), model: fields.optionalText("model"), prompt: fields.optionalText("prompt"))
    for element in fields.optional("approvals")?.array ?? [] {
      let each = try Fields(element)
      approvals.append(Counted(id: try each.text("id"), token: try each.text("token"), person: try each.text("person")))
    }
    undone = try fields.texts("undone")
    editors = try fields.texts("editors")
    release = fields.optionalInteger("release").map(Instant.init(microseconds:))
    glass = try fields.optional("glass").map { try CaseGlass(Fields($0)) }
    preconditionChanges = try fields.integer("changes")
    changed = try fields.texts("changed")
    isBare = fields.optional("bare")?.bool ?? false
    question = try fields.optional("question").map { try OpenQuestion(Fields($0)) }
    questions = fields.optionalInteger("questions") ?? 0
    answers = fields.optional("answers")?.array ?? []
    matches = fields.optional("matches") ?? []
    queue = fields.optionalText("queue") ?? ""
    if let permit = fields.optional("permit") {
      let each = try Fields(permit)
      self.permit = LivePermit(
        id: try each.text("jti"), key: each.optionalText("kid") ?? "", effect: try each.text("eff"), due: try each.instant("due"),
        expiresAt: try each.integer("exp"), issued: try each.integer("issued"), revoked: try each.flag("revoked"),
        why: each.optionalText("why") ?? "")
    }
  }
}
