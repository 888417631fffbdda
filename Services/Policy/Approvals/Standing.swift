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

  /// Who was there when an approval was given, by the story's clock; nil where nobody is or was away, which is nearly always.
  private func presence(_ approval: Approval) -> Presence? {
    guard !absences.isEmpty, let people, approval.personIssuer == people.issuer else { return nil }
    // An approval tells its moment in whole seconds.
    let scale = Double(decider.clockScale), ago = latest.seconds(since: Instant(microseconds: approval.issuedAt * 1_000_000))
    return Presence(people, absences, at: now.adding(seconds: -ago * scale), orWithin: scale)
  }

  /// The human beings for whom an approval speaks: whoever gave it, and those whom that person stood in for then.
  func humans(_ approval: Approval) -> Set<String> {
    guard let presence = presence(approval) else { return [human(person(approval))] }
    return Set(presence.humans(approval.person).map { "\(approval.personIssuer) \($0)" })
  }

  /// The same of one that was counted.
  private func humans(_ counted: OpenCase.Counted) -> Set<String> {
    guard !absences.isEmpty, let approval = try? Approval.verify(counted.token, keys: decider.reviewers) else { return [human(counted.person)] }
    return humans(approval)
  }

  /// The groups that the signed decision names and that the person is still in, or had as somebody's delegate when it was made.
  func groups(_ approval: Approval) -> [String] {
    guard let people else { return approval.groups }
    guard approval.personIssuer == people.issuer, let known = people.person(id: approval.person) else { return [] }
    let borrowed = presence(approval)?.borrowed(by: approval.person) ?? []
    return approval.groups.filter { known.groups.contains($0) || borrowed.contains($0) }
  }

  func isYoung(_ approval: Approval) -> Bool { latest.unixSeconds - approval.issuedAt <= Self.approvalSeconds }

  /// - Throws: `Refusal`, each reason under a code of its own.
  func admit(_ approval: Approval, _ state: OpenCase, asked: [String]) throws {
    let name = person(approval), humans = humans(approval)
    if let requester = state.requester?.id,
      approval.person == requester || humans.contains(human("\(approval.personIssuer) \(requester)"))
    {
      throw Refusal("decision.requester", "whoever asked may not decide")
    }
    guard !barred(state).contains(where: { humans.contains(human($0)) }) else {
      throw Refusal("decision.barred", "this person has decided about the proposal before")
    }
    guard state.approvals.allSatisfy({ self.humans($0).isDisjoint(with: humans) }) else {
      throw Refusal("decision.person", "this person, or one whom they stand in for, has decided; another one is needed")
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
    let facts = facts(state, nil, bundle)
    // Whoever stands in for somebody has that person's conflicts besides the own ones.
    for id in [approval.person] + (presence(approval)?.standsFor(approval.person).map(\.person) ?? []) {
      if let conflict = bundle.conflict(of: Approver(id: id, groups: groups(approval)), in: facts) {
        throw Refusal("decision.conflict", "\(conflict.id): \(conflict.because)")
      }
    }
  }

  func isEditor(_ approval: Approval, _ state: OpenCase) -> Bool {
    let humans = humans(approval)
    return state.editors.contains { humans.contains(human($0)) }
  }

  /// Whether the approvals still are what the permit needs: of this very action of this case, and of people who may. They were
  /// counted once; since then a role may have ended, or somebody may have written into our database.
  func stands(_ state: OpenCase, _ action: JSON, _ hash: String) -> Bool {
    // What may not run gets no permit, whoever has approved what.
    guard actionHash(action) == hash, state.route != Route.block.rawValue else { return false }
    guard state.route != Route.auto.rawValue || !state.approvals.isEmpty else { return true }
    let tokens = state.approvals.map(\.token)
    return isMet(state, by: tokens)
      && tokens.allSatisfy { token in
        guard let approval = try? Approval.verify(token, keys: decider.reviewers) else { return false }
        return approval.caseID == key && approval.action == hash
      }
  }

  /// People are asked anew, since what they said does not count any more: by a case file that is no milder, and whoever edited it
  /// still may not approve it.
  func askAnew(
    _ state: OpenCase, field: String = "approvals",
    _ why: String = "they do not count any more: a role has ended, or they are not of this action"
  ) -> PolicyOutput {
    guard let bundle = policy(state.workflow)?.bundle else {
      return end(state, .failed, code: ReasonCode.gateMissing.rawValue, "no policy is in force for the workflow \(state.workflow)")
    }
    let anew = review(state, nil, bundle, extra: [Finding(code: .policyError, field: field, detail: why)], editors: state.editors)
    return .emit(.review(key, anew.keeping(state, ladder: ladder(bundle, queue: state.queue), keys: decider.decisionKeys)))
  }

  /// Whether the people behind these signed decisions meet the quorum now: each human once, in roles that have not ended, by
  /// approvals that are not older than a day.
  func isMet(_ state: OpenCase, by tokens: [String]) -> Bool { quorate(state, by: tokens) != .not }

  /// The same, and whether it takes the place of missing ones that somebody has broken the glass.
  ///
  /// - Parameter isNew: the last of them has just come.
  func quorate(_ state: OpenCase, by tokens: [String], isNew: Bool = false) -> Quorate {
    guard let quorum = quorum(state.quorum) else { return .not }
    var seen: Set<String> = []
    let counting = tokens.compactMap { try? Approval.verify($0, keys: decider.reviewers) }
      .filter { (try? admitKey($0, state, isCounted: true)) != nil }
      .filter { approval in
        let humans = humans(approval)
        guard isYoung(approval), !isEditor(approval, state), seen.isDisjoint(with: humans) else { return false }
        seen.formUnion(humans)
        return true
      }
    let isFull = quorum.isMet(
      by: counting.map { approval in
        let own = groups(approval)
        return own + (own.contains(dutyGroup) ? quorum.groups : [])
      })
    return isFull ? .full : isCovered(state, by: counting, isNew: isNew) ? .glass : .not
  }
}

/// How far approvals go.
enum Quorate: Equatable {
  case not
  /// All who are asked for have approved.
  case full
  /// Some are missing, and a grant takes their place.
  case glass
}
