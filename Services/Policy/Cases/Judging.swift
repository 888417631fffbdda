import Bundles
import Domain
import JSON
import Lanes
import Permits
import Wire
import Workflows

extension PolicyStep {
  /// The model has proposed: the three gates, the draw, and where the case goes.
  func judge(_ proposal: ProposalMade, _ place: DrawPlace) throws -> [PolicyOutput] {
    guard let state, state.phase == .proposing, proposal.round == state.round, let policy = policy(state.workflow) else {
      return []
    }
    let bundle = policy.bundle
    var opened = state
    opened.proposal = ProposedAction(
      output: proposal.output, action: proposal.action, hash: proposal.action.map(actionHash), current: proposal.current,
      sources: proposal.sources, pre: proposal.pre, salt: proposal.salt,
      model: "\(proposal.model)/\(proposal.modelVersion)", prompt: proposal.promptVersion)
    opened.proposal = keepingEdit(opened.proposal, of: state)
    opened.screened = proposal.screened.map { state.screened?.merged(with: $0) ?? $0 } ?? state.screened
    let facts = facts(opened, proposal, bundle, waiving: true)
    var verdict = bundle.evaluate(facts)
    // A case is drawn once: what its first proposal was drawn by stays, whatever is proposed later.
    if state.preconditionChanges > 0 { verdict.decideAnew() }
    if !state.changed.isEmpty { verdict.lookedAgain(state.changed) }
    if let reopens = state.reopens { verdict.takeUp(reopens) }
    if verdict.route == .auto, let entry = standing(opened, in: place) { verdict.standDown(entry) }
    let uses = uses(verdict, opened, in: place)
    guard verdict.route == .auto else { return uses + [.emit(.review(key, review(lookedAgain: opened, verdict, bundle)))] }
    let drawn = draw(bundle, verdict, modelVersion: proposal.modelVersion, in: place)
    let notes = uses + drawn.notes.map { PolicyOutput.emit(.epoch(place.key, $0)) }
    opened.draw = drawn.words
    if drawn.draw.mode == .hold, drawn.draw.drawn {
      verdict.hold(drawn.draw, isStopped: drawn.severity == .stopped)
      opened.stratum = drawn.draw.stratum
      return notes + [
        judged(opened, verdict, drawn, place), .emit(.review(key, review(opened, verdict, bundle))),
      ]
    }
    opened.route = verdict.route.rawValue
    opened.risk = verdict.risk.rawValue
    var observation: [PolicyOutput] = []
    if drawn.draw.mode == .observe, drawn.draw.drawn {
      var seen = verdict
      seen.observe(drawn.draw)
      observation = [.emit(.review(key, review(opened, seen, bundle).routed(to: Route.auto.rawValue)))]
    }
    guard let action = opened.proposal.action, let hash = opened.proposal.hash, let executor = bundle.executor else {
      let draws = drawn.epoch == nil ? [] : [judged(opened, verdict, drawn, place)]
      let (reason, facts) = ("the workflow declares no action", facts_(opened, verdict, drawn))
      // A look at it takes the place of whatever task there was.
      let ending = observation.isEmpty
        ? close(opened, .advisory, code: "advisory", reason, result: proposal.output, more: facts)
        : [end(opened, .advisory, code: "advisory", reason, result: proposal.output, more: facts)]
      return notes + draws + observation + ending
    }
    var basis = JSONObject([
      ("risk", .string(opened.risk)), ("draw", .string(opened.draw)), ("model", .string(opened.proposal.model ?? "none")),
      ("prompt", .string(opened.proposal.prompt ?? "none")),
    ])
    let waivers = Waiver.all(in: json(verdict.matches))
    if !waivers.isEmpty { basis["exceptions"] = .array(waivers.map(\.json)) }
    let effect = effectID(action: hash, caseID: key, decisions: [judgementID])
    return notes + [judged(opened, verdict, drawn, place)] + observation + [
      try issue(opened, action, hash, effect: effect, executor: executor, approvals: [], basis: .object(basis)),
    ]
  }

  private var judgementID: String { "\(key)/\(state?.round ?? 0)" }

  /// Policy's own decision record: of what went alone, and of what would have, had it not been drawn.
  private func judged(_ state: OpenCase, _ verdict: Verdict, _ drawn: CaseDraw, _ place: DrawPlace) -> PolicyOutput {
    let judged = CaseJudged(
      id: judgementID, route: verdict.route.rawValue, risk: verdict.risk.rawValue, confidence: verdict.confidence,
      parts: json(verdict.parts), matches: json(verdict.matches), draw: drawn.json)
    return .emit(
      .judged(
        key, judged, draws: place.key,
        facts: [(.workflow, state.workflow), (.bundle, state.bundle)] + facts_(state, verdict, drawn)))
  }

