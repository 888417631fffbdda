import Bundles
import Domain
import JSON
import Lanes
import Permits
import Wire

/// Truth about proposals (ruling 37): two people who know nothing of the first decision or of each other, a third where they
/// differ. Each is asked by a case of its own, one after the other, so that blindness needs no hiding.
///
/// Policy keeps nothing between them. What the first one found travels in the second one's item as a ticket: a keyed hash that
/// only policy can tell from the other one.
extension PolicyStep {
  /// The share of approved samples that are adjudicated too, so that a task tells nothing about the first decision.
  static let adjudicatedShare = 0.1

  private enum Finding: String, CaseIterable { case none, right, wrong }

  /// A person has said the last word on what was looked at for checking. Asks others where it was not approved as it was
  /// proposed, and for a drawn share of the rest.
  func askForTruth(_ state: OpenCase, _ approval: Approval, isDisagreement: Bool) -> [PolicyOutput] {
    guard state.stratum != nil || state.isObserved, state.workflow != AdjudicationAsked.workflow,
      policy(AdjudicationAsked.workflow) != nil
    else { return [] }
    let seed = decider.seeds.seed(of: "adjudication", "share").bytes
    let u = Sampling.uniform(seed: seed, workflow: state.workflow, stratum: "adjudication", caseID: key)
    guard isDisagreement || u < Self.adjudicatedShare else { return [] }
    var proposed = JSONObject()
    proposed["output"] = state.proposal.output
    if !state.isEdited { proposed["action"] = state.proposal.action }
    let barred = Set(state.approvals.map(\.person) + state.editors + [person(approval)])
    return [
      ask(
        caseID: key, workflow: state.workflow, round: 1, found: .none, request: state.data, proposed: .object(proposed),
        barred: barred.sorted(), share: isDisagreement ? 1 : Self.adjudicatedShare)
    ]
  }

  private func ask(
    caseID: String, workflow: String, round: Int64, found: Finding, request: JSON, proposed: JSON, barred: [String],
    share: Double? = nil
  ) -> PolicyOutput {
    .emit(
      .adjudication(
        key,
        AdjudicationAsked(
          item: "\(caseID)/\(round)",
          data: [
            "case": .string(caseID), "workflow": .string(workflow), "round": .integer(round),
            "ticket": .string(ticket(caseID, round, found)), "request": request, "proposed": proposed,
            "barred": .array(barred.map { .string($0) }),
          ], share: share)))
  }

  private func ticket(_ caseID: String, _ round: Int64, _ found: Finding) -> String {
    hex(decider.seeds.seed(of: "adjudication/\(caseID)/\(round)", found.rawValue).bytes)
  }

  /// One of them has judged. Asks the next one, or tells the truth.
  func adjudicated(_ state: OpenCase, _ approval: Approval, isRight: Bool) -> [PolicyOutput] {
    guard state.workflow == AdjudicationAsked.workflow, let fields = try? Fields(state.data), let caseID = try? fields.text("case"),
      let workflow = try? fields.text("workflow"), let round = try? fields.integer("round"),
      let before = Finding.allCases.first(where: { ticket(caseID, round, $0) == fields.optionalText("ticket") })
    else { return [] }
    let found: Finding = isRight ? .right : .wrong
    func next(_ found: Finding) -> [PolicyOutput] {
      [
        ask(
          caseID: caseID, workflow: workflow, round: round + 1, found: found, request: fields.optional("request") ?? [:],
          proposed: fields.optional("proposed") ?? [:], barred: Set(barred(state) + [person(approval)]).sorted())
      ]
    }
    switch round {
    case 1: return next(found)
    // Two who differ leave the third with one voice on each side.
    case 2 where before != found: return next(.none)
    default:
      return [
        .emit(
          .adjudicated(key, CaseAdjudicated(caseID: caseID, workflow: workflow, isRight: isRight, people: round)))
      ]
    }
  }

  /// The case file of an adjudication: nobody asks a model.
  func adjudication(_ opened: OpenCase, _ bundle: Bundles.Bundle) -> PolicyOutput {
    var opened = opened
    opened.proposal.output = opened.data["proposed"]
    var verdict = bundle.evaluate(facts(opened, nil, bundle))
    (verdict.route, verdict.risk, verdict.trusted) = (.review, .low, true)
    verdict.matches = [
      Match(
        rule: "adjudication", gate: .confidence, code: .sampleDrawn, route: .review,
        because: "drawn so that somebody who knows nothing of earlier decisions judges the proposal", evidence: "proposed")
    ]
    return .emit(.review(key, review(opened, verdict, bundle)))
  }

  /// Who may not take part, `ISSUER ID`: whoever has decided about the proposal before, or broke the glass
  /// that is looked at.
  func barred(_ state: OpenCase) -> [String] {
    if state.isGlassReview { return ["\(state.data["person_iss"]?.string ?? "") \(state.data["person"]?.string ?? "")"] }
    guard state.workflow == AdjudicationAsked.workflow else { return state.reopens?.barred ?? [] }
    return (state.data["barred"]?.array ?? []).compactMap(\.string)
  }
}
