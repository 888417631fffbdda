import JSON
import Lanes
import Storage
import Vault
import Wire

extension IntakeDecider {
  typealias Outputs = [Output<IntakeRecord, IntakeAnswer>]

  func decide(_ event: IntakeEvent, _ view: View<IntakeState>, now: Instant) throws -> Outputs {
    switch event {
    case .admit(let admission): return try admit(admission, view)
    case .refuse(let rejection, let record):
      let (reply, key) = rejection.reply(record: record)
      return [.emit(.replied(reply, key: key)), .answer(.refused(code: reply.code, case: nil, reply.violations))]
    case .withdraw(let withdrawal): return withdraw(withdrawal, view, now: now)
    case .answer(let answer): return self.answer(answer, view)
    case .defect(let report): return note(report, view)
    case .giveUp(let key):
      guard case .parked(let parked)? = view[key] else { return [] }
      return [.emit(.replied(parked.reply(.unmatched), key: key))]
    case .report(let report): return [.emit(.reported(effect(report, view), caseID: report.caseID))]
    case .gate(let caseID, let type, let frame):
      let own = try webhook(caseID, type, frame, view)
      guard case .kept(let kept)? = view[caseID], kept.gate != nil,
        let news = try GateAnswered.news(type: type, frame, now: now)
      else { return own }
      return [.emit(.gateAnswered(news, caseID: caseID))] + own
    case .performed(let caseID, let result): return performed(caseID, result, view)
    case .closeGate(let caseID):
      guard case .kept(let kept)? = view[caseID], kept.gate != nil else { return [] }
      return [.emit(.gateClosed(caseID: caseID))]
    case .ask(let source, let item, _):
      let waits = if case .parked? = view[place(of: item, from: source)] { true } else { false }
      return [.answer(.found(case: view.claimed.flatMap { stateKey(of: $0) }, withdrawalWaits: waits))]
    }
  }

  private func admit(_ admission: Admission, _ view: View<IntakeState>) throws -> Outputs {
    let body = admission.body
    let key = place(of: body.item, from: body.source)
    if let claimed = view.claimed {
      guard let first = ClaimValue(claimed.value) else {
        throw Unreadable("claim.damaged", "the idempotency key of \(key) is held by something else than a case")
      }
      let isSame = first.content == ClaimValue(admission.claim.value)?.content
      let reply = IntakeReply(
        status: isSame ? .duplicate : .rejected, code: isSame ? "duplicate" : Rejection.Code.idReused.rawValue,
        source: body.source, item: body.item, record: admission.record, firstCase: first.caseID,
        violations: isSame
          ? [] : [.init(pointer: "/id", expected: "the content that came first under this id", found: "other content")])
      return [
        .emit(.replied(reply, key: key)),
        .answer(
          isSame ? .repeated(first.caseID) : .refused(code: reply.code, case: first.caseID, reply.violations)),
      ]
    }
    var outputs: Outputs = [.emit(.admitted(body, caseID: admission.caseID))]
    if let reopens = body.reopens { outputs.append(.emit(.reopened(CaseReopened(again: admission.caseID, reopens), caseID: reopens.caseID))) }
    if case .parked(let parked)? = view[key] {
      outputs.append(
        .emit(
          .withdrawn(
            CaseWithdrawn(source: body.source, item: body.item, reason: parked.reason), caseID: admission.caseID)))
      outputs.append(.emit(.replied(parked.reply(.matched, firstCase: admission.caseID), key: key)))
    }
    return outputs + [.answer(.taken(admission.caseID))]
  }

  private func withdraw(_ withdrawal: Withdrawal, _ view: View<IntakeState>, now: Instant) -> Outputs {
    if let caseID = view.claimed.flatMap({ stateKey(of: $0) }) {
      let body = CaseWithdrawn(source: withdrawal.source, item: withdrawal.item, reason: withdrawal.reason)
      return [.emit(.withdrawn(body, caseID: caseID)), .answer(.withdrawn(caseID))]
    }
    let key = place(of: withdrawal.item, from: withdrawal.source)
    // A second one does not wait longer than the first.
    let until = if case .parked(let parked)? = view[key] { parked.until } else { now.adding(seconds: Parked.seconds) }
    let parked = Parked(
      source: withdrawal.source, item: withdrawal.item, reason: withdrawal.reason, record: withdrawal.record,
      until: until)
    return [.emit(.replied(parked.reply(.parked), key: key)), .answer(.parked(until: until))]
  }

