import Bundles
import Domain
import Identity
import JSON
import Lanes
import Messaging
import Permits
import Wire
import Workflows

typealias PolicyOutput = Output<PolicyRecord, Bool>

/// Policy's step: what a case may do next, and whether the approvals given suffice.
struct PolicyDecider: Decider {
  static let service = Service.policy
  let inputs: [Topic] = [.cases, .modelProposals, .decisions, .effects, .budgets]

  let shelf: Shelf
  /// The keys of permits; the last that is not revoked signs.
  let signing: [SigningKey]
  /// Keys of the reviewer service, from configuration; no topic can add one.
  var reviewers: KeySet
  let seeds: Seeds
  let holders: Holders
  /// Seconds of story a second; times that a demo must not speed up are multiplied by it.
  let clockScale: Int
  let permitMinutes: Int
  /// Who people are now, from configuration. Nil where none is configured: then a decision's own claims have to do.
  var people: LivePeople?
  var stops = Stops()
  var exceptions = KnownExceptions()
  var absences = KnownAbsences()
  var glass = KnownGlass()
  /// When a decision counts only under the person's own key.
  var decisionKeys = DecisionKeys.accepted

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> PolicyEvent? {
    try PolicyEvent.read(message, context)
  }

  func timer(_ name: String, key: String, due: Instant) -> PolicyEvent { .timer(key, name: name, due: due) }

  func ended(_ call: NoCall, key: String, with result: Bool?) -> PolicyEvent {
    .timer(key, name: call.id, due: Instant(microseconds: 0))
  }

  func evolve(_ state: PolicyState?, _ record: PolicyRecord) -> PolicyState? { PolicyState.evolve(state, record) }

  func decide(_ event: PolicyEvent, _ view: View<PolicyState>, now: Instant) throws -> [PolicyOutput] {
    let state = view[event.key]
    var draws = state?.draws
    var standDowns: [String: StandDowns] = [:]
    for key in event.otherKeys {
      switch view[key] {
      case .draws(let known): draws = known
      case .standDowns(let known): standDowns[key] = known
      case .open, .switches, .exceptions, .exceptionUses, .away, .keys, .glass, .frozen, nil: break
      }
    }
    let step = PolicyStep(
      decider: self, key: event.key, state: state?.openCase, draws: draws, standDowns: standDowns, book: state?.book,
      switches: stops.now, absences: absences.now, glass: glass.suspended(people?.now), now: now, wall: view.wall)
    return step.endingGlass(try outputs(of: event, step))
  }

  private func outputs(of event: PolicyEvent, _ step: PolicyStep) throws -> [PolicyOutput] {
    switch event {
    case .admitted(_, let admitted): return step.admit(admitted)
    case .withdrawn: return step.withdraw()
    case .asked(_, let asked): return step.ask(asked)
    case .answered(_, let answered, let lanes): return step.hear(answered, lanes)
    case .changed(_, let said): return step.lookAgain(said)
    case .proposed(_, let proposal, let place): return try step.judge(proposal, place)
    case .notProposed(_, let failure): return step.judgeWithout(failure)
    case .decided(_, let decision, let lanes): return try step.count(decision, lanes)
    case .undone(_, let undone, let lanes): return step.undo(undone, lanes)
    case .broken(_, let broken): return step.breakGlass(broken)
    case .glassRestored(let noted): return [.emit(.glassNoted(noted)), .answer(true)]
    case .effect(_, let effect): return step.settle(effect)
    case .timer(_, "epoch", _): return step.discloseEpoch()
    case .timer(ExceptionsListed.key, "reminder", _): return step.remindOfExceptions()
    case .timer(ExceptionsListed.key, _, _): return step.endExceptions()
    case .timer(_, "forget", _): return step.forgetAbsences()
    case .away(let said): return step.note(said)
    case .timer(_, let name, let due): return try step.fire(name, due)
    case .swept: return try step.sweep()
    case .publish(let row): return [.emit(.governance(row)), .answer(true)]
    case .listed(let listed): return step.list(listed)
    case .resumed(let resumed, let lanes): return step.resume(resumed, lanes)
    case .registered(let registered): return [.emit(.registered(registered)), .answer(true)]
    case .budgets(let state): return [.emit(.frozen(FreezeNoted(state)))]
    case .said(let change): return [.emit(.switched(change)), .answer(true)]
    }
  }

