import Bundles
import Domain
import Identity
import JSON
import Lanes
import Permits
import Wire
import Workflows

/// The one place that says who may take part in a decision: every approval passes here, when it comes and again when
/// approvals are counted.
extension PolicyStep {
  /// An approval counts for a day, whatever it says itself.
  static let approvalSeconds: Int64 = 86_400

  private var people: People? { decider.people?.now }

  /// The human being behind `ISSUER ID`: two accounts of one are one.
  func human(_ full: String) -> String {
    guard let people, full.hasPrefix(people.issuer + " ") else { return full }
    return "\(people.issuer) \(people.human(String(full.dropFirst(people.issuer.utf8.count + 1))))"
  }

  /// The groups that the signed decision names and that the person is still in.
  func groups(_ approval: Approval) -> [String] {
    guard let people else { return approval.groups }
    guard approval.personIssuer == people.issuer, let known = people.person(id: approval.person) else { return [] }
    return approval.groups.filter { known.groups.contains($0) }
  }

  func isYoung(_ approval: Approval) -> Bool { latest.unixSeconds - approval.issuedAt <= Self.approvalSeconds }

  /// - Throws: `Refusal`, each reason under a code of its own.
  func admit(_ approval: Approval, _ state: OpenCase, asked: [String]) throws {
    let name = person(approval), human = human(name)
    if let requester = state.requester?.id,
      approval.person == requester || human == self.human("\(approval.personIssuer) \(requester)")
    {
      throw Refusal("decision.requester", "whoever asked may not decide")
    }
    guard !barred(state).contains(where: { self.human($0) == human }) else {
      throw Refusal("decision.barred", "this person has decided about the proposal before")
    }
    guard !state.approvals.contains(where: { self.human($0.person) == human }) else {
      throw Refusal("decision.person", "this person has decided; another one is needed")
    }
    guard !Set(approval.groups).isDisjoint(with: asked) else {
      throw Refusal("decision.group", "the person is in none of the groups that may decide")
    }
    if let people, approval.personIssuer != people.issuer || people.person(id: approval.person) == nil {
      throw Refusal("decision.unknown", "nobody of the name \(name) is known to policy")
    }
    guard !Set(groups(approval)).isDisjoint(with: asked) else {
      let ended = approval.groups.filter { asked.contains($0) }.joined(separator: ", ")
      throw Refusal("decision.role", "the person is not in \(ended) any more")
    }
    guard let bundle = policy(state.workflow)?.bundle else { return }
    let approver = Approver(id: approval.person, groups: groups(approval))
    if let conflict = bundle.conflict(of: approver, in: facts(state, nil, bundle)) {
      throw Refusal("decision.conflict", "\(conflict.id): \(conflict.because)")
    }
  }

  func isEditor(_ approval: Approval, _ state: OpenCase) -> Bool {
    let human = human(person(approval))
    return state.editors.contains { self.human($0) == human }
  }

  /// Whether the approvals still are what the permit needs: of this very action of this case, and of people who may. They were
  /// counted once; since then a role may have ended, or somebody may have written into our database.
  func stands(_ state: OpenCase, _ action: JSON, _ hash: String) -> Bool {
    guard actionHash(action) == hash else { return false }
    guard state.route != Route.auto.rawValue || !state.approvals.isEmpty else { return true }
    let tokens = state.approvals.map(\.token)
    return isMet(state, by: tokens)
      && tokens.allSatisfy { token in
        guard let approval = try? Approval.verify(token, keys: decider.reviewers) else { return false }
        return approval.caseID == key && approval.action == hash
      }
  }

  /// People are asked anew, since what they said does not count any more.
  func askAnew(
    _ state: OpenCase, field: String = "approvals",
    _ why: String = "they do not count any more: a role has ended, or they are not of this action"
  ) -> PolicyOutput {
    guard let bundle = policy(state.workflow)?.bundle else {
      return end(state, .failed, code: ReasonCode.gateMissing.rawValue, "no policy is in force for the workflow \(state.workflow)")
    }
    return .emit(.review(key, review(state, nil, bundle, extra: [Finding(code: .policyError, field: field, detail: why)])))
  }

  /// Whether the people behind these signed decisions meet the quorum now: each human once, in roles that have not ended, by
  /// approvals that are not older than a day.
  func isMet(_ state: OpenCase, by tokens: [String]) -> Bool {
    guard let quorum = quorum(state.quorum) else { return false }
    var seen: Set<String> = []
    let counting = tokens.compactMap { try? Approval.verify($0, keys: decider.reviewers) }
      .filter { (try? admitKey($0, state, isCounted: true)) != nil }
      .filter { isYoung($0) && !isEditor($0, state) && seen.insert(human(person($0))).inserted }
    return quorum.isMet(
      by: counting.map { approval in
        let own = groups(approval)
        return own + (own.contains(dutyGroup) ? quorum.groups : [])
      })
  }
}
