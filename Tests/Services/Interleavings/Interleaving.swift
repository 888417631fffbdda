import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// One case at which several people work at once, each by what they saw last, while messages between desk and policy are on their way
/// and time goes by. Both steps are the services' own; the order of everything follows from the seed.
final class Interleaving {
  let seed: UInt64
  private(set) var trace: [String] = []
  private(set) var broken: [String] = []
  private var random: SplitMix64
  private let desk: DeskStep
  private let policy: PolicySide
  private var places: [String]
  private var toPolicy: [(decision: DecisionMade?, undone: DecisionUndone?)] = []
  private var toDesk: [PolicySide.Said] = []
  /// What each person has on the screen: the answer of their last look, and the token of their last claim.
  private var seen: [String: (version: Int64, view: String, fence: Int64?, action: JSON?)] = [:]
  private var fences: [Int64: String] = [:]
  private var comments: [String] = []
  private var permits: [Permits.Permit] = []
  private var undone: Set<String> = []
  private(set) var outcome: String?
  private var isWithdrawn = false
  private var number = 0

  init(seed: UInt64) throws {
    self.seed = seed
    random = SplitMix64(seed: seed)
    desk = try DeskStep(ReviewerDecider(
      signing: ApprovalsTests.key.get(), people: Staff.people, workflows: ["access-request": Workflow(folder: PolicySide.folder)],
      publicURL: "https://desk.example", clockScale: 1))
    let (side, request) = try PolicySide.begin(DeskFixture.caseID, needsTwo: random.chance(0.6), at: desk.now)
    (policy, places) = (side, Interleaving.places(request))
    try desk.act(.requested(DeskFixture.caseID, request))
  }

  /// A while of disorder; then what is on its way arrives and whoever is left decides.
  func run() throws {
    for _ in 0..<Int.random(in: 15...70, using: &random) { try step() }
    for _ in 0..<12 where outcome == nil { try settle() }
    // Where all who may approve have edited, only the deadline is left.
    if outcome == nil { try pass(90_000) }
    try deliverAll()
    check(outcome != nil, "the case has not ended though everybody was there")
    check(desk.task?.settling == nil, "a decision hangs at the desk")
    let kept = desk.records.events(.commented).compactMap { $0.body["note"]?.string }
    check(kept.sorted() == comments.sorted(), "comments \(comments.count) were taken, \(kept.count) are kept")
    check(Set(permits.map(\.effect)).count <= 1, "more than one effect was permitted")
  }

  private func step() throws {
    switch Int.random(in: 0..<20, using: &random) {
    case 0...2: try pass(Double(Int.random(in: 1...700, using: &random)))
    case 3...4: try deliverToPolicy()
    case 5...6: try deliverToDesk()
    case 7 where random.chance(0.15): try withdraw()
    default: try act(Staff.all[Int.random(in: 0..<Staff.all.count, using: &random)])
    }
  }

  // What people do.

  private func act(_ person: Person) throws {
    switch Int.random(in: 0..<14, using: &random) {
    case 0...2: try look(person)
    case 3...4: try claim(person)
    case 5: _ = try command(person, random.chance(0.5) ? .release : .extend)
    case 6: try comment(person)
    case 7: _ = try command(person, .undo)
    case 8: _ = try command(person, .skip(note(["code": "too_unclear"], person)))
    case 9: _ = try command(person, .hold(note(["code": "interrupted", "minutes": 10], person)))
    case 10:
      let other = Staff.all[Int.random(in: 0..<Staff.all.count, using: &random)]
      let answer = try command(person, .handOver(note(["to": .string(other.id)], person)))
      if answer.status == 200, let fence = desk.task?.fence { given(fence, to: other.id) }
    case 11: try decide(person, .edit)
    case 12: try decide(person, random.chance(0.3) ? .reject : .escalate)
    default: try decide(person, .approve)
    }
  }

  private func note(_ body: JSON, _ person: Person) throws -> Note {
    number += 1
    return try Note(body, caseID: DeskFixture.caseID, person: person.id, idempotency: "n\(number)")
  }