  /// A message of the case could not be handled: people look at it, without a case file. One that has ended stays ended,
  /// whatever comes for it.
  func failed(_ failure: Failure, _ state: PolicyState?) -> [PolicyRecord] {
    guard let key = failure.subject, state?.openCase != nil || failure.type == CaseAdmitted.type else { return [] }
    let match: JSON = [
      "rule": "handling", "gate": "context", "code": "crash", "route": "sme", "evidence": "",
      "because": .string("a message of this case could not be handled (\(failure.code))"),
    ]
    let review = ReviewRequested(
      workflow: "", bundle: "", template: "C", version: (state?.openCase?.version ?? 0) + 1, route: "sme", risk: "high",
      confidence: nil, parts: [], matches: [match], data: .object(JSONObject()), output: nil, action: nil,
      actionHash: nil, current: nil, sources: [], requester: nil, quorum: ["group": "duty-officers", "count": 1],
      ladder: [["after_seconds": 0, "group": "duty-officers", "channel": "pagerduty"]], accountable: "duty-officers",
      undoSeconds: 0, deadline: Instant(microseconds: .max / 2), ingested: Instant(microseconds: 0), payloadHash: "",
      draw: "none", approvals: [], editors: [], pre: nil, salt: nil, model: nil, prompt: nil,
      personal: .object(JSONObject()), trusted: false, queue: "duty",
      mustSign: decisionKeys.isNeeded(at: "high"))
    return [.review(key, review)]
  }
}

/// Which service redeems a token: intake's stand in the item's data, the rest came with evidence.
struct Holders: Sendable {
  let intake: String
  let modelAdapter: String

  func json(for action: JSON, data: JSON) -> JSON {
    var own: Set<String> = [], all: Set<String> = []
    Holders.collect(data, &own)
    Holders.collect(action, &all)
    return .object(JSONObject(all.sorted().map { ($0, .string(own.contains($0) ? intake : modelAdapter)) }))
  }

  private static func collect(_ json: JSON, _ found: inout Set<String>) {
    switch json {
    case .string(var text):
      // By hand: the library's search for a text in a text takes a twentieth of a whole judgement.
      text.withUTF8 { bytes in
        var at = 0
        while at + 4 <= bytes.count {
          guard bytes[at] == 0x74, bytes[at + 1] == 0x6F, bytes[at + 2] == 0x6B, bytes[at + 3] == 0x5F else {
            at += 1
            continue
          }
          let end = bytes[at...].firstIndex { !isTokenByte($0) } ?? bytes.endIndex
          found.insert(String(decoding: bytes[at..<end], as: UTF8.self))
          at = end
        }
      }
    case .array(let elements): for element in elements { collect(element, &found) }
    case .object(let object): for member in object.members { collect(member.value, &found) }
    default: break
    }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x2D
  }
}

/// One decision about one case. Its parts lie in the folders named after what is decided.
struct PolicyStep {
  let decider: PolicyDecider
  let key: String
  let state: OpenCase?
  /// Of the lane that the case is in, where the step may draw.
  let draws: LaneDraws?
  /// Under the keys of the lanes that the step looks into.
  let standDowns: [String: StandDowns]
  /// Where the step is about exceptions themselves.
  let book: ExceptionBook?
  /// As they were when the step began.
  let switches: Switches
  /// As they were known when the step began.
  let absences: [Absence]
  /// The human beings who may break no glass, as they were known when the step began.
  let glass: Set<String>
  let now: Instant
  let wall: Instant

  var signing: SigningKey? { switches.signing(decider.signing) }

  func policy(_ workflow: String) -> Policy? { decider.shelf.policy(workflow) }

  /// Real time by which decisions are judged: it does not go back with the wall clock, which an attacker may set.
  var latest: Instant { max(decider.clockScale == 1 ? max(wall, now) : wall, switches.clock) }

  /// Seconds of real time as seconds of the story.
  func story(_ seconds: Int64) -> Double { Double(seconds) * Double(decider.clockScale) }

  func end(
    _ state: OpenCase, _ outcome: Outcome, code: String, _ reason: String, result: JSON? = nil,
    more: [(Fact, String)] = []
  ) -> PolicyOutput {
    .emit(
      .ended(
        key,
        CaseEnded(
          caseID: key, workflow: state.workflow, outcome: outcome.rawValue, code: code, reason: reason + state.aftermath,
          effect: state.permit?.effect, result: result, ingested: state.ingested, origin: state.origin, reopens: state.reopens?.caseID),
        facts: [
          (.workflow, told(state.workflow)), (.bundle, told(state.bundle)), (.outcome, outcome.rawValue), (.reasons, told(code)),
          (.route, told(state.route)), (.risk, told(state.risk)), (.payloadHash, told(state.payloadHash)),
          (.ingested, state.ingested.description), (.origin, state.origin?.text ?? "none"),
        ] + more))
  }

  /// Ends a case, and the task of those who may be looking at it.
  func close(
    _ state: OpenCase, _ outcome: Outcome, code: String, _ reason: String, result: JSON? = nil, more: [(Fact, String)] = []
  ) -> [PolicyOutput] {
    let closing: [PolicyOutput] = state.isAsked ? [.emit(.closed(key, ReviewClosed(reason: outcome.rawValue)))] : []
    return closing + [end(state, outcome, code: code, reason, result: result, more: more)]
  }
}
