import Bundles
import Domain
import JSON
import Lanes
import Wire
import Workflows

/// Questions to whoever asked (E10): their clock runs while the reviewers' stands still, for a day at most, twice at most.
extension PolicyStep {
  /// A reviewer asks. What policy does not pass on is said to be refused, so that the reviewers' clock runs again.
  func ask(_ asked: QuestionAsked) -> [PolicyOutput] {
    func refused(_ code: String, _ reason: String) -> [PolicyOutput] {
      [.emit(.decision(key, DecisionJudged(result: .refused, decision: asked.question, code: code, reason: reason, token: nil, person: asked.by, release: nil)))]
    }
    guard let state else { return refused("case.closed", "the case has ended") }
    guard state.phase == .reviewing, !state.isBare, !state.isObserved else {
      return refused("question.late", "nothing is to be decided now")
    }
    guard asked.version == state.version else {
      return refused("decision.version", "version \(asked.version) was seen, \(state.version) is current")
    }
    guard state.question == nil else { return refused("question.open", "another question has no answer yet") }
    guard state.questions < Int64(QuestionAsked.most) else {
      return refused("question.enough", "\(QuestionAsked.most) questions are all that a case may have")
    }
    guard let origin = state.origin, state.workflow != AdjudicationAsked.workflow else { return refused("question.nobody", "there is nobody to ask") }
    let put = QuestionPut(
      caseID: key, workflow: state.workflow, question: asked.question, words: asked.words, asked: now,
      until: now.adding(seconds: QuestionAsked.seconds), origin: origin)
    return [.emit(.question(key, put))]
  }

  /// Whoever asked has answered: the case file is another one, so approvals of the old one are void. Nothing of it becomes
  /// milder, whatever rules make of the time that has passed.
  func hear(_ answered: CaseAnswered, _ lanes: Int32) -> [PolicyOutput] {
    guard let state, let question = state.question, question.id.utf8.elementsEqual(answered.question.utf8),
      [.reviewing, .releasing].contains(state.phase) || !state.changed.isEmpty, !state.isObserved, !state.isBare, let policy = policy(state.workflow)
    else { return [] }
    var informed = state
    informed.deadline = state.deadline.adding(seconds: max(0, now.seconds(since: question.asked)))
    var answer = JSONObject([
      ("answer", .string(answered.words)), ("answered", .integer(now.microseconds)), ("asked", .integer(question.asked.microseconds)),
    ])
    answer["by"] = answered.by.map { .string($0) }
    answer["question"] = .string(question.id)
    answer["source"] = .string(answered.source)
    answer["words"] = .string(question.words)
    informed.answers.append(.object(answer))
    let anew = review(informed, nil, policy.bundle, editors: state.editors)
    // A decision that was complete is void with the rest, also as a sample.
    return unsample(state, lanes) + [.emit(.review(key, anew.keeping(state, ladder: ladder(policy.bundle, queue: state.queue), keys: decider.decisionKeys)))]
  }
}

extension ReviewRequested {
  /// The same with whatever was stricter before: its reasons, its route and whoever that asks.
  ///
  /// - Parameter marked: whether reasons that hold no more are marked as `earlier`; else they stand among the others.
  func keeping(_ state: OpenCase, ladder before: JSON, keys: DecisionKeys, marked: Bool = false) -> ReviewRequested {
    func rank(_ route: String) -> Route { Route(rawValue: route) ?? .block }
    let isStricter = rank(route) > rank(state.route)
    // A case of an earlier version did not keep its queue.
    let keepsQueue = !isStricter && !state.queue.isEmpty
    let known = matches.array ?? []
    // A reason that an exception had relieved asked for nothing, and the file that is made now may rest on no exception.
    let earlier = (state.matches.array ?? []).filter { old in
      old["waived"] == nil && !known.contains { $0["rule"] == old["rule"] && $0["code"] == old["code"] }
    }.map { old -> JSON in
      guard marked, var object = old.object else { return old }
      object["earlier"] = true
      return .object(object)
    }
    let risks = ["low", "medium", "high", "critical"]
    let risk = (risks.firstIndex(of: risk) ?? 3) > (risks.firstIndex(of: state.risk) ?? 3) ? risk : state.risk
    return ReviewRequested(
      workflow: workflow, bundle: bundle, template: template, version: version, route: isStricter ? route : state.route, risk: risk,
      confidence: confidence, parts: parts, matches: .array(known + earlier), data: data, output: output, action: action,
      actionHash: actionHash, current: current, sources: sources, requester: requester,
      quorum: isStricter ? quorum : state.quorum, ladder: keepsQueue ? before : ladder, accountable: accountable, undoSeconds: undoSeconds,
      deadline: deadline, ingested: ingested, payloadHash: payloadHash, draw: state.draw, approvals: [], editors: editors, pre: pre,
      salt: salt, model: model, prompt: prompt, personal: personal, trusted: trusted, queue: keepsQueue ? state.queue : queue,
      screened: screened, origin: origin, stratum: state.stratum, barred: barred, nearHash: nearHash, answers: answers,
      supervisor: supervisor, mustSign: keys.isNeeded(at: risk), glass: state.route == Route.block.rawValue ? nil : glass, reopens: reopens)
  }
}
