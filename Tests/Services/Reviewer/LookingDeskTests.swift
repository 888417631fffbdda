import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// Before a decision is taken the sources are looked at again; what has changed since it was shown stops it, and nothing is lost.
@Suite struct LookingDeskTests {
  private static func source(_ name: String, _ total: JSON, again: Bool = true) -> JSON {
    let fields: JSON = ["total": total]
    var source = JSONObject([
      ("name", .string(name)), ("answered", true), ("found", true), ("fetched_at", .integer(DeskFixture.now.microseconds)), ("shelf_life", 60),
      ("fields", fields), ("digest", .string(hex(sha256(fields.canonical)))),
    ])
    if !again { source["look_again"] = false }
    return .object(source)
  }

  private static let sources: JSON = [source("order", 3), source("mails", "Hello"), source("rate", 1, again: false)]

  private func desk(_ request: ReviewRequested = DeskFixture.request(sources: sources), looks: Bool = true) throws -> DeskStep {
    var decider = try DeskFixture.decider()
    decider.looksAgain = looks
    let desk = try DeskStep(decider)
    try desk.ask(request)
    return desk
  }

  private func given(_ desk: DeskStep, _ person: Person, _ verb: Approval.Verb = .approve, _ looked: Looked? = nil, key: String = "k") throws -> Submission {
    var body = JSONObject([
      ("version", .integer(desk.task?.version ?? 0)), ("view", .string(desk.task?.view ?? "")), ("verb", .string(verb.rawValue)),
      ("words", "because"), ("code", .string(verb == .approve ? "" : DecisionReason.codes(for: DeskVerb(verb)).first?.code ?? "")),
    ])
    if verb == .edit { body["action"] = DeskFixture.action(5) }
    var given = try Submission(.object(body), caseID: DeskFixture.caseID, person: person, strength: "token", idempotency: key)
    given.looked = looked
    return given
  }

  private func decide(_ desk: DeskStep, _ sources: [LookedAt]?, by person: Person = DeskFixture.ada, _ verb: Approval.Verb = .approve, key: String = "k") throws -> DeskAnswer {
    try desk.command(person, .decide(given(desk, person, verb, Looked(view: desk.task?.view ?? "", sources: sources), key: key)))
  }

  private static func same(_ name: String) -> LookedAt { LookedAt(name: name, state: .same, isRequired: true) }
  private static let unchanged = [same("order"), same("mails")]
  private static let changed = [LookedAt(name: "order", state: .changed, isRequired: true, record: source("order", 4)), same("mails")]
  private func silent(required: Bool) -> [LookedAt] { [LookedAt(name: "order", state: .silent, isRequired: required, why: "answered 503"), Self.same("mails")] }

  private func looks(_ desk: DeskStep) -> [SourcesChanged] { desk.records.compactMap { if case .look(_, let body, _) = $0 { body } else { nil } } }

  @Test func theStepSaysWhatItNeedsToKnowAndNothingHappensYet() throws {
    let desk = try desk(), before = desk.records.count
    let answer = try desk.command(DeskFixture.ada, .decide(given(desk, DeskFixture.ada)))
    let needed = try #require(LookNeeded(answer))
    #expect(needed.view == desk.task?.view && needed.body["workflow"] == "pay" && needed.body["data"] == desk.task?.request["data"])
    let known = try #require(needed.body["sources"]?.object)
    #expect(known.keys == ["mails", "order"], "what changes by itself is not asked")
    #expect(known["order"] == ["answered": true, "found": true, "digest": .string(hex(sha256((["total": 3] as JSON).canonical)))])
    #expect(desk.records.count == before)
  }

  @Test func nothingIsAskedForADecisionThatCountsNothing() throws {
    let desk = try desk()
    #expect(try desk.command(DeskFixture.stranger, .decide(given(desk, DeskFixture.stranger))).status == 403)
    _ = try desk.command(DeskFixture.ben, .claim)
    #expect(try desk.command(DeskFixture.ada, .decide(given(desk, DeskFixture.ada))).body["code"] == "task.claimed")
  }

