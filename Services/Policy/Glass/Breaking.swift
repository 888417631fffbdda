import Bundles
import Domain
import Identity
import JSON
import Lanes
import Permits
import Wire
import Workflows

/// Break-glass: one person decides one case alone, for a time, because the others cannot be reached. Policy takes nobody's word for it
/// but the person's own signature.
extension PolicyStep {
  /// Somebody breaks the glass. Grants it, or says why not.
  func breakGlass(_ broken: GlassBroken) -> [PolicyOutput] {
    var read: GlassGrant?
    do {
      let grant: GlassGrant
      do throws(JWSError) { grant = try GlassGrant.verify(broken.grant, keys: decider.reviewers) } catch {
        throw Refusal("glass.\(error.code)", error.description)
      }
      read = grant
      let rule = try admit(grant)
      let left = grant.expiresAt - latest.unixSeconds
      let until = now.adding(seconds: story(left))
      return [
        .emit(
          .glass(
            key,
            GlassJudged(
              result: .granted, grant: grant.id, code: "granted", reason: grant.reason, person: person(grant), ticket: grant.ticket,
              until: until, token: broken.grant))),
        noted(.granted, grant, reason: "for \(grant.minutes) minutes, ticket \(grant.ticket); told: \(rule.tell.joined(separator: ", "))"),
      ]
    } catch {
      let refusal = error as? Refusal ?? Refusal("glass.failed", "\(error)")
      return [
        .emit(
          .glass(
            key,
            GlassJudged(
              result: .refused, grant: read?.id ?? "", code: refusal.code, reason: refusal.reason, person: read.map(person), ticket: read?.ticket ?? "")))
      ]
    }
  }

  func person(_ grant: GlassGrant) -> String { "\(grant.personIssuer) \(grant.person)" }

  func noted(_ what: GlassNoted.What, _ grant: GlassGrant, due: Instant? = nil, reason: String = "") -> PolicyOutput {
    .emit(
      .glassNoted(
        GlassNoted(
          what, personIssuer: grant.personIssuer, person: grant.person, grant: grant.id, caseID: grant.caseID, at: now, due: due, reason: reason)))
  }

  /// - Throws: `Refusal`, each reason under a code of its own.
  private func admit(_ grant: GlassGrant) throws -> BreakGlass {
    guard grant.caseID == key else { throw Refusal("glass.case", "it was made for the case \(grant.caseID)") }
    guard let state else { throw Refusal("case.closed", "the case has ended") }
    let rule = try glassRule(state)
    guard state.phase == .reviewing else { throw Refusal("glass.late", "nobody is missing now: the case waits for nobody's approval") }
    if state.glass?.has(grant.id) == true { throw Refusal("glass.replayed", "this grant has been used") }
    guard state.openGlass == nil else { throw Refusal("glass.open", "the glass is broken for this case already") }
    guard !grant.reason.isEmpty, !grant.ticket.isEmpty, grant.reason.unicodeScalars.count <= GlassGrant.mostReason,
      grant.ticket.unicodeScalars.count <= GlassGrant.mostTicket
    else { throw Refusal("glass.words", "a reason and a ticket were expected") }
    guard grant.minutes <= Int64(rule.mostMinutes) else { throw Refusal("glass.minutes", "at most \(rule.mostMinutes) minutes are given") }
    let now = latest.unixSeconds
    guard grant.issuedAt <= now + 60 else { throw Refusal("glass.time", "it is of the future") }
    guard now - grant.issuedAt <= GlassGrant.freshSeconds else { throw Refusal("glass.old", "it is older than \(GlassGrant.freshSeconds / 60) minutes") }
    guard (-60...GlassGrant.freshSeconds).contains(grant.issuedAt - grant.authenticatedAt) else {
      throw Refusal("authentication.old", "the person had signed in more than \(GlassGrant.freshSeconds / 60) minutes before")
    }
    try admitPerson(grant, state, rule)
    // Last, so that what is wrong with the grant itself is told first.
    try admitOwn(grant)
    return rule
  }