  /// Goes on to the case, without its private values. Whether anybody still waits for it policy knows.
  private func answer(_ answer: RequesterAnswer, _ view: View<IntakeState>) -> Outputs {
    guard let caseID = view.claimed.flatMap({ stateKey(of: $0) }) else {
      var rejection = Rejection(.answerUnknown, at: "/id", expected: "an item of this source that was taken in", found: "another id")
      (rejection.source, rejection.item) = (answer.source, answer.item)
      let (reply, key) = rejection.reply(record: answer.record)
      return [.emit(.replied(reply, key: key)), .answer(.refused(code: reply.code, case: nil, reply.violations))]
    }
    let words = hidden(answer.words, caseID, view)
    let body = CaseAnswered(source: answer.source, item: answer.item, question: answer.question, words: words, by: answer.by)
    return [.emit(.answered(body, caseID: caseID)), .answer(.answered(caseID))]
  }

  /// Goes into the ledger, without the case's private values; the case itself knows nothing of it.
  private func note(_ report: DefectReport, _ view: View<IntakeState>) -> Outputs {
    let caseID = if case .ofCase(let named) = report.about { Optional(named) } else { view.claimed.flatMap { stateKey(of: $0) } }
    guard let caseID else {
      var rejection = Rejection(.defectUnknown, at: "/id", expected: "an item of this source that was taken in", found: "another id")
      (rejection.source, rejection.item) = (report.source, report.item)
      let (reply, key) = rejection.reply(record: report.record)
      return [.emit(.replied(reply, key: key)), .answer(.refused(code: reply.code, case: nil, reply.violations))]
    }
    let body = CaseDefect(
      kind: report.kind, source: report.source, item: report.item, words: report.words.map { hidden($0, caseID, view) }, by: report.by)
    return [.emit(.defect(body, caseID: caseID)), .answer(.noted(caseID))]
  }

  private func hidden(_ words: String, _ caseID: String, _ view: View<IntakeState>) -> String {
    guard case .kept(let kept)? = view[caseID], let sealed = kept.sealed, let values = try? door.sealer.open(sealed, caseID: caseID)
    else { return words }
    return KnownValues(values).hide(in: .string(words)).string ?? words
  }

  /// What an executor reported, without the private values of the case. Where those cannot be had, its states are left
  /// out: that the effect happened must be told in any case.
  func effect(_ report: Report, _ view: View<IntakeState>) -> EffectReported {
    var before = report.before
    var after = report.after
    if case .kept(let kept)? = view[report.caseID], let sealed = kept.sealed, before != nil || after != nil {
      let known = (try? door.sealer.open(sealed, caseID: report.caseID)).map { KnownValues($0) }
      before = known.flatMap { known in before.map { known.hide(in: $0) } }
      after = known.flatMap { known in after.map { known.hide(in: $0) } }
    }
    if (before?.canonical.count ?? 0) + (after?.canonical.count ?? 0) > Door.largest { (before, after) = (nil, nil) }
    return EffectReported(
      effect: report.effect, permit: report.permit, status: report.status, reason: report.reason,
      executor: report.executor,
      before: before, after: after, beforeDigest: report.beforeDigest, afterDigest: report.afterDigest)
  }

  func evolve(_ state: IntakeState?, _ record: IntakeRecord) -> IntakeState? {
    switch record {
    case .admitted(let body, _):
      let kept = Kept(sealed: body.sealed, gate: body.gate ? Gate(source: body.source) : nil)
      return kept.isEmpty ? nil : .kept(kept)
    case .withdrawn, .answered, .defect, .reopened: return state
    case .reported(let body, _):
      guard case .kept(var kept)? = state, body.executor == Webhook.executor, kept.webhook?.effect == body.effect else {
        return state
      }
      // What was refused was not begun: a newer permit may begin it.
      if body.status == .refused { kept.webhook = nil } else { kept.webhook?.done = true }
      return kept.isEmpty ? nil : .kept(kept)
    case .webhook(let noted, _): return evolve(state, noted)
    case .replied(let reply, _):
      switch reply.status {
      case .rejected, .duplicate: return state
      case .matched, .unmatched: return nil
      case .parked:
        guard let source = reply.source, let item = reply.item, let until = reply.until else { return state }
        return .parked(
          Parked(source: source, item: item, reason: reply.reason ?? "", record: reply.record, until: until))
      }
    case .gateAnswered(let answer, _):
      guard case .kept(var kept)? = state else { return state }
      kept.gate?.take(answer)
      return .kept(kept)
    case .gateClosed:
      guard case .kept(var kept)? = state else { return state }
      kept.gate = nil
      return kept.isEmpty ? nil : .kept(kept)
    }
  }
}

extension Parked {
  func reply(_ status: IntakeReply.Status, firstCase: String? = nil) -> IntakeReply {
    IntakeReply(
      status: status, code: Rejection.Code.withdrawnUnknown.rawValue, source: source, item: item, record: record,
      firstCase: firstCase, until: status == .parked ? until : nil, reason: status == .parked ? reason : nil)
  }
}