  private func look(_ person: Person) throws {
    let answer = try command(person, .view)
    guard answer.status == 200 else { return }
    seen[person.id] = (answer.body["version"]?.integer ?? 0, answer.body["view"]?.string ?? "", seen[person.id]?.fence, answer.body["file"]?["action"])
  }

  private func claim(_ person: Person) throws {
    let before = desk.task
    let answer = try command(person, .claim)
    guard answer.status == 200, let fence = answer.body["fence"]?.integer else { return }
    check(desk.task?.claim?.person == person.id, "\(person.id) was told that they hold it")
    if let held = before?.claim, held.until > desk.now { check(held.person == person.id, "\(person.id) took it from \(held.person)") }
    given(fence, to: person.id)
    if seen[person.id] == nil { try look(person) }
    seen[person.id]?.fence = fence
  }

  /// A token is one person's for ever.
  private func given(_ fence: Int64, to person: String) {
    check(fences[fence, default: person] == person, "the token \(fence) is \(fences[fence] ?? "")'s and \(person)'s")
    fences[fence] = person
  }

  private func comment(_ person: Person) throws {
    let note = try note(["words": .string("words \(number)")], person)
    // Sent twice where the first answer was lost.
    for _ in 0..<(random.chance(0.3) ? 2 : 1) where try command(person, .comment(note)).status == 200 && !comments.contains(note.id) { comments.append(note.id) }
  }

  private func decide(_ person: Person, _ verb: Approval.Verb) throws {
    if seen[person.id] == nil { try look(person) }
    guard let own = seen[person.id] else { return }
    number += 1
    var body = JSONObject([
      ("version", .integer(own.version)), ("view", .string(own.view)), ("verb", .string(verb.rawValue)), ("words", "because"),
      ("code", .string(verb == .approve ? "" : DecisionReason.codes(for: DeskVerb(verb)).first?.code ?? "")),
    ])
    body["fence"] = own.fence.map { .integer($0) }
    if verb == .edit, var action = own.action?.object, var inner = action["body"]?.object {
      inner["expires"] = .string("2026-12-\(10 + Int.random(in: 0..<15, using: &random))")
      action["body"] = .object(inner)
      body["action"] = .object(action)
    }
    let submission = try Submission(.object(body), caseID: DeskFixture.caseID, person: person, strength: "token", idempotency: "d\(number)")
    let before = desk.task
    for _ in 0..<(random.chance(0.2) ? 2 : 1) {
      let answer = try command(person, .decide(submission))
      guard answer.status == 202, let before else { continue }
      check(before.settling == nil, "\(person.id) decided what was decided")
      check(own.version == before.version && own.view == before.view, "\(person.id) decided something that they had not seen")
      if let claim = before.claim, claim.until > desk.now { check(claim.person == person.id, "\(person.id) decided what \(claim.person) holds") }
      if let fence = own.fence { check(before.fence == fence || before.lastClaimant == person.claim, "\(person.id) decided under the old token \(fence)") }
      check(!["P-asks", "P-asks-2"].contains(person.id), "whoever asked has decided")
    }
  }

