import Bundles
import Domain
import JSON
import Lanes
import Wire
import Workflows

/// Sources that said something else when somebody came to decide: everything is fetched and proposed anew, and people decide on that.
///
/// It is no change of the target under an executor's hands (`preconditionChanges`): nothing was permitted yet.
extension PolicyStep {
  /// The reviewer service has looked. What policy does not take up is said to be refused, so that people may decide again.
  func lookAgain(_ said: SourcesChanged) -> [PolicyOutput] {
    func refused(_ code: String, _ reason: String) -> [PolicyOutput] {
      [.emit(.decision(key, DecisionJudged(result: .refused, decision: said.look, code: code, reason: reason, token: nil, person: said.by, release: nil)))]
    }
    guard let state else { return refused("case.closed", "the case has ended") }
    guard state.phase == .reviewing, !state.isBare, !state.isObserved else { return refused("look.late", "nothing is to be decided now") }
    guard said.version == state.version else {
      return refused("decision.version", "version \(said.version) was seen, \(state.version) is current")
    }
    let known = (state.proposal.sources.array ?? []).compactMap { $0["name"]?.string }
    guard !said.sources.isEmpty, said.sources.allSatisfy(known.contains) else { return refused("look.unknown", "the case rests on no such source") }
    return [.emit(.model(key, again(state, changed: said.sources), at: now))]
  }

  /// What a person had made of the proposal before the sources changed is still theirs: others approve it, or not, on what the sources say now.
  func keepingEdit(_ proposed: ProposedAction, of state: OpenCase) -> ProposedAction {
    guard !state.changed.isEmpty, state.isEdited || !state.editors.isEmpty else { return proposed }
    var kept = proposed
    (kept.action, kept.hash) = (state.proposal.action, state.proposal.hash)
    return kept
  }

  /// The case file after its sources have changed, in which nothing is milder than before.
  func review(lookedAgain state: OpenCase, _ verdict: Verdict?, _ bundle: Bundles.Bundle, extra: [Finding] = []) -> ReviewRequested {
    let anew = review(state, verdict, bundle, extra: extra, editors: state.editors)
    guard let before = self.state, !before.changed.isEmpty else { return anew }
    return anew.keeping(before, ladder: ladder(bundle, queue: before.queue), keys: decider.decisionKeys, marked: true)
  }
}

extension Verdict {
  /// The sources changed while people had the case: people decide, whatever the machine thinks now.
  mutating func lookedAgain(_ sources: [String]) {
    route = max(route, .review)
    matches.insert(
      Match(
        rule: "sources", gate: .context, code: .contextStale, route: .review,
        because: "changed when somebody came to decide: \(sources.joined(separator: ", "))", evidence: "sources.\(sources[0])",
        relief: Relief(.auto, "the sources would have had to stay as they were shown")), at: 0)
  }
}
