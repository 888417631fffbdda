import JSON
import Lanes
import Permits
import Wire
import Workflows

/// All that policy says.
indirect enum PolicyRecord: ServiceRecord {
  case model(String, ModelRequested, at: Instant)
  case review(String, ReviewRequested)
  case closed(String, ReviewClosed)
  /// `draws` is where the lane counts it: its place there, not the case's, is the record's key.
  case judged(String, CaseJudged, draws: String, facts: [(Fact, String)])
  case epoch(String, EpochNote)
  case standDown(String, StandNote)
  /// Under the place where the case's lane counts it.
  case exceptionUsed(String, ExceptionUsed)
  case exception(ExceptionNote)
  /// Under the place of each lane's draws.
  case sample(String, SampleJudged)
  case resumed(String, LotsResumed)
  case adjudication(String, AdjudicationAsked)
  /// Under the adjudication's own key; it is about the case whose proposal was judged.
  case adjudicated(String, CaseAdjudicated)
  case decision(String, DecisionJudged)
  case glass(String, GlassJudged)
  /// Under the person; it is about the case.
  case glassNoted(GlassNoted)
  case permit(String, PermitIssued, Permits.Permit, due: Instant)
  case revoked(String, PermitRevoked)
  case noted(String, EffectNoted)
  case ended(String, CaseEnded, facts: [(Fact, String)])
  case question(String, QuestionPut)
  case feedback(String, ModelFeedback)
  case governance(GovernanceRow)
  case held(String, CaseHeld)
  /// Under the person's own key; no case is meant.
  case away(AbsenceNoted)
  case forgotten(AbsencesForgotten)
  /// Numbered, and so in the ledger; the rows on `governance` are for whoever joins late.
  case switched(SwitchChanged)
  case registered(PersonKeyRegistered)
  case frozen(FreezeNoted)

  var topic: Topic {
    switch self {
    case .model: .modelRequests
    // What became of a decision belongs to the stream that asked for it: the reviewer must hear it in that order.
    case .review, .closed, .decision, .glass: .reviewsRequested
    case .judged, .noted, .epoch, .standDown, .held, .switched, .registered, .exceptionUsed, .exception, .sample, .resumed, .away, .forgotten, .glassNoted, .frozen: .verdicts
    case .permit, .revoked: .permits
    case .ended, .adjudicated, .question: .outcomes
    case .adjudication: .adjudications
    case .feedback: .feedback
    case .governance: .governance
    }
  }

  var type: String {
    switch self {
    case .model: ModelRequested.type
    case .review: ReviewRequested.type
    case .closed: ReviewClosed.type
    case .judged: CaseJudged.type
    case .epoch(_, let note): note.type
    case .standDown(_, let note): note.type
    case .exceptionUsed: ExceptionUsed.type
    case .sample: SampleJudged.type
    case .adjudication: AdjudicationAsked.type
    case .adjudicated: CaseAdjudicated.type
    case .resumed: LotsResumed.type
    case .exception(let note): note.type
    case .decision: DecisionJudged.type
    case .glass: GlassJudged.type
    case .glassNoted: GlassNoted.type
    case .permit: PermitIssued.type
    case .revoked: PermitRevoked.type
    case .noted: EffectNoted.type
    case .ended: CaseEnded.type
    case .question: QuestionPut.type
    case .feedback: ModelFeedback.type
    case .held: CaseHeld.type
    case .switched: SwitchChanged.type
    case .away: AbsenceNoted.type
    case .forgotten: AbsencesForgotten.type
    case .registered: PersonKeyRegistered.type
    case .frozen: FreezeNoted.type
    case .governance(.genesis): GenesisTold.type
    case .governance(.bundle): BundleInForce.type
    case .governance(.key): KeyInForce.type
    case .governance(.stops): StopsInForce.type
    case .governance(.exceptions): ExceptionsInForce.type
    }
  }

  var key: String {
    switch self {
    case .model(let key, _, _), .review(let key, _), .closed(let key, _), .judged(_, _, let key, _), .decision(let key, _),
      .glass(let key, _), .permit(let key, _, _, _), .revoked(let key, _), .noted(let key, _), .ended(let key, _, _), .question(let key, _), .feedback(let key, _),
      .epoch(let key, _), .standDown(let key, _), .held(let key, _), .exceptionUsed(let key, _), .sample(let key, _), .resumed(let key, _),
      .adjudication(let key, _), .adjudicated(let key, _):
      key
    case .governance(let row): row.key
    case .switched: SwitchChanged.key
    case .away(let body): Absence.key(of: body.absence.person)
    case .forgotten(let body): Absence.key(of: body.person)
    case .glassNoted(let body): GlassNoted.place(of: body.person)
    case .registered(let body): PersonKeyRegistered.place(of: body.person)
    case .frozen(let body): body.state.key
    case .exception: ExceptionsListed.key
    }
  }

  var subject: String? {
    switch self {
    case .governance, .epoch, .switched, .registered, .exception, .resumed, .away, .forgotten, .frozen: nil
    case .glassNoted(let body): body.caseID.isEmpty ? nil : body.caseID
    case .sample(_, let body): body.caseID
    case .adjudicated(_, let body): body.caseID
    case .exceptionUsed(_, let body): body.caseID
    case .standDown(_, let note): note.caseID
    case .judged(let caseID, _, _, _): caseID
    default: key
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .model(_, let body, _): body.write(&writer)
    case .review(_, let body): body.write(&writer)
    case .closed(_, let body): body.write(&writer)
    case .judged(_, let body, _, _): body.write(&writer)
    case .epoch(_, let note): note.write(&writer)
    case .standDown(_, let note): note.write(&writer)
    case .exceptionUsed(_, let body): body.write(&writer)
    case .sample(_, let body): body.write(&writer)
    case .adjudication(_, let body): body.write(&writer)
    case .adjudicated(_, let body): body.write(&writer)
    case .resumed(_, let body): body.write(&writer)
    case .exception(let note): note.write(&writer)
    case .decision(_, let body): body.write(&writer)
    case .glass(_, let body): body.write(&writer)
    case .glassNoted(let body): body.write(&writer)
    case .permit(_, let body, _, let due):
      // When the answer is overdue is not in the signed claims, which tell wall-clock time only.
      writer.object { writer in
        writer.member("permit", body.permit)
        writer.member("action", body.action)
        writer.member("holders", body.holders)
        writer.member("basis", body.basis)
        writer.member("due", due)
      }
    case .revoked(_, let body): body.write(&writer)
    case .noted(_, let body): body.write(&writer)
    case .ended(_, let body, _): body.write(&writer)
    case .question(_, let body): body.write(&writer)
    case .feedback(_, let body): body.write(&writer)
    case .held(_, let body): body.write(&writer)
    case .switched(let body): body.write(&writer)
    case .away(let body): body.write(&writer)
    case .forgotten(let body): body.write(&writer)
    case .registered(let body): body.write(&writer)
    case .frozen(let body): body.write(&writer)
    case .governance(let row): row.write(&writer)
    }
  }

  static func read(type: String, topic: Topic, frame: Frame) throws -> PolicyRecord {
    let fields = try Fields(of: frame)
    let key = frame.text("ce_subject") ?? ""
    let place = frame.key.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let at = Instant(rfc3339: frame.text("ce_time") ?? "") ?? Instant(microseconds: 0)
    switch type {
    case ModelRequested.type: return .model(key, try ModelRequested(fields), at: at)
    case ReviewRequested.type: return .review(key, try ReviewRequested(fields))
    case ReviewClosed.type: return .closed(key, try ReviewClosed(fields))
    case CaseJudged.type: return .judged(key, try CaseJudged(fields), draws: place, facts: [])
    case EpochOpened.type: return .epoch(place, .opened(try EpochOpened(fields)))
    case StratumAdded.type: return .epoch(place, .added(try StratumAdded(fields)))
    case EpochDisclosed.type: return .epoch(place, .disclosed(try EpochDisclosed(fields)))
    case DecisionJudged.type: return .decision(key, try DecisionJudged(fields))
    case GlassJudged.type: return .glass(key, try GlassJudged(fields))
    case GlassNoted.type: return .glassNoted(try GlassNoted(fields))
    case PermitIssued.type:
      let body = try PermitIssued(fields)
      return .permit(key, body, try claims(of: body.permit), due: try fields.instant("due"))
    case PermitRevoked.type: return .revoked(key, try PermitRevoked(fields))
    case StandDownBegan.type: return .standDown(place, .began(try StandDownBegan(fields)))
    case StandDownEnded.type: return .standDown(place, .ended(try StandDownEnded(fields)))
    case AdjudicationAsked.type: return .adjudication(key, try AdjudicationAsked(fields))
    case CaseAdjudicated.type: return .adjudicated(place, try CaseAdjudicated(fields))
    case SampleJudged.type: return .sample(place, try SampleJudged(fields))
    case LotsResumed.type: return .resumed(place, try LotsResumed(fields))
    case ExceptionUsed.type: return .exceptionUsed(place, try ExceptionUsed(fields))
    case ExceptionsListed.type: return .exception(.listed(try ExceptionsListed(fields)))
    case ExceptionReminded.type: return .exception(.reminded(try ExceptionReminded(fields)))
    case ExceptionEnded.type: return .exception(.ended(try ExceptionEnded(fields)))
    case EffectNoted.type: return .noted(key, try EffectNoted(fields))
    case QuestionPut.type: return .question(key, try QuestionPut(fields))
    case CaseEnded.type: return .ended(key, try CaseEnded(fields), facts: [])
    case ModelFeedback.type: return .feedback(key, try ModelFeedback(fields))
    case GenesisTold.type: return .governance(.genesis(try GenesisTold(fields)))
    case BundleInForce.type: return .governance(.bundle(try BundleInForce(fields)))
    case KeyInForce.type: return .governance(.key(try KeyInForce(fields)))
    case CaseHeld.type: return .held(key, try CaseHeld(fields))
    case PersonKeyRegistered.type: return .registered(try PersonKeyRegistered(fields))
    case FreezeNoted.type: return .frozen(try FreezeNoted(fields))
    case SwitchChanged.type: return .switched(try SwitchChanged(fields))
    case AbsenceNoted.type: return .away(try AbsenceNoted(fields))
    case AbsencesForgotten.type: return .forgotten(try AbsencesForgotten(fields))
    case ExceptionsInForce.type: return .governance(.exceptions(try ExceptionsInForce(fields)))
    case StopsInForce.type: return .governance(.stops(try StopsInForce(fields)))
    default: throw WireError("\(type) is no record of policy")
    }
  }

  /// The claims of a permit of our own, from our own sealed stream; the signature is not looked at again.
  private static func claims(of token: String) throws -> Permits.Permit {
    guard let claims = unverifiedClaims(of: token, limits: .stored) else { throw WireError("a permit was expected") }
    return try Permits.Permit(Fields(claims))
  }

  var facts: [(Fact, String)] {
    switch self {
    case .model(_, let body, _):
      [(.workflow, body.workflow), (.bundle, body.bundle), (.payloadHash, body.payloadHash), due(body.deadline)]
    case .review(_, let body):
      [
        (.workflow, told(body.workflow)), (.bundle, told(body.bundle)), (.route, body.route), (.risk, body.risk),
        (.confidence, body.confidence.map { text($0) } ?? "none"), (.reasons, codes(body.matches)), (.draw, body.draw),
        (.model, body.model ?? "none"), (.prompt, body.prompt ?? "none"), (.sources, sourceIDs(body.sources)),
        (.actionHash, body.actionHash ?? "none"), (.payloadHash, told(body.payloadHash)), due(body.deadline),
      ]
    case .question(_, let body): [(.workflow, body.workflow), (.origin, body.origin.text), due(body.until)]
    case .closed, .governance, .epoch, .switched, .registered, .exception, .resumed, .adjudication, .forgotten: []
    case .away(let body): [(.reviewer, body.absence.person), (.reasons, body.code.isEmpty ? "away" : body.code)]
    case .frozen(let body):
      [(.workflow, body.state.workflow), (.reasons, body.state.isReady ? "ready" : body.state.exhausted.joined(separator: ","))]
    case .adjudicated(_, let body): [(.workflow, body.workflow), (.reasons, body.isRight ? "right" : "wrong")]
    case .sample(_, let body): [(.workflow, body.workflow), (.reasons, body.code)]
    case .exceptionUsed(_, let body): [(.workflow, body.workflow), (.reasons, body.waived.joined(separator: ","))]
    case .held: [(.reasons, Stop.reason)]
    case .standDown(_, .began(let body)): [(.workflow, body.workflow), (.reasons, body.code)]
    case .standDown(_, .ended): []
    case .judged(_, _, _, let facts), .ended(_, _, let facts): facts
    case .decision(_, let body):
      [(.decision, body.result.rawValue), (.reasons, told(body.code))] + (body.person.map { [(.reviewer, $0)] } ?? [])
        + (body.release.map { [due($0)] } ?? [])
    case .glass(_, let body):
      [(.reasons, body.code)] + (body.person.map { [(.reviewer, $0)] } ?? [])
    case .glassNoted(let body): [(.reasons, "break_glass.\(body.what.rawValue)"), (.reviewer, "\(body.personIssuer) \(body.person)")]
    case .permit(_, _, let permit, let until):
      [
        (.workflow, permit.workflow), (.route, permit.route), (.bundle, permit.bundle), (.permit, permit.id),
        (.effect, permit.effect), (.actionHash, permit.action), due(until),
      ]
    case .revoked(_, let body): [(.permit, body.permit), (.effect, body.effect)]
    case .noted(_, let body): [(.permit, body.permit), (.effect, body.effect), (.reasons, body.reason)]
    case .feedback(_, let body): [(.workflow, body.workflow), (.model, body.model), (.prompt, body.prompt)]
    }
  }
}

/// When policy goes on by itself.
private func due(_ time: Instant) -> (Fact, String) { (.due, String(time.microseconds)) }

/// Nothing is told as `none`, never as an empty text.
func told(_ text: String) -> String { text.isEmpty ? "none" : text }

/// Three digits are enough for an index.
func text(_ value: Double) -> String {
  guard value.isFinite, abs(value) < 1e6 else { return "invalid" }
  let thousandths = Int((value * 1000).rounded())
  return "\(thousandths / 1000).\(String(thousandths % 1000 + 1000).dropFirst())"
}

/// The reason codes of matches, each once, in order.
func codes(_ matches: JSON) -> String {
  var found: [String] = []
  for match in matches.array ?? [] {
    if let code = match["code"]?.string, !found.contains(code) { found.append(code) }
  }
  return told(found.joined(separator: ","))
}

func sourceIDs(_ sources: JSON) -> String {
  let ids = (sources.array ?? []).compactMap { $0["id"]?.string ?? $0["name"]?.string }
  return told(String(ids.joined(separator: ",").prefix(512)))
}
