import Identity
import JSON
import Lanes
import Wire

/// One step of one task.
struct Desk {
  let decider: ReviewerDecider
  let key: String
  let task: ReviewTask?
  /// Story time.
  let now: Instant
  let wall: Instant
  /// Who is there, and for whom else they stand.
  let presence: Presence

  init(decider: ReviewerDecider, key: String, task: ReviewTask?, now: Instant, wall: Instant) {
    self.decider = decider
    self.key = key
    self.task = task
    self.now = now
    self.wall = wall
    presence = decider.duty.presence(at: now)
  }

  func event(_ kind: TaskEvent.Kind, _ members: [(String, JSON?)]) -> DeskOutput {
    let issuer = decider.people.issuer
    return .emit(
      .task(key, TaskEvent(kind, at: now, workflow: task?.workflow ?? "", members + [("issuer", issuer == Person.issuer ? nil : .string(issuer))])))
  }

  func answer(_ status: Int, _ body: JSON) -> DeskOutput { .answer(DeskAnswer(status, body)) }

  func refuse(_ status: Int, _ code: String, _ detail: String, _ more: [(String, JSON)] = []) -> [DeskOutput] {
    [answer(status, .object(JSONObject([("code", .string(code)), ("detail", .string(detail))] + more)))]
  }

  /// Seconds of real time as seconds of the story.
  func story(_ seconds: Double) -> Double { seconds * Double(decider.clockScale) }

  func perform(_ command: Command, _ person: Person) throws -> [DeskOutput] {
    guard let task else {
      if case .recall(mayRecallEnded: true) = command { return recall(person, nil) }
      return refuse(404, "task.unknown", "No such task is open: it was decided, withdrawn or has expired, or never was.")
    }
    if let (code, why) = refusal(person, task, command.part) { return refuse(403, code, why) }
    return switch command {
    case .view: view(person, task)
    case .recall: recall(person, task)
    case .openSource(let name): openSource(name, person, task)
    case .reveal(let ask): reveal(person, ask, task)
    case .claim: claim(person, task)
    case .acknowledge: acknowledge(person, task)
    case .extend: extend(person, task)
    case .release: release(person, task)
    case .decide(let submission): try decide(person, submission, task)
    case .undo: undo(person, task)
    case .lapse(let decision): task.given.last { $0.person == person.id }?.id == decision ? undo(person, task, why: "the person's role has ended") : refuse(409, "undo.none", "There is no such decision.")
    case .comment(let note): comment(person, note, task)
    case .hold(let note): hold(person, note, task)
    case .assign(let note): assign(person, note, task)
    case .takeBack(let note): takeBack(person, note, task)
    case .handOver(let note): handOver(person, note, task)
    case .help(let note): help(person, note, task)
    case .skip(let note): skip(person, note, task)
    case .ask(let note): ask(person, note, task)
    case .breakGlass(let ask): try breakGlass(person, ask, task)
    }
  }

  /// Whoever has decided may look at what came of it and take it back, also where a new version asks other groups; whoever
  /// was asked for help may look and speak.
  private func mayTakePart(_ part: Part, _ person: Person, _ task: ReviewTask) -> Bool {
    let hasGiven = task.given.contains { $0.person == person.id }
    let names = [person.id] + presence.standsFor(person.id).map(\.person)
    let isHelper = task.helpers.contains(where: names.contains) && bar(person, task) == nil
    return switch part {
    case .undo: hasGiven
    case .see: hasGiven || isHelper
    case .comment: isHelper
    case .handle, .lead: false
    }
  }

  /// Why somebody may not have a part in a task: the one function that the gate, the API, the page and bulk acts ask.
  func refusal(_ person: Person, _ task: ReviewTask, _ part: Part) -> (code: String, why: String)? {
    if part == .lead { return leadObjection(person, task) }
    guard let objection = objection(person, task), !mayTakePart(part, person, task) else { return nil }
    return objection
  }

  /// Why somebody may not have to do with a task at all.
  func objection(_ person: Person, _ task: ReviewTask) -> (code: String, why: String)? {
    if let bar = bar(person, task) { return bar }
    if Set(person.groups).isDisjoint(with: task.asked) {
      return ("task.forbidden", "None of your groups is asked: \(task.asked.joined(separator: ", ")).")
    }
    return nil
  }

  /// Who may not take part at all, whatever groups are asked: whoever asked for it, and whoever decided about the same before.
  func bar(_ person: Person, _ task: ReviewTask) -> (code: String, why: String)? {
    if let requester = task.requester {
      if person.id == requester || humans(person).contains(decider.people.human(requester)) {
        return ("four_eyes.requester", "Whoever asked for something, or stands in for whoever did, may not take part in deciding it.")
      }
    }
    if (task.request["barred"]?.array ?? []).contains(where: { isSame(person, $0.string ?? "") }) {
      return task.request["reopens"] == nil
        ? ("four_eyes.barred", "You have decided about this proposal before: somebody who knows nothing of it judges it now.")
        : ("four_eyes.barred", "You have decided the case that this one takes up again, or had it reopened: somebody else decides it now.")
    }
    return nil
  }

  /// - Parameter full: `ISSUER ID`.
  private func isSame(_ person: Person, _ full: String) -> Bool {
    let issuer = decider.people.issuer
    guard full.hasPrefix("\(issuer) ") else { return false }
    let id = String(full.dropFirst(issuer.utf8.count + 1))
    return id == person.id || humans(person).contains(decider.people.human(id))
  }