  /// Whether a case is one of those for which the glass may be broken, now.
  ///
  /// - Throws: `Refusal`. Nothing takes the place of an expert's decision in template C, and what is prohibited stays so.
  func glassRule(_ state: OpenCase) throws -> BreakGlass {
    guard let bundle = policy(state.workflow)?.bundle, let rule = bundle.breakGlass else {
      throw Refusal("glass.off", "the workflow's policy lets nobody break the glass")
    }
    guard bundle.template != .expert else { throw Refusal("glass.expert", "nothing takes the place of an expert's decision") }
    guard !state.isBare, !state.isObserved else { throw Refusal("glass.late", "nobody is missing: the case waits for nobody's approval") }
    let isProhibited = (state.matches.array ?? []).contains {
      $0["code"]?.string == ReasonCode.policyProhibited.rawValue && $0["waived"] == nil
    }
    guard state.route != Route.block.rawValue, !isProhibited else {
      throw Refusal("glass.prohibited", "what is prohibited may not run, whoever wants it")
    }
    return rule
  }

  private func admitPerson(_ grant: GlassGrant, _ state: OpenCase, _ rule: BreakGlass) throws {
    guard let people = decider.people?.now else { throw Refusal("decision.unknown", "policy knows no people (PEOPLE)") }
    // As one who approves: the requester's bar, conflicts of interest and roles that have ended stay what they are.
    let approver = Approval(
      id: grant.id, caseID: key, version: state.version, verb: .approve, action: "", view: state.view, personIssuer: grant.personIssuer,
      person: grant.person, groups: grant.groups, strength: grant.strength, code: "", words: "", issuedAt: grant.issuedAt, expiresAt: grant.expiresAt)
    do { try admit(approver, state, asked: quorum(state.quorum).map { eligible(state, $0) } ?? []) } catch let refusal as Refusal {
      guard refusal.code == "decision.person" else { throw refusal }
      throw Refusal("glass.decided", "this person has decided: what is decided under a grant is decided knowing it, so take the decision back first")
    }
    guard !isEditor(approver, state) else { throw Refusal("decision.editor", "whoever edited it may not approve it alone") }
    guard grant.groups.contains(rule.group), isInGroup(grant, rule) else {
      throw Refusal("glass.group", "only members of \(rule.group) may break the glass")
    }
    guard !glass.contains(people.human(grant.person)) else {
      throw Refusal("glass.suspended", "the person's right is suspended: an earlier grant was not looked at in time, or was not justified")
    }
    let presence = Presence(people, absences, at: now)
    guard rule.tell.contains(where: { !presence.members(of: $0, except: grant.person).isEmpty }) else {
      throw Refusal("glass.unreachable", "nobody of \(rule.tell.joined(separator: ", ")) is there to hear of it")
    }
  }

  private func isInGroup(_ grant: GlassGrant, _ rule: BreakGlass) -> Bool {
    guard let people = decider.people?.now, grant.personIssuer.sameCodePoints(as: people.issuer) else { return false }
    return people.person(id: grant.person)?.groups.contains(rule.group) ?? false
  }

  /// The person's own signature under the grant; without it there is none, whatever `DECISION_KEYS` says.
  ///
  /// - Parameter isCounted: it was granted when its key still was in time; only a key that was taken out of use since matters.
  private func admitOwn(_ grant: GlassGrant, isCounted: Bool = false) throws {
    let key = try ownKey(grant.certificate, of: grant.personIssuer, grant.person, at: isCounted ? grant.issuedAt : latest.unixSeconds)
    let own: OwnGlass
    do throws(JWSError) { own = try OwnGlass.verify(grant.signature, key: key) } catch { throw Refusal("key.signature", error.description) }
    if let claim = grant.difference(from: own) { throw Refusal("key.claims", "the person signed something else: \(claim) differs") }
  }

  /// Whether the case's grant takes the place of approvals that are missing: its person has approved, by a signature of their own, while
  /// it lasted. All of it is read from the signatures again.
  ///
  /// - Parameter isNew: the approval has just come; else it was counted before, and only its own moment matters.
  func isCovered(_ state: OpenCase, by approvals: [Approval], isNew: Bool) -> Bool {
    guard let known = state.glass, let grant = try? GlassGrant.verify(known.token, keys: decider.reviewers), grant.id == known.id,
      grant.caseID == key, let rule = try? glassRule(state), isInGroup(grant, rule), (try? admitOwn(grant, isCounted: true)) != nil
    else { return false }
    guard !isNew || (!known.isOver && latest.unixSeconds <= grant.expiresAt + 60) else { return false }
    return approvals.contains(where: grant.covers)
  }
}
