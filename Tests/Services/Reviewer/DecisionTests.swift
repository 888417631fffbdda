import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// Decisions are signed over what was seen, and refused with the reason where they do not hold.
@Suite struct DecisionTests {
  @Test(arguments: [Approval.Verb.approve, .edit]) func aQuestionWithoutACaseFileIsNotApproved(verb: Approval.Verb) throws {
    let desk = try DeskStep()
    var bare = try #require(DeskFixture.json(DeskFixture.request(version: 3, risk: "high")).object)
    // As policy asks when a message of the case could not be handled.
    bare["workflow"] = ""
    try desk.act(.requested(DeskFixture.caseID, .object(bare)))
    #expect(try desk.decide(DeskFixture.ada, verb, action: DeskFixture.action()).body["code"] == "task.bare")
    #expect(try desk.decide(DeskFixture.ada, .escalate).status == 202)
  }

  @Test func anApprovalIsSignedOverCaseViewAndAction() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let view = try #require(desk.task?.view)
    let answer = try desk.decide(DeskFixture.ada)
    #expect(answer.status == 202 && answer.body["complete"] == true)
    let keys = KeySet([try SigningKey(seed: DeskFixture.key).verification])
    let approval = try Approval.verify(try #require(desk.records.decisions.first).decision, keys: keys)
    #expect(approval.caseID == DeskFixture.caseID && approval.version == 1 && approval.verb == .approve)
    #expect(approval.action == actionHash(DeskFixture.action()) && approval.view == view)
    #expect(approval.person == "P-ada" && approval.groups == ["agents"] && approval.issuedAt == desk.now.unixSeconds)
    #expect(view == hex(sha256(DeskFixture.json(DeskFixture.request()).canonical)))
  }

  @Test func theSameSubmissionAgainIsOneDecision() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(quorum: DeskFixture.two))
    let first = try desk.decide(DeskFixture.ada, idempotency: "same")
    let second = try desk.decide(DeskFixture.ada, idempotency: "same")
    #expect(first.body["decision"] == second.body["decision"] && second.status == 202)
    #expect(desk.records.decisions.count == 1)
  }

  @Test func anotherVersionOrViewIsRefusedWithWhatChanged() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let old = try #require(desk.task?.view)
    try desk.ask(DeskFixture.request(version: 2, action: DeskFixture.action(5)))
    let answer = try desk.decide(DeskFixture.ada, version: 1, view: old)
    #expect(answer.status == 409 && answer.body["code"] == "task.changed" && answer.body["version"] == 2)
    #expect(answer.body["changed"] == ["action"])
    #expect(try desk.decide(DeskFixture.ada, version: 2, view: old).body["code"] == "task.changed")
    #expect(desk.records.decisions.isEmpty)
  }

  @Test func reasonsComeFromTheListOfTheVerb() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    #expect(try desk.decide(DeskFixture.ada, .reject, code: "").body["code"] == "code.unknown")
    #expect(try desk.decide(DeskFixture.ada, .reject, code: "corrected").body["code"] == "code.unknown")
    #expect(try desk.decide(DeskFixture.ada, .escalate, code: "nonsense").status == 422)
    #expect(try desk.decide(DeskFixture.ada, .reject, code: "wrong_answer", words: "").status == 202)
  }

  @Test(arguments: ["high", "critical"]) func highImpactNeedsWords(risk: String) throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(risk: risk))
    #expect(try desk.decide(DeskFixture.ada, .reject, code: "wrong_answer", words: "").body["code"] == "words.missing")
    #expect(try desk.decide(DeskFixture.ada, .reject, code: "wrong_answer", words: "so").status == 202)
  }

  @Test func afterTheLastDecisionTheNextOneLearnsWhoDecided() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    _ = try desk.decide(DeskFixture.ada)
    let late = try desk.decide(DeskFixture.ben)
    #expect(late.status == 409 && late.body["code"] == "task.decided" && late.body["by"] == "P-ada")
  }

  @Test func aDecisionThatPolicyDoesNotTakeComesBack() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    _ = try desk.decide(DeskFixture.ada)
    #expect(try desk.wait(100).events(.returned).isEmpty)
    #expect(try desk.wait(30).events(.returned).first?.body["code"] == "policy.silent")
    #expect(try desk.decide(DeskFixture.ben).status == 202)
  }

  @Test func aDecisionThatPolicyRefusesComesBackAtOnceWithTheReason() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let id = try #require(try desk.decide(DeskFixture.ada).body["decision"]?.string)
    try desk.act(
      .judged(
        DeskFixture.caseID,
        DecisionJudged(result: .refused, decision: id, code: "policy.prohibited", reason: "a promise", token: nil, person: nil, release: nil)))
    #expect(desk.task?.settling == nil && desk.task?.given.isEmpty == true)
    #expect(desk.task?.story.last?["text"] == "a promise")
    #expect(try desk.decide(DeskFixture.ada, idempotency: "anew").status == 202)
  }

  @Test func theTaskEndsWhenPolicySaysSo() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    _ = try desk.decide(DeskFixture.ada)
    let said = try desk.act(.closed(DeskFixture.caseID, reason: "released")).said
    #expect(desk.task == nil && said.events(.closed).count == 1)
    guard case .row(_, let row)? = said.last else {
      Issue.record("the row of reviews.open must say that the task is gone")
      return
    }
    #expect(row == ["case": .string(DeskFixture.caseID), "open": false])
  }

  @Test func hostileBodiesAreRefused() throws {
    let person = DeskFixture.ada
    for body: JSON in [
      [], ["version": "1"], ["version": 1, "view": "", "verb": "APPROVE"],
      ["version": 1, "view": "", "verb": "approve", "words": .string(String(repeating: "x", count: 2_001))],
      ["version": 1, "view": "", "verb": "approve", "code": .string(String(repeating: "c", count: 81))],
    ] {
      #expect(throws: WireError.self) {
        _ = try Submission(body, caseID: DeskFixture.caseID, person: person, strength: "", idempotency: "")
      }
    }
  }

  @Test(arguments: [" ", "\n\t", "\u{200B}", "\u{A0}\u{FEFF}", "\u{3164}"]) func wordsOfNothingAreNone(words: String) throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(risk: "high"))
    #expect(try desk.decide(DeskFixture.ada, .reject, words: words).body["code"] == "words.missing")
    #expect(try desk.decide(DeskFixture.ada, .reject, words: " \(words)it is theirs ", idempotency: "b").status == 202)
  }
}
