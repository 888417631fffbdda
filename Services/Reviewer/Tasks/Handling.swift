import Identity
import JSON
import Wire

/// What people do with a task besides deciding it. None of it stops the ladder (ruling 33).
extension Desk {
  /// Words for all who see the task, now and later.
  func comment(_ person: Person, _ note: Note, _ task: ReviewTask) -> [DeskOutput] {
    guard !note.words.isEmpty else { return refuse(422, "words.missing", "A comment needs words.") }
    if task.heard(note.id) { return [answer(200, ["note": .string(note.id)])] }
    return [
      event(.commented, said(person, note)),
      answer(200, ["note": .string(note.id)]),
    ]
  }

  /// Frees the task and keeps the name on it: others may take it, but it is offered to nobody until then.
  func hold(_ person: Person, _ note: Note, _ task: ReviewTask) -> [DeskOutput] {
    if let refusal = holder(besides: person, task) ?? reasonMissing(note, .hold) { return refusal }
    if let settling = task.settling { return decided(task, settling) }
    let until = now.adding(seconds: story(Double(note.minutes) * 60))
    return [
      event(.held, said(person, note) + [("until", .integer(until.microseconds))]),
      answer(200, ["until": .string(until.description)]),
    ]
  }

  /// Gives the claim to somebody who may decide the task.
  func handOver(_ person: Person, _ note: Note, _ task: ReviewTask) -> [DeskOutput] {
    guard task.claim?.person == person.id else { return refuse(409, "task.not_held", "You do not hold this task: claim it first.") }
    if let refusal = away(note.to) { return refusal }
    guard let other = decider.people.person(id: note.to).map(presence.now), other.claim != person.claim, mayDecide(other, task) else {
      return refuse(
        422, "person.cannot", "A person who may decide this task was expected in `to`.",
        [("people", .array(candidates(task, except: person).map { .string($0.id) }))])
    }
    let until = leaseEnd(task)
    return [
      event(
        .handed,
        said(person, note) + [
          ("to", .string(other.id)), ("claim", .string(other.claim)), ("until", .integer(until.microseconds)),
          ("longest", .integer(longestLease.microseconds)), ("fence", .integer(task.fence + 1)),
        ]),
      answer(200, ["to": .string(other.id), "until": .string(until.description)]),
    ]
  }

  /// Lets somebody else see the task and comment on it; whoever asked keeps it.
  func help(_ person: Person, _ note: Note, _ task: ReviewTask) -> [DeskOutput] {
    if let refusal = away(note.to) { return refusal }
    guard let other = decider.people.person(id: note.to), other.claim != person.claim, bar(other, task) == nil else {
      return refuse(422, "person.cannot", "Another person than you and than whoever asked for the action was expected in `to`.")
    }
    guard !note.words.isEmpty else { return refuse(422, "words.missing", "Say what you want to know.") }
    guard task.helpers.contains(other.id) || task.helpers.count < ReviewTask.mostHelpers else {
      return refuse(409, "help.enough", "\(ReviewTask.mostHelpers) people were asked for help with this already.")
    }
    return [event(.helpAsked, said(person, note) + [("to", .string(other.id))]), answer(200, ["to": .string(other.id)])]
  }

  /// Leaves the task to others. Where there is nobody else, it stays offered to all.
  func skip(_ person: Person, _ note: Note, _ task: ReviewTask) -> [DeskOutput] {
    if let refusal = holder(besides: person, task) ?? reasonMissing(note, .skip) { return refusal }
    if let settling = task.settling { return decided(task, settling) }
    let others = candidates(task, except: person).filter { !task.skipped.contains($0.id) }
    return [
      event(.skipped, said(person, note) + [("others", .bool(!others.isEmpty))]),
      answer(200, ["offered_to_others": .bool(!others.isEmpty)]),
    ]
  }

  /// The refusal to give something to somebody who is away.
  func away(_ id: String) -> [DeskOutput]? {
    guard let absence = presence.absence(of: id) else { return nil }
    let standIn = presence.delegate(of: id)
    return refuse(
      422, "person.away", "\(name(id)) is away until \(absence.until)." + (standIn.map { " \($0.name) stands in." } ?? ""),
      [("until", .string(absence.until.description)), ("delegate", standIn.map { .string($0.id) } ?? .null)])
  }

  /// People who could decide the task now, besides one.
  func candidates(_ task: ReviewTask, except person: Person) -> [Person] {
    presence.present.filter { $0.claim != person.claim && mayDecide($0, task) }
  }

  func mayDecide(_ person: Person, _ task: ReviewTask) -> Bool {
    objection(person, task) == nil && !isEditor(person, task) && !hasDecided(person, task)
  }

  private func said(_ person: Person, _ note: Note) -> [(String, JSON?)] {
    [
      ("person", .string(person.id)), ("note", .string(note.id)), ("code", note.code.isEmpty ? nil : .string(note.code)),
      ("text", .string(note.words)),
    ]
  }

  private func reasonMissing(_ note: Note, _ verb: DeskVerb) -> [DeskOutput]? {
    guard DecisionReason.named(note.code, for: verb) == nil else {
      guard note.code == "other", note.words.isEmpty else { return nil }
      return refuse(422, "words.missing", "Say in words why.")
    }
    let codes = DecisionReason.codes(for: verb).map { JSON.string($0.code) }
    return refuse(422, "code.unknown", "A reason code is needed to \(verb.rawValue) a task.", [("codes", .array(codes))])
  }
}
