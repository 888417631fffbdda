import Domain
import JSON
import Permits
import Wire

extension OpenCase {
  /// The state after a record of ours. The same when it is read back from the log.
  static func evolve(_ state: OpenCase?, _ record: PolicyRecord) -> OpenCase? {
    switch record {
    case .ended:
      guard var state, state.isObserved else { return nil }
      state.phase = .observing
      state.permit = nil
      return state
    case .closed:
      guard var state, !state.isGlassReview else { return nil }
      state.isBare = false
      guard state.isObserved else { return state }
      state.isObserved = false
      return state.phase == .observing ? nil : state
    case .model(_, let request, let at):
      guard var state else { return OpenCase(request, asked: at) }
      state.phase = .proposing
      state.round = request.round
      state.asked = at
      state.approvals = []
      state.undone = []
      state.isHeld = false
      state.changed = request.changed
      // What people have had to do with it stays: who edited, what was asked, of which lot it is a sample.
      guard request.changed.isEmpty else { return state }
      state.editors = []
      state.parts = []
      state.waivers = []
      (state.stratum, state.sampleConforms, state.isEdited) = (nil, nil, false)
      state.question = nil
      // After a stop the case is asked about anew although its target has not changed.
      if request.round > 1, state.permit?.why != Stop.reason { state.preconditionChanges += 1 }
      state.permit = nil
      state.isObserved = false
      state.isBare = false
      return state
    case .review(_, let request):
      // Nobody asked the model. (The record's own time would not do: `failed` has no clock, the record has.)
      var state = state ?? OpenCase(request, asked: request.ingested)
      if request.isBare { state.takeBare(request) } else { state.take(request) }
      return state
    case .decision(_, let judged): return state.map { $0.isObserved ? $0 : $0.after(judged) }
    case .permit(_, let body, let permit, let due):
      guard var state else { return nil }
      state.phase = .permitted
      state.isHeld = false
      state.take(body.basis, permit)
      state.release = nil
      state.proposal.action = body.action
      state.proposal.hash = permit.action
      state.proposal.pre = permit.pre
      state.proposal.salt = permit.salt
      state.permit = LivePermit(
        id: permit.id, key: keyID(of: body.permit) ?? "", effect: permit.effect, due: due, expiresAt: permit.expiresAt,
        issued: (state.permit?.issued ?? 0) + 1, why: state.permit?.why ?? "")
      return state
    case .question(_, let body):
      guard var state else { return nil }
      state.question = OpenQuestion(body)
      state.questions += 1
      return state
    case .revoked(_, let body):
      guard var state else { return nil }
      state.permit?.revoked = true
      state.permit?.why = body.reason
      return state
    case .held(_, let body):
      guard var state else { return nil }
      state.isHeld = body.held
      return state
    case .glass(_, let judged): return state?.after(judged)
    case .noted, .feedback, .judged, .epoch, .standDown, .governance, .switched, .exceptionUsed, .exception, .sample, .resumed, .registered, .frozen, .adjudication, .adjudicated,
      .away, .forgotten, .glassNoted: return state
    }
  }

  /// On the automatic route nobody was asked: the permit tells what the case rests on.
  private mutating func take(_ basis: JSON?, _ permit: Permits.Permit) {
    guard let basis else { return }
    route = permit.route
    risk = basis["risk"]?.string ?? risk
    draw = basis["draw"]?.string ?? draw
    waivers = Waiver.all(of: basis["exceptions"])
    proposal.model = basis["model"]?.string
    proposal.prompt = basis["prompt"]?.string
  }

  /// People look at a case of which a message could not be handled. What is known of it stays, a permit that is out above
  /// all: only its answer or its end tells what happened. Approvals of what did not go out yet are void.
  private mutating func takeBare(_ request: ReviewRequested) {
    isBare = true
    changed = []
    version = request.version
    view = ReviewRequested.view(of: request)
    question = nil
    guard phase != .permitted else { return }
    phase = .reviewing
    route = request.route
    risk = request.risk
    quorum = request.quorum
    isHeld = false
    waivers = []
    approvals = []
    release = nil
  }

  private mutating func take(_ request: ReviewRequested) {
    // An answer has come with it.
    if (request.answers.array ?? []).count > answers.count { (question, sampleConforms) = (nil, nil) }
    answers = request.answers.array ?? []
    (matches, queue, deadline) = (request.matches, request.queue, request.deadline)
    phase = .reviewing
    isBare = false
    isHeld = false
    changed = []
    version = request.version
    view = ReviewRequested.view(of: request)
    route = request.route
    risk = request.risk
    quorum = request.quorum
    parts = request.parts
    draw = request.draw
    waivers = Waiver.all(in: request.matches)
    stratum = request.stratum
    isObserved = request.route == Route.auto.rawValue
    proposal = ProposedAction(
      output: request.output, action: request.action, hash: request.actionHash, current: request.current,
      sources: request.sources, pre: request.pre, salt: request.salt, model: request.model, prompt: request.prompt)
    approvals = []
    undone = []
    editors = request.editors
    screened = request.screened
    release = nil
    permit = nil
  }

  private func after(_ judged: DecisionJudged) -> OpenCase {
    var state = self
    switch judged.result {
    case .refused: break
    case .counted, .complete:
      guard phase != .permitted, let token = judged.token, let person = judged.person else { break }
      if judged.reason == Approval.Verb.edit.rawValue { state.isEdited = true }
      state.approvals.append(Counted(id: judged.decision, token: token, person: person))
      if judged.result == .complete {
        state.phase = .releasing
        state.sampleConforms = !state.isEdited
        state.release = judged.release
        state.isHeld = false
      }
    case .undone:
      state.approvals.removeAll { $0.id == judged.decision }
      state.undone.append(judged.decision)
      state.phase = .reviewing
      state.release = nil
      state.isHeld = false
      state.sampleConforms = nil
    }
    return state
  }
}

extension ReviewRequested {
  /// What a decision on this case file names as seen: SHA-256 of its RFC 8785 form, hex, as the reviewer service reads it.
  static func view(of request: ReviewRequested) -> String {
    var writer = JSONWriter()
    request.write(&writer)
    return (try? JSON.parse(writer.finish(), limits: .stored)).map { hex(sha256($0.canonical)) } ?? ""
  }
}