  /// There is no proposal: people decide what happens without one.
  func judgeWithout(_ failure: ProposalFailed) -> [PolicyOutput] {
    // Round 0: the request itself could not be handled, so its round was not known.
    guard let state, state.phase == .proposing, [0, state.round].contains(failure.round), let policy = policy(state.workflow) else {
      return []
    }
    var opened = state
    opened.proposal = ProposedAction(
      current: failure.current, sources: failure.sources, pre: failure.pre, salt: failure.salt)
    opened.proposal = keepingEdit(opened.proposal, of: state)
    let code = ReasonCode(rawValue: failure.code) ?? .modelFailed
    let finding = Finding(code: code, field: "model", detail: failure.reason)
    return [.emit(.review(key, review(lookedAgain: opened, nil, policy.bundle, extra: [finding])))]
  }

  /// What the bundle judges by.
  ///
  /// - Parameter waiving: whether exceptions count: where a proposal or a person's edited action is judged. A case that people
  ///   are asked about for another reason is shown without them.
  func facts(
    _ state: OpenCase, _ proposal: ProposalMade?, _ bundle: Bundles.Bundle, extra: [Finding] = [], waiving: Bool = false
  ) -> CaseFacts {
    var facts = CaseFacts(item: state.data)
    if waiving { (facts.exceptions, facts.now) = (exceptions(of: state.workflow), exceptionTime.microseconds) }
    facts.proposal = state.proposal.output
    facts.action = state.proposal.action
    facts.requester = Bundles.Requester(id: state.requester?.id ?? "", verified: state.requester?.verified ?? false)
    for member in state.personal.object?.members ?? [] {
      if let count = member.value.integer { facts.personal[member.key] = Int(clamping: count) }
    }
    facts.findings = extra + screening(state, &facts)
    facts.stopped = stop(of: state).map { "\($0.reason) (\($0.by))" }
    let sources = state.proposal.sources.array ?? []
    if let proposal {
      facts.model = proposal.probability
      facts.retrieval = proposal.retrieval
      facts.calibrated = proposal.probability != nil
      facts.modelOrigin = "\(proposal.model) \(proposal.scoreKind), calibrated"
      for finding in proposal.findings.array ?? [] {
        guard let code = finding["code"]?.string.flatMap(ReasonCode.init(rawValue:)) else { continue }
        let field = finding["field"]?.string ?? ""
        // What a source failed to give is judged with the source itself.
        if bundle.sources.contains(where: { $0.name == field }), code == .contextProbeFailed || code == .contextMissingSource {
          continue
        }
        facts.findings.append(Finding(code: code, field: field, detail: finding["detail"]?.string ?? ""))
      }
    }
    if proposal == nil {
      // A person's action keeps the score of the proposal that it was made of: editing alone asks nobody else.
      func value(_ name: PartName) -> Double? {
        state.parts.array?.first { $0["name"]?.string == name.rawValue }?["value"]?.double
      }
      (facts.model, facts.retrieval) = (value(.model), value(.retrieval))
      facts.findings += state.found(beside: facts.findings)
    }
    if state.proposal.output != nil || !sources.isEmpty { facts.sources = self.sources(sources, bundle) }
    return facts
  }

  /// What private values hold, as the door saw them. What was not looked at with this very bundle counts as unjudged.
  private func screening(_ state: OpenCase, _ facts: inout CaseFacts) -> [Finding] {
    if let screened = state.screened, screened.bundle == state.bundle {
      facts.held = screened.held
      return []
    }
    guard state.screened != nil || !facts.personal.isEmpty else { return [] }
    return [
      Finding(code: .policyError, field: "item", detail: "its private values were not judged by this version of the policy")
    ]
  }

  private func sources(_ fetched: [JSON], _ bundle: Bundles.Bundle) -> [SourceFacts] {
    bundle.sources.map { source in
      guard let found = fetched.first(where: { $0["name"]?.string == source.name }) else {
        return SourceFacts(name: source.name, answered: false, found: false)
      }
      let fetchedAt = found["fetched_at"]?.integer.map(Instant.init(microseconds:)) ?? now
      let stated = found["age"]?.integer
      return SourceFacts(
        name: source.name, answered: found["answered"]?.bool ?? true, found: found["found"]?.bool ?? true,
        age: stated ?? Int64(max(0, now.seconds(since: fetchedAt))), score: found["score"]?.double,
        fields: found["fields"].flatMap { $0.isNull ? nil : $0 })
    }
  }

  /// What audit indexes of a judgement.
  private func facts_(_ state: OpenCase, _ verdict: Verdict, _ drawn: CaseDraw) -> [(Fact, String)] {
    [
      (.confidence, verdict.confidence.map { text($0) } ?? "none"),
      (.draw, drawn.draw.mode == .none ? "none" : "\(drawn.draw.mode.rawValue) \(text(drawn.draw.probability))"),
      (.model, state.proposal.model ?? "none"), (.prompt, state.proposal.prompt ?? "none"),
      (.sources, sourceIDs(state.proposal.sources)), (.actionHash, state.proposal.hash ?? "none"),
    ]
  }

