import Identity
import JSON
import Lanes
import Wire

/// What those may do who lead the people that are asked. It is another right than deciding (L1: `assign` is not `claim`).
extension Desk {
  /// Whether somebody leads a group that is asked (of `support-agents`, `support-leads` do), or is an officer on duty.
  func leads(_ person: Person, _ task: ReviewTask) -> Bool {
    person.groups.contains { own in
      guard own != dutyGroup else { return true }
      guard own == "leads" || own.hasSuffix("-leads") else { return false }
      return task.asked.contains { $0 == own || $0.hasPrefix(own.dropLast("leads".count)) }
    }
  }

  /// Why somebody may not lead in a task: whoever asked for something does not choose who decides it either.
  func leadObjection(_ person: Person, _ task: ReviewTask) -> (code: String, why: String)? {
    if let bar = bar(person, task) { return bar }
    return leads(person, task) ? nil : ("lead.forbidden", "Only those who lead a group that is asked, and officers on duty, may do this.")
  }

  /// Gives the task to somebody who may decide it, also from whoever has it: that one's claim does not count any more.
  func assign(_ person: Person, _ note: Note, _ task: ReviewTask) -> [DeskOutput] {
    if let settling = task.settling { return decided(task, settling) }
    if let refusal = away(note.to) { return refusal }
    guard let other = decider.people.person(id: note.to).map(presence.now), other.claim != person.claim, mayDecide(other, task) else {
      return refuse(
        422, "person.cannot", "Another person who may decide this task was expected in `to`. What you want yourself, claim.",
        [("people", .array(candidates(task, except: person).map { .string($0.id) }))])
    }
    let claim = task.claim.flatMap { $0.until > now ? $0 : nil }
    if let claim, claim.person == other.id { return [answer(200, ["to": .string(other.id), "until": .string(claim.until.description)])] }
    if let claim, note.words.isEmpty {
      return refuse(422, "words.missing", "\(name(claim.person)) has it until \(claim.until): say why it goes to somebody else.", [("holder", .string(claim.person))])
    }
    let until = leaseEnd(task)
    return [
      event(
        .assigned,
        [
          ("person", .string(person.id)), ("note", .string(note.id)), ("text", .string(note.words)), ("to", .string(other.id)),
          ("from", claim.map { .string($0.person) }), ("claim", .string(other.claim)), ("until", .integer(until.microseconds)),
          ("longest", .integer(longestLease.microseconds)), ("fence", .integer(task.fence + 1)),
        ]),
      answer(200, ["to": .string(other.id), "until": .string(until.description)]),
    ]
  }

  /// Takes back what somebody decided and is not released yet (B6, ruling 5: undo is the decider's, recall a lead's). Whether that is in time is
  /// policy's to say in the end.
  func takeBack(_ person: Person, _ note: Note, _ task: ReviewTask) -> [DeskOutput] {
    if task.heard(note.id) { return [answer(200, ["note": .string(note.id)])] }
    guard let settling = task.settling, let given = task.given.last(where: { $0.id == settling.decision }) else {
      return refuse(409, "undo.none", "Nothing is decided here that waits for its release.")
    }
    guard wall <= settling.release else {
      return refuse(409, "undo.late", "It was released at \(settling.release): only a new action can change it now.")
    }
    guard !note.words.isEmpty else { return refuse(422, "words.missing", "Say why: \(name(given.person)) will read it.") }
    return [
      .emit(.undone(key, DecisionUndone(decision: given.id, by: person.id), workflow: task.workflow, person: person.full)),
      event(
        .undone,
        [
          ("decision", .string(given.id)), ("person", .string(person.id)), ("of", .string(given.person)), ("reason", .string(note.words)),
          ("note", .string(note.id)),
        ]),
      answer(200, ["undone": .string(given.id), "of": .string(given.person)]),
    ]
  }
}
