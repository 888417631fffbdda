import Domain
import JSON
import Messaging
import Wire

extension CaseMeasures {
  /// Records that the KPIs look at; of all others nothing is taken.
  private enum Kind {
    case admitted, requested, proposed, judged, asked, claimed, viewed, advanced, raised, resolved, decision, permit, effect, defect, waived
    case adjudication, adjudicated, questioned, answered
    case pending, opened, told, made, paused, put, held
  }

  private static let kinds = RecordTypes<Kind>([
    (CaseAdmitted.type, .admitted), (ModelRequested.type, .requested), (ProposalMade.type, .proposed), (ProposalFailed.type, .proposed),
    (CaseJudged.type, .judged), (ReviewRequested.type, .asked), ("countersign.task.claimed.v1", .claimed),
    ("countersign.task.viewed.v1", .viewed), (RungReached.type, .advanced),
    ("countersign.escalation.raised.v1", .raised), ("countersign.escalation.resolved.v1", .resolved), (DecisionJudged.type, .decision),
    (PermitIssued.type, .permit), (EffectReported.type, .effect), (CaseDefect.type, .defect), (ExceptionUsed.type, .waived),
    (AdjudicationAsked.type, .adjudication), (CaseAdjudicated.type, .adjudicated), (QuestionAsked.type, .questioned),
    (CaseAnswered.type, .answered),
    (ProposalPending.type, .pending), ("countersign.task.opened.v1", .opened), ("countersign.task.decided.v1", .told),
    (DecisionMade.type, .made), ("countersign.task.question.asked.v1", .paused), ("countersign.task.closed.v1", .paused),
    (QuestionPut.type, .put), (CaseHeld.type, .held),
  ])

  /// - Parameter body: looked at only where the headers do not say enough: decisions, adjudications, defects and rungs.
  mutating func fold(_ headers: RecordHeaders, _ body: ArraySlice<UInt8>?) {
    guard let kind = Self.kinds[headers] else { return }
    let time = headers.time
    let due = headers.fact(.due).flatMap { Int64($0) }
    switch kind {
    case .admitted: note(.ingested, headers.fact(.ingested).flatMap { Int64($0) } ?? time)
    case .requested:
      note(.requested, time)
      way.wait(.deadline, until: due, at: time)
    case .pending: note(.pending, time)
    case .proposed: note(.proposed, time)
    case .judged: note(.judged, time)
    case .asked:
      note(.asked, time)
      way.wait(.deadline, until: due, at: time)
      add(codes: (headers.fact(.reasons) ?? "").split(separator: ",").map(String.init))
      take(draw: headers.fact(.draw) ?? "")
    case .claimed: note(.claimed, time)
    case .viewed: if headers.fact(.view) != nil, let person = headers.fact(.reviewer) { see(person, time) }
    case .opened:
      note(.opened, time)
      way.rung(due, at: time)
    case .told:
      way.told += 1
      note(.decisionLast, time)
      way.rung(nil, at: time)
    case .made:
      way.decisions += 1
      note(.decisionLast, time)
    case .paused: way.rung(nil, at: time)
    case .put: way.wait(.answer, until: due, at: time)
    case .held: way.wait(.held, until: nil, at: time)
    case .advanced:
      way.rung(due, at: time)
      if let tier = headers.fact(.tier).flatMap({ Int($0) }), tier > 1, let moment = Moment.tier(tier) { note(moment, time) }
      if let late = Self.parse(body)?["late_by"]?.double, late > 0, late < 1e9 { note(.overdue, Int64(late * 1e6)) }
    case .questioned: note(.questioned, time)
    case .answered: note(.answered, time)
    case .raised: note(.raised, time)
    case .resolved: note(.resolved, time)
    case .decision:
      if headers.fact(.decision) == "undone" { way.wait(.deadline, until: nil, at: time) } else { way.counted += 1 }
      if let due { way.wait(.release, until: due, at: time) }
      foldDecision(headers, body, time)
    case .permit:
      note(headers.fact(.route) == "auto" ? .permittedAlone : .permitted, time)
      way.wait(.permit, until: due, at: time)
    case .effect:
      note(.effect, time)
      if let status = headers.fact(.reasons), ["executed", "unknown"].contains(status) { note(.acted, time) }
    case .waived: note(.waived, time)
    case .defect, .adjudication: foldContent(headers, body)
    case .adjudicated:
      // Under the case that was judged; its facts say what, its body by how many.
      if let isRight = Self.truth(headers) { take(truth: isRight, at: time) }
      foldContent(headers, body)
    }
  }

  private mutating func foldDecision(_ headers: RecordHeaders, _ body: ArraySlice<UInt8>?, _ time: Int64) {
    foldContent(headers, body)
    guard headers.fact(.decision) == "complete" else { return }
    note(.decided, time)
    note(.decidedLast, time)
    if let person = headers.fact(.reviewer) { decide(person, time) }
  }

  /// What only the bodies tell, of records whose bodies may be destroyed: closed values, folded so that twice is once. It stays when
  /// they go (`Residue`).
  mutating func foldContent(_ headers: RecordHeaders, _ body: ArraySlice<UInt8>?) {
    switch Self.kinds[headers] {
    case .decision:
      guard ["complete", "counted"].contains(headers.fact(.decision)) else { return }
      switch Self.parse(body)?["reason"]?.string {
      case "edit": note(.edited, headers.time)
      case "reject": note(.rejected, headers.time)
      case "escalate": note(.escalated, headers.time)
      default: break
      }
    case .defect: if let kind = Self.parse(body)?["kind"]?.string.flatMap(CaseDefect.Kind.init) { take(defect: kind) }
    case .adjudication: if let share = Self.parse(body)?["share"]?.double { take(share: share) }
    case .adjudicated:
      if let isRight = Self.truth(headers), let people = Self.parse(body)?["people"]?.integer { take(truth: isRight, by: people, at: headers.time) }
    default: break
    }
  }

  private static func truth(_ headers: RecordHeaders) -> Bool? {
    switch headers.fact(.reasons) {
    case "right": true
    case "wrong": false
    default: nil
    }
  }

  private static func parse(_ body: ArraySlice<UInt8>?) -> JSON? {
    guard let body else { return nil }
    return try? JSON.parse(body, limits: .stored)
  }
}