  @Test func whatIsTheSameIsDecidedAndTheRecordSaysThatItWasLookedAt() throws {
    let desk = try desk()
    #expect(try decide(desk, Self.unchanged).status == 202)
    let made = try #require(desk.records.decisions.last)
    #expect(made.looked?["unchecked"] == [] && made.looked?["at"]?.integer == desk.now.microseconds)
  }

  @Test(arguments: ["approve", "edit", "reject"]) func aChangedSourceIsAConflictWithTheDifference(verb: String) throws {
    let desk = try desk()
    let answer = try decide(desk, Self.changed, #require(Approval.Verb(rawValue: verb)))
    #expect(answer.status == 409 && answer.body["code"] == "sources.changed" && answer.body["sources"] == ["order"] && answer.body["version"] == 1)
    let told = try #require(answer.body["differences"]?.array)
    #expect(told.count == 1 && told[0]["place"] == "Order, total" && told[0]["was"] == 3 && told[0]["is"] == 4)
    #expect(desk.records.decisions.isEmpty)
    let said = try #require(looks(desk).last)
    #expect(said.version == 1 && said.sources == ["order"] && said.look.utf8.count == 32)
    #expect(desk.task?.looking?.id == said.look && desk.task?.story.last?["what"] == "changed")
  }

  @Test func untilTheNewVersionIsThereNobodyDecidesAndItIsSaidOnce() throws {
    let desk = try desk()
    _ = try decide(desk, Self.changed)
    for verb in [Approval.Verb.approve, .reject, .escalate] {
      let answer = try decide(desk, Self.unchanged, by: DeskFixture.ben, verb, key: verb.rawValue)
      #expect(answer.status == 409 && answer.body["code"] == "sources.changed")
    }
    #expect(looks(desk).count == 1)
    try desk.ask(DeskFixture.request(version: 2, sources: [Self.source("order", 4), Self.source("mails", "Hello")]))
    #expect(desk.task?.looking == nil && desk.task?.looks == 1)
    #expect(desk.task?.differences.first?["is"] == 4)
    #expect(try decide(desk, Self.unchanged).status == 202)
  }

  @Test func theFirstOfTwoApprovalsIsVoidWithTheVersion() throws {
    let desk = try desk(DeskFixture.request(quorum: DeskFixture.two, sources: Self.sources))
    #expect(try decide(desk, Self.unchanged).body["complete"] == false)
    #expect(try decide(desk, Self.changed, by: DeskFixture.lead, .approve).status == 409)
    try desk.ask(DeskFixture.request(version: 2, quorum: DeskFixture.two, sources: [Self.source("order", 4), Self.source("mails", "Hello")]))
    #expect(try decide(desk, Self.unchanged, by: DeskFixture.lead, .approve).body["complete"] == false, "the first one has to look again")
  }

  @Test func toHandACaseOnNobodyLooks() throws {
    let desk = try desk()
    #expect(try desk.command(DeskFixture.ada, .decide(given(desk, DeskFixture.ada, .escalate))).status == 202)
    #expect(desk.records.decisions.last?.looked == nil)
  }

  @Test func evidenceThatIsAwayIsNeverTakenForTheSame() throws {
    for looked in [silent(required: true), nil] {
      let desk = try desk()
      for verb in [Approval.Verb.approve, .edit] {
        let answer = try decide(desk, looked, by: DeskFixture.ada, verb, key: verb.rawValue)
        #expect(answer.status == 503 && answer.body["code"] == "sources.unreachable" && answer.body["sources"]?.array?.contains { $0["name"] == "order" } == true)
      }
      #expect(desk.records.decisions.isEmpty && desk.task?.looking == nil)
      let rejected = try decide(desk, looked, by: DeskFixture.ada, .reject, key: "r")
      #expect(rejected.status == 202 && rejected.body["unchecked"]?.array?.contains("order") == true, "nothing goes out by a rejection")
      #expect(desk.records.events(.decided).last?["unchecked"]?.array?.contains("order") == true)
    }
  }

  @Test func whatIsNotRequiredMayBeAwayAndTheDecisionSaysSo() throws {
    let desk = try desk()
    let answer = try decide(desk, silent(required: false))
    #expect(answer.status == 202 && answer.body["unchecked"] == ["order"])
    #expect(desk.records.decisions.last?.looked?["unchecked"] == ["order"])
    #expect(desk.records.events(.decided).last?["unchecked"] == ["order"])
  }

  @Test func aLookAtAnotherVersionIsNone() throws {
    let desk = try desk()
    let answer = try desk.command(DeskFixture.ada, .decide(given(desk, DeskFixture.ada, .approve, Looked(view: "another", sources: Self.unchanged))))
    #expect(LookNeeded(answer) != nil && desk.records.decisions.isEmpty)
  }

  @Test func whoeverKeepsASourceChangingDoesNotKeepACaseFromBeingRejected() throws {
    let desk = try desk()
    for version in 1...Int64(countersign_reviewer.Desk.mostLooksBeforeRejecting) {
      #expect(try decide(desk, Self.changed, by: DeskFixture.ada, .reject, key: "\(version)").status == 409)
      try desk.ask(DeskFixture.request(version: version + 1, action: DeskFixture.action(version), sources: Self.sources))
    }
    #expect(try decide(desk, Self.changed, by: DeskFixture.ada, .approve, key: "a").status == 409, "it may never be approved so")
    try desk.ask(DeskFixture.request(version: 9, sources: Self.sources))
    let rejected = try decide(desk, Self.changed, by: DeskFixture.ada, .reject, key: "r")
    #expect(rejected.status == 202 && rejected.body["unchecked"] == ["order"])
  }

  @Test func whatPolicyDoesNotTakeUpIsOver() throws {
    let desk = try desk()
    _ = try decide(desk, Self.changed)
    let look = try #require(looks(desk).last).look
    try desk.act(.judged(DeskFixture.caseID, DecisionJudged(result: .refused, decision: look, code: "look.late", reason: "late", token: nil, person: nil, release: nil)))
    #expect(desk.task?.looking == nil && desk.records.events(.lookEnded).last?["why"] == "look.late")
    #expect(try decide(desk, Self.changed, key: "again").status == 409, "it is looked at again")
    #expect(looks(desk).count == 2 && looks(desk)[0].look != looks(desk)[1].look)
  }

  @Test func whereSilenceIsPolicysPeopleMayDecideAgain() throws {
    let desk = try desk()
    _ = try decide(desk, Self.changed)
    #expect(try desk.wait(ReviewTask.Looking.seconds - 1).events(.lookEnded).isEmpty)
    #expect(try desk.wait(1).events(.lookEnded).first?["why"] == "policy.silent")
    #expect(try decide(desk, Self.unchanged, key: "again").status == 202)
  }

  @Test(arguments: ["auto", "review"]) func aLookBackAtWhatWentAloneWaitsForNothing(route: String) throws {
    let desk = try desk(DeskFixture.request(route: route, sources: Self.sources))
    let answer = try desk.command(DeskFixture.ada, .decide(given(desk, DeskFixture.ada)))
    #expect((LookNeeded(answer) == nil) == (route == "auto"))
  }

  @Test func withoutAnAdapterDecisionsRestOnWhatWasShown() throws {
    let desk = try desk(looks: false)
    #expect(try desk.command(DeskFixture.ada, .decide(given(desk, DeskFixture.ada))).status == 202)
    #expect(try desk.command(DeskFixture.ada, .view).body["looks_again"] == false && desk.records.decisions.last?.looked == nil)
  }

  private func page(_ desk: DeskStep) throws -> String {
    let view = CaseView(DeskFixture.caseID, try desk.command(DeskFixture.ada, .view).body, desk.decider.workflows["pay"])
    return TaskPage(view: view, person: DeskFixture.ada, people: DeskFixture.people, formToken: "t", formKey: "f").html.text
  }

  @Test func thePageShowsWhatIsNewAtOnce() throws {
    let desk = try desk()
    #expect(try page(desk).contains("looked at again when you decide") && page(desk).contains("changes by itself, not looked at again"))
    _ = try decide(desk, Self.changed)
    let text = try page(desk)
    #expect(text.contains("Changed since you saw it: order") && text.contains("a new version is on its way") && text.contains("Order, total"))
    #expect(text.contains("came to decide, and it had changed:"))
  }
}
