import Identity
import JSON
import Wire

/// Something that happened to a task, as it stands on `reviews` and `escalations`. The body holds all that `evolve` needs.
struct TaskEvent: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    /// `{"request", "view", "opened", "rungs", "changed", "differences", "continues", "keeps", "bare", "answered"}`: a question to people,
    /// or its next version; `answered` names the question to whoever asked that was answered with it.
    case opened = "countersign.task.opened.v1"
    /// `{"person", "claim", "until", "longest", "fence"}`: a lease was given or made longer, which it can be until `longest`.
    case claimed = "countersign.task.claimed.v1"
    /// `{"person", "why"}`: given back, or its lease has ended.
    case released = "countersign.task.released.v1"
    /// `{"decision", "person", "claim", "verb", "code", "words", "version", "groups", "settling", "late_lease", "for",
    /// "unchecked", "against"}`; `against` is how cases that say the same were decided, where this went another way; `for` are the human beings for whom the decider stood in, `unchecked` sources that gave no answer then.
    case decided = "countersign.task.decided.v1"
    /// `{"decision", "person", "reason", "of"}`: taken back by the decider, or for a reason that stands there; with `of`, whose decision it was, by
    /// somebody who leads.
    case undone = "countersign.task.undone.v1"
    /// `{"decision", "code", "reason"}`: policy did not take a decision; the task is open again.
    case returned = "countersign.task.returned.v1"
    /// `{"decision", "settling"}`: what policy made of it; without `settling` others are still needed.
    case settled = "countersign.task.settled.v1"
    /// `{"tier", "group", "channel", "owner", "on_call", "due_at", "next_at", "fired_at", "late_by", "undecided", "pages", "paged",
    /// "why", "passed"}`; `next_at` (microseconds) is when the rung after it is due; `why` is `stalled` where leases ended three times without a decision, `unreached` where nobody could be
    /// called, `empty` where nobody is in the group before (`passed`).
    case advanced = "countersign.task.tier.advanced.v1"
    /// `{"person", "view", "version", "source", "digest"}`: case content was shown to somebody; with `source` and what it
    /// said then, that source by itself; `{"person", "story"}`: what has happened so far.
    case viewed = "countersign.task.viewed.v1"
    /// `{"person", "token", "code", "text", "version"}`: somebody asked to see the private value behind a token, and what for.
    case revealed = "countersign.task.revealed.v1"
    /// `{"person", "note", "text"}`: words beside the task.
    case commented = "countersign.task.commented.v1"
    /// `{"person", "note", "code", "text", "until"}`: freed, with the name kept on it.
    case held = "countersign.task.held.v1"
    /// `{"person"}`: the time of a hold is over.
    case resumed = "countersign.task.resumed.v1"
    /// `{"person", "note", "text", "to", "claim", "until", "longest", "fence"}`: the claim is somebody else's now.
    case handed = "countersign.task.handed.v1"
    /// The same by somebody who leads, with `from` where it was taken from a holder.
    case assigned = "countersign.task.assigned.v1"
    /// `{"person", "note", "text", "to"}`.
    case helpAsked = "countersign.task.help.asked.v1"
    /// `{"person", "note", "code", "text", "others"}`: left to others; `others` says whether there are any.
    case skipped = "countersign.task.skipped.v1"
    /// `{"person", "note", "text", "until"}`: whoever asked is asked something; the ladder stands still. The answer comes with
    /// a new version of the case file (`opened`, `answered`).
    case questionAsked = "countersign.task.question.asked.v1"
    /// `{"note", "why", "reason", "rungs"}`: there will be no answer to it; the ladder goes on with these rungs.
    case questionEnded = "countersign.task.question.ended.v1"
    /// `{"person", "version", "looking"}`: when this person came to decide, sources said something else than what was shown (`looking`: which,
    /// and `differences`). The next version comes with `opened`.
    case sourcesChanged = "countersign.task.sources.changed.v1"
    /// `{"look", "why", "reason"}`: there will be no new version for it; the task may be decided as it is.
    case lookEnded = "countersign.task.look.ended.v1"
    /// `{"again", "kind", "by", "words"}`: remembered of an ended case when a task of the one that takes it up is opened. Never said on a topic.
    case reopened = "countersign.task.reopened.v1"
    /// `{"decision", "person", "claim", "verb", "code", "words", "version"}`: a decision that came after another one. It
    /// counts for agreement between people and for nothing else.
    case opinion = "countersign.task.opinion.v1"
    /// `{"notice", "state", "status", "reason", "retry", "instead"}`: what came of a message to people outside: `sent`,
    /// `superseded`, `failed` (tried again at `retry`), `queued` (that time has come) or `given_up` (`instead` names the
    /// channel that takes over).
    case notified = "countersign.task.notified.v1"
    /// `{"person", "grant", "text", "ticket", "minutes", "until"}`: somebody breaks the glass and asks policy for the grant.
    case glassAsked = "countersign.task.glass.asked.v1"
    /// `{"person", "grant", "text", "ticket", "code", "until"}`: policy has granted it: the person may decide alone until then.
    case glassGranted = "countersign.task.glass.granted.v1"
    /// `{"person", "grant", "ticket", "result", "code", "reason"}`: policy has `refused` it, or it has `ended`.
    case glassEnded = "countersign.task.glass.ended.v1"
    /// `{"reason"}`.
    case closed = "countersign.task.closed.v1"
    /// All that an alerting system needs; `dedup_key` is the same from first to last. `owner` is whose the task is, `owner_is` why
    /// (`claimant`, `group`, `duty`, `accountable`), `on_call` who of the rung's group is.
    case raised = "countersign.escalation.raised.v1"
    /// A supervisor hears that a case was opened; it is no page, and nothing ends it. `people` are those of `group`.
    case noticed = "countersign.escalation.noticed.v1"
    /// Supervisors and security hear that somebody has broken the glass: who, why, under which ticket and until when.
    case broken = "countersign.escalation.glass.v1"
    /// The alert of a broken glass ends: somebody has looked at it (`result`: `justified` or `unjustified`), or the right is `suspended` because nobody
    /// has in time. Under the `dedup_key` with which it began.
    case glassResolved = "countersign.escalation.glass.resolved.v1"
    case acknowledged = "countersign.escalation.acknowledged.v1"
    case resolved = "countersign.escalation.resolved.v1"

    var isEscalation: Bool { [.raised, .noticed, .broken, .glassResolved, .acknowledged, .resolved].contains(self) }
  }

  let kind: Kind
  /// Has always `at`, microseconds, and `workflow`; `issuer` where somebody else than the people file vouches for people.
  let body: JSON

  init(_ kind: Kind, at: Instant, workflow: String, _ members: [(String, JSON?)]) {
    var object = JSONObject(members.compactMap { name, value in value.map { (name, $0) } })
    object["at"] = .integer(at.microseconds)
    object["workflow"] = .string(workflow)
    self.kind = kind
    body = .object(object)
  }

  init(_ kind: Kind, read body: JSON) {
    self.kind = kind
    self.body = body
  }

  subscript(_ name: String) -> JSON? { body[name] }
  var at: Instant { Instant(microseconds: body["at"]?.integer ?? 0) }
  var person: String { body["person"]?.string ?? "" }

  /// When the ladder goes on by itself, µs; nil where it does not, or stands still.
  private var nextRung: Int64? {
    switch kind {
    case .opened where body["waits"]?.bool != true: (body["rungs"]?.array ?? []).dropFirst().lazy.compactMap { $0["due"]?.integer }.first { $0 > at.microseconds }
    case .advanced: body["next_at"]?.integer
    default: nil
    }
  }

  var facts: [(Fact, String)] {
    // What is said of a case whose task is gone names no workflow: it must not take the place of one that was told.
    var facts: [(Fact, String)] = body["workflow"]?.string.flatMap { $0.isEmpty && kind == .viewed ? nil : [(.workflow, $0)] } ?? []
    if let person = body["person"]?.string { facts.append((.reviewer, "\(body["issuer"]?.string ?? Person.issuer) \(person)")) }
    if let tier = body["tier"]?.integer { facts.append((.tier, String(tier))) }
    if let view = body["view"]?.string { facts.append((.view, view)) }
    if let due = nextRung { facts.append((.due, String(due))) }
    if kind == .decided { facts.append((.decision, body["verb"]?.string ?? "")) }
    if let code = body["code"]?.string, !code.isEmpty { facts.append((.reasons, code)) }
    if let request = body["request"] {
      for (fact, name) in [(Fact.route, "route"), (.risk, "risk"), (.bundle, "bundle")] {
        if let value = request[name]?.string, !value.isEmpty { facts.append((fact, value)) }
      }
    }
    return facts
  }
}
