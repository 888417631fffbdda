import Messaging
import Wire

@testable import countersign_audit

extension Records {
  /// How one case went, for figures.
  struct Course {
    enum End { case open, executed, rejected, blocked, withdrawn }
    var workflow = "reply-draft"
    var model = "m/1"
    var start = Records.start
    /// Whether people were asked before anything was done.
    var isReviewed = true
    /// Whether they look at it afterwards.
    var isObserved = false
    var isSeen = true
    var isEdited = false
    var end = End.executed
    var draw = "none"
    /// Of adjudication: the probability to be chosen, and what it found.
    var share: String?
    var isWrong: Bool?
    /// How many people it took.
    var judges = 2
    var defect: String?
    /// Highest tier that it came to.
    var tier = 1
    var isPaged: Bool { tier > 1 }
    var codes = "confidence.low"
    /// Seconds from the start by which it must have ended.
    var deadline = 3_600.0
    /// Seconds from one step to the next.
    var step = 10.0
  }

  /// The records of a case, in order.
  mutating func history(_ number: Int, _ course: Course) -> [Message] {
    let id = Self.caseID(number)
    let lane = Int32(number % 4)
    var now = course.start
    var messages: [Message] = []
    func next() -> Instant {
      now = now.adding(seconds: course.step)
      return now
    }
    let workflow: (Fact, String) = (.workflow, course.workflow)
    let who: (Fact, String) = (.reviewer, "demo ana")
    let deadline: (Fact, String) = (.due, "\(course.start.adding(seconds: course.deadline).microseconds)")
    messages.append(
      make(.cases, lane, type: CaseAdmitted.type, subject: id, at: now, facts: [
          workflow, (.payloadHash, "ab"), (.ingested, "\(now.microseconds)"), (.origin, "test/\(number)"),
        ]))
    messages.append(
      make(.modelRequests, lane, type: ModelRequested.type, subject: id, at: next(), facts: [workflow, (.bundle, "b1"), (.payloadHash, "ab"), deadline]))
    messages.append(make(.modelProposals, lane, type: ProposalPending.type, subject: id, at: now, facts: [workflow]))
    messages.append(
      make(
        .modelProposals, lane, type: ProposalMade.type, subject: id, at: next(),
        facts: [workflow, (.payloadHash, "ab"), (.model, course.model), (.prompt, "p1"), (.sources, "kb-1"), (.confidence, "0.700")]))
    func asked() {
      messages.append(
        make(
          .reviewsRequested, lane, type: ReviewRequested.type, subject: id, at: next(),
          facts: [
            workflow, (.bundle, "b1"), (.route, "review"), (.risk, "low"), (.confidence, "0.700"), (.reasons, course.codes), (.draw, course.draw),
            (.model, course.model), (.prompt, "p1"), (.sources, "kb-1"), (.actionHash, "h"), (.payloadHash, "ab"), deadline,
          ]))
      messages.append(make(.reviews, lane, type: "countersign.task.opened.v1", subject: id, at: now, facts: [workflow]))
      messages.append(make(.reviews, lane, type: "countersign.task.claimed.v1", subject: id, at: next(), facts: [who]))
      if course.isSeen { messages.append(make(.reviews, lane, type: "countersign.task.viewed.v1", subject: id, at: next(), facts: [who, (.view, "v")])) }
      if course.isPaged {
        for tier in 2...course.tier {
          let facts: [(Fact, String)] = [(.tier, "\(tier)")]
          messages.append(make(.reviews, lane, type: "countersign.task.tier.advanced.v1", subject: id, at: next(), facts: facts))
          messages.append(make(.escalations, lane, type: "countersign.escalation.raised.v1", subject: id, at: next(), facts: facts))
        }
      }
    }
    func decided(_ verb: String) {
      messages.append(
        make(
          .decisions, lane, type: DecisionMade.type, subject: id, at: next(),
          facts: [
            workflow, who, (.decision, verb), (.reasons, "ok"), (.view, "v"), (.actionHash, "h"), (.override, verb == "approve" ? "no" : "yes"),
            (.tier, "\(course.tier)"),
          ]))
      messages.append(make(.reviews, lane, type: "countersign.task.decided.v1", subject: id, at: now, facts: [workflow, who]))
      messages.append(
        make(
          .reviewsRequested, lane, type: DecisionJudged.type, subject: id, at: next(), facts: [(.decision, "complete"), who, (.reasons, "ok")],
          body: #"{"result":"complete","reason":"\#(verb)"}"#))
      if course.isPaged { messages.append(make(.escalations, lane, type: "countersign.escalation.resolved.v1", subject: id, at: next())) }
    }
    func ended(_ outcome: String) {
      messages.append(
        make(
          .outcomes, lane, type: CaseEnded.type, subject: id, at: next(),
          facts: [
            workflow, (.outcome, outcome), (.route, course.isReviewed ? "review" : "auto"), (.risk, "low"), (.bundle, "b1"), (.actionHash, "h"),
            (.reasons, outcome), (.payloadHash, "ab"), (.ingested, course.start.description), (.origin, "test/\(number)"),
          ]))
    }
    if course.isReviewed { asked() }
    switch course.end {
    case .open: return messages
    case .withdrawn: ended("withdrawn")
    case .rejected, .blocked:
      decided("reject")
      ended(course.end == .rejected ? "rejected" : "blocked")
    case .executed:
      if course.isReviewed {
        decided(course.isEdited ? "edit" : "approve")
      } else {
        messages.append(
          make(
            .verdicts, lane, type: CaseJudged.type, subject: id, at: next(),
            facts: [
              workflow, (.bundle, "b1"), (.confidence, "0.950"), (.draw, "none"), (.model, course.model), (.prompt, "p1"), (.sources, "kb-1"),
              (.actionHash, "h"), (.reasons, "none"),
            ]))
      }
      messages.append(
        make(
          .permits, lane, type: PermitIssued.type, subject: id, at: next(),
          facts: [
            workflow, (.route, course.isReviewed ? "review" : "auto"), (.bundle, "b1"), (.permit, "p\(number)"), (.effect, "e\(number)"),
            (.actionHash, "h"), (.due, "\(now.adding(seconds: 960).microseconds)"),
          ]))
      if !course.isReviewed, course.isObserved { asked() }
      messages.append(
        make(
          .effects, lane, type: EffectReported.type, subject: id, at: next(),
          facts: [(.effect, "e\(number)"), (.permit, "p\(number)"), (.reasons, "executed"), (.origin, "test")], body: #"{"status":"executed"}"#))
      ended("executed")
      if !course.isReviewed, course.isObserved { decided("approve") }
    }
    if let share = course.share {
      messages.append(make(.adjudications, lane, type: AdjudicationAsked.type, subject: id, at: next(), body: #"{"share":\#(share)}"#))
    }
    if let isWrong = course.isWrong {
      messages.append(
        make(
          .outcomes, lane, type: CaseAdjudicated.type, subject: id, at: next(), facts: [workflow, (.reasons, isWrong ? "wrong" : "right")],
          body: #"{"people":\#(course.judges)}"#))
    }
    if let defect = course.defect {
      messages.append(make(.cases, lane, type: CaseDefect.type, subject: id, at: next(), body: #"{"kind":"\#(defect)"}"#))
    }
    return messages
  }
}