  /// The human beings for whom somebody speaks.
  func humans(_ person: Person) -> Set<String> { presence.humans(person.id).union([person.claim]) }

  /// The human beings for whom somebody stands in.
  func standsFor(_ person: Person) -> [String] { humans(person).subtracting([person.claim]).sorted() }

  /// Whether somebody, or one whom they stand in for, made the edit that is to be decided.
  func isEditor(_ person: Person, _ task: ReviewTask) -> Bool { Standing.editors(task).contains { $0 == person.full || isSame(person, $0) } }

  private func view(_ person: Person, _ task: ReviewTask) -> [DeskOutput] {
    [
      event(.viewed, [("person", .string(person.id)), ("view", .string(task.view)), ("version", .integer(task.version))]),
      answer(200, CaseFile(key, task, for: person, owner: decider.duty.owner(of: task, at: now), now: now, wall: wall, others: candidates(task, except: person), looksAgain: decider.looksAgain, leads: leadObjection(person, task) == nil).json),
    ]
  }

  private func recall(_ person: Person, _ task: ReviewTask?) -> [DeskOutput] {
    [event(.viewed, [("person", .string(person.id)), ("story", true)]), answer(200, ["open": .bool(task != nil)])]
  }

  private func claim(_ person: Person, _ task: ReviewTask) -> [DeskOutput] {
    if let holder = holder(besides: person, task) { return holder }
    if let settling = task.settling { return decided(task, settling) }
    // Whoever cannot approve it any more must not keep others from it.
    if isEditor(person, task) {
      return refuse(403, "four_eyes.editor", "You edited this: another person has to decide it. While it is free you may edit or reject it.")
    }
    if hasDecided(person, task) { return refuse(409, "four_eyes.same", "You have decided this; another person is needed.") }
    // A claim again by its holder is the same claim made longer: an answer that was lost costs nothing.
    guard task.claim?.person != person.id else { return extend(person, task) }
    return lease(person, fence: task.fence + 1, until: leaseEnd(task), longest: longestLease, task) + acknowledged(person, task)
  }

  /// Makes a claim longer, up to its longest; at that it is answered with what it is.
  private func extend(_ person: Person, _ task: ReviewTask) -> [DeskOutput] {
    guard let claim = task.claim, claim.person == person.id else { return refuse(409, "task.not_held", "You do not hold this task.") }
    let longest = claim.longest ?? longestLease
    return lease(person, fence: task.fence, until: max(claim.until, min(leaseEnd(task), longest)), longest: longest, task)
  }

  /// However active its holder is: nobody keeps a task from others for longer than half an hour by one claim (L2).
  var longestLease: Instant { now.adding(seconds: story(1_800)) }

  /// A lease of ten minutes, but never past the next rung: there the ladder may hand the task to somebody else.
  func leaseEnd(_ task: ReviewTask) -> Instant {
    let until = now.adding(seconds: story(600))
    if task.question == nil, let rung = task.rungs[safe: task.tier], rung.due > now, rung.due < until { return rung.due }
    return until
  }

  private func lease(_ person: Person, fence: Int64, until: Instant, longest: Instant, _ task: ReviewTask) -> [DeskOutput] {
    let answer = answer(
      200,
      [
        "fence": .integer(fence), "until": .string(until.description), "longest_until": .string(longest.description),
        "version": .integer(task.version),
      ])
    // Nothing has changed for anybody: no record says so.
    if fence == task.fence, task.claim?.until == until { return [answer] }
    return [
      event(
        .claimed,
        [
          ("person", .string(person.id)), ("claim", .string(person.claim)), ("until", .integer(until.microseconds)),
          ("longest", .integer(longest.microseconds)), ("fence", .integer(fence)),
        ]),
      answer,
    ]
  }

  private func release(_ person: Person, _ task: ReviewTask) -> [DeskOutput] {
    guard task.claim?.person == person.id else { return refuse(409, "task.not_held", "You do not hold this task.") }
    return [
      event(.released, [("person", .string(person.id)), ("why", "released")]), answer(200, ["released": true]),
    ]
  }

  /// The refusal that names who holds the task, where somebody else does.
  func holder(besides person: Person, _ task: ReviewTask) -> [DeskOutput]? {
    // Whoever has broken the glass waits for nobody.
    guard let claim = task.claim, claim.person != person.id, claim.until > now, !isCovered(person, task) else { return nil }
    return refuse(
      409, "task.claimed", "\(name(claim.person)) has it until \(claim.until).",
      [("holder", .string(claim.person)), ("until", .string(claim.until.description))])
  }

  /// Whether this human being, or one who counts as the same, has decided on this version.
  func hasDecided(_ person: Person, _ task: ReviewTask) -> Bool {
    let humans = humans(person)
    return task.given.contains { $0.version == task.version && !humans.isDisjoint(with: $0.humans) }
  }

  func decided(_ task: ReviewTask, _ settling: ReviewTask.Settling) -> [DeskOutput] {
    let by = task.given.first { $0.id == settling.decision }?.person ?? ""
    return refuse(
      409, "task.decided", "\(name(by)) has decided it (\(settling.verb)).",
      [("by", .string(by)), ("verb", .string(settling.verb)), ("release_at", .string(settling.release.description))])
  }

  func name(_ person: String) -> String { decider.people.person(id: person)?.name ?? person }
}