  private func command(_ person: Person, _ command: Command) throws -> DeskAnswer {
    let (answer, said) = try desk.act(.command(DeskFixture.caseID, person, command))
    take(said)
    let given = try #require(answer)
    note("\(person.id) \("\(command)".prefix { $0 != "(" }) → \(given.status) \(given.body["code"]?.string ?? "")")
    return given
  }

  // What lies between.

  private func take(_ records: [ReviewerRecord]) {
    for record in records {
      if case .decision(_, let made, _) = record { toPolicy.append((made, nil)) }
      if case .undone(_, let undone, _, _) = record { toPolicy.append((nil, undone)) }
    }
  }

  private func deliverAll() throws {
    while !toPolicy.isEmpty || !toDesk.isEmpty {
      try deliverToPolicy()
      try deliverToDesk()
    }
  }

  private func deliverToPolicy() throws {
    guard !toPolicy.isEmpty else { return }
    let next = toPolicy.removeFirst()
    if let made = next.decision { hear(try policy.hear(made, at: desk.now)) }
    if let undone = next.undone { hear(try policy.hear(undone, at: desk.now)) }
  }

  private func deliverToDesk() throws {
    guard !toDesk.isEmpty else { return }
    let event: ReviewerEvent? = switch toDesk.removeFirst() {
    case .review(let request): .requested(DeskFixture.caseID, request)
    case .closed(let reason): .closed(DeskFixture.caseID, reason: reason)
    case .judged(let judged): .judged(DeskFixture.caseID, judged)
    default: nil
    }
    if let event { take(try desk.act(event).said) }
    note("the desk hears")
  }

  private func withdraw() throws {
    guard !isWithdrawn else { return }
    isWithdrawn = true
    note("withdrawn")
    hear(try policy.withdraw(at: desk.now))
  }

  private func pass(_ seconds: Double) throws {
    note("\(seconds) s pass")
    take(try desk.wait(seconds))
    hear(try policy.wait(until: desk.now))
  }

  private func hear(_ said: [PolicySide.Said]) {
    for one in said {
      switch one {
      case .permit(let permit): judge(permit)
      case .revoked: note("revoked")
      case .ended(let outcome):
        note("ended: \(outcome)")
        check(self.outcome == nil, "ended twice")
        self.outcome = outcome
      case .judged(let judged):
        note("judged \(judged.decision.prefix(6)): \(judged.result) \(judged.code)")
        if judged.result == .undone { undone.insert(judged.decision) }
        toDesk.append(one)
      case .review(let request):
        places = Interleaving.places(request)
        note("asked anew: \(places)")
        toDesk.append(one)
      case .closed: toDesk.append(one)
      }
    }
  }

  /// A permit is right by what it carries alone.
  private func judge(_ permit: Permits.Permit) {
    note("permit \(permit.id.prefix(6)) with \(permit.approvals.count) approvals")
    permits.append(permit)
    check(outcome == nil, "a permit after the end")
    let keys = (try? ApprovalsTests.key.get()).map { KeySet([$0.verification]) }
    let approvals = permit.approvals.compactMap { token in keys.flatMap { try? Approval.verify(token, keys: $0) } }
    check(approvals.count == permit.approvals.count && !approvals.isEmpty, "an approval that nobody signed")
    let people = approvals.map(\.person), humans = Set(people.map(Staff.human))
    check(humans.count == people.count, "one human being counted twice: \(people)")
    check(Staff.barred.isDisjoint(with: people), "somebody barred approved: \(people)")
    check(approvals.allSatisfy { $0.action == permit.action && $0.caseID == DeskFixture.caseID }, "an approval of something else")
    check(undone.isDisjoint(with: approvals.map(\.id)), "an approval that was taken back")
    check(approvals.allSatisfy { $0.verb == .approve || $0.verb == .edit && places.count == 1 }, "a verb that approves nothing")
    let isMet = people.count >= places.count && places.allSatisfy { place in people.contains { !Set(Staff.groups($0)).isDisjoint(with: [place, "duty-officers"]) } }
    check(isMet, "\(places) are needed, \(people) approved")
  }

  /// The groups of which somebody is needed, as the newest case file says.
  private static func places(_ request: JSON) -> [String] {
    let quorum = request["quorum"] ?? .null
    return (quorum["branches"]?.array ?? [quorum]).compactMap { $0["group"]?.string }
  }

  /// All that is on its way arrives; then somebody who may looks and decides.
  private func settle() throws {
    try deliverAll()
    if let permit = permits.last, policy.isPermitted { return hear(try policy.execute(permit, at: desk.now)) }
    for person in Staff.all where desk.task != nil && outcome == nil {
      seen[person.id] = nil
      try look(person)
      guard seen[person.id] != nil else { continue }
      if desk.task?.claim != nil { _ = try command(person, .claim) }
      try decide(person, .approve)
      try deliverAll()
    }
    try pass(650)
  }

  private func note(_ text: String) { trace.append("\(Int(desk.now.seconds(since: DeskFixture.now))) s: \(text)") }

  private func check(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { broken.append("\(what()), at \(trace.last ?? "the beginning")") }
  }
}