  /// The case file for people. - Parameter verdict: nil to judge the case as it is, without a proposal of the model.
  func review(
    _ state: OpenCase, _ verdict: Verdict?, _ bundle: Bundles.Bundle, extra: [Finding] = [],
    editors: [String] = []
  ) -> ReviewRequested {
    var verdict = verdict ?? bundle.evaluate(facts(state, nil, bundle, extra: extra))
    if verdict.route == .auto { verdict.route = .review }
    return ReviewRequested(
      workflow: state.workflow, bundle: state.bundle, template: bundle.template.rawValue, version: state.version + 1,
      route: verdict.route.rawValue, risk: verdict.risk.rawValue, confidence: verdict.confidence,
      parts: json(verdict.parts), matches: json(verdict.matches, reads: { bundle.reads(of: $0) }), data: state.data, output: state.proposal.output,
      action: state.proposal.action, actionHash: state.proposal.hash, current: state.proposal.current,
      sources: state.proposal.sources, requester: state.requester, quorum: json(verdict.quorum),
      ladder: ladder(bundle, queue: verdict.queue),
      accountable: bundle.owner, undoSeconds: Int64(bundle.undoSeconds), deadline: state.deadline,
      ingested: state.ingested, payloadHash: state.payloadHash,
      draw: state.draw, approvals: [],
      editors: editors, pre: state.proposal.pre, salt: state.proposal.salt, model: state.proposal.model,
      prompt: state.proposal.prompt, personal: state.personal, trusted: verdict.trusted, queue: verdict.queue,
      screened: state.screened, origin: state.origin, stratum: state.stratum, barred: barred(state), nearHash: state.nearHash, answers: .array(state.answers),
      supervisor: bundle.supervisor.map { ["channel": .string($0.alert.rawValue), "group": .string($0.group)] },
      mustSign: decider.decisionKeys.isNeeded(at: verdict.risk.rawValue),
      glass: glass(bundle, verdict), reopens: state.reopens)
  }

  /// Who may break the glass for a case that has been judged so; nil where nobody may.
  private func glass(_ bundle: Bundles.Bundle, _ verdict: Verdict) -> JSON? {
    guard let rule = bundle.breakGlass, verdict.route < .block,
      !verdict.matches.contains(where: { $0.code == .policyProhibited && $0.waived == nil })
    else { return nil }
    return [
      "channel": .string(rule.alert.rawValue), "group": .string(rule.group), "minutes": .integer(Int64(rule.minutes)),
      "most_minutes": .integer(Int64(rule.mostMinutes)), "tell": .array(rule.tell.map { .string($0) }),
    ]
  }

  /// The rungs of a bundle for a case in one of its queues.
  func ladder(_ bundle: Bundles.Bundle, queue name: String) -> JSON {
    let queue = bundle.queues.first { $0.name == name }
    return .array(
      bundle.ladder.map { rung in
        var entry = JSONObject([("after_seconds", .integer(Int64(rung.afterMinutes) * 60))])
        entry["calendar"] = rung.calendar.map { .string($0) }
        entry["channel"] = .string(rung.alert.rawValue)
        entry["group"] = .string(rung.group == "queue" ? queue?.group ?? "duty-officers" : rung.group)
        return .object(entry)
      })
  }
}

extension Verdict {
  /// The target changed before the action: a person looks at it, whatever the machine thinks now (ruling 4).
  mutating func decideAnew() {
    route = max(route, .review)
    matches.insert(
      Match(
        rule: "precondition", gate: .context, code: .contextStale, route: .review,
        because: "the target changed between the proposal and its action", evidence: "current",
        relief: Relief(.auto, "the target would have had to stay as it was")), at: 0)
  }

  /// The case was drawn: it goes alone, and a person looks at what it did.
  mutating func observe(_ draw: Draw) {
    matches.insert(
      Match(
        rule: "sample", gate: .confidence, code: .sampleDrawn, route: .auto,
        because: "drawn for checking after it has run, p = \(text(draw.probability))", evidence: "draw"), at: 0)
  }

  /// The case was drawn: it waits for a person although it could go alone.
  ///
  /// - Parameter isStopped: too many lots of its stratum were rejected, and so every case is.
  mutating func hold(_ draw: Draw, isStopped: Bool = false) {
    route = .review
    matches.insert(
      Match(
        rule: "sample", gate: .confidence, code: .sampleDrawn, route: .review,
        because: isStopped
          ? "too many lots were rejected: every case is looked at until a person signs"
          : "drawn for checking, p = \(text(draw.probability))", evidence: "draw",
        relief: Relief(.auto, isStopped ? "fewer lots would have had to be rejected" : "the draw would have had to pass it by")), at: 0)
  }
}
