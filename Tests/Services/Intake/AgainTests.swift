import Host
import Hummingbird
import JSON
import Lanes
import Permits
import Testing
import Wire

@testable import countersign_intake

/// Ended cases that are taken up again: as a new case of what audit has on record, linked both ways, with nothing of the old one changed.
@Suite struct AgainTests {
  private static let data = Fixture.ticket(customer: ["email": "a@example.org"])

  private static func hop(_ body: some Body) throws -> JSON {
    var writer = JSONWriter()
    body.write(&writer)
    return ["type": .string(type(of: body).type), "body": try JSON.parse(writer.finish(), limits: .stored)]
  }

  private static func judged(_ person: String, _ result: DecisionJudged.Result) -> DecisionJudged {
    DecisionJudged(result: result, decision: "d-\(person)", code: "", reason: "", token: nil, person: "demo \(person)", release: nil)
  }

  /// Audit's answer about a case that intake took in.
  private static func story(_ rig: Rig, outcome: String? = "rejected", isTruncated: Bool = false) throws -> (caseID: String, story: JSON) {
    let (body, caseID) = try #require(try rig.admitted.first)
    var hops = [try hop(body), try hop(judged("P-ada", .refused)), try hop(judged("P-ben", .complete)), try hop(judged("P-ben", .complete)), try hop(judged("P-lena", .counted))]
    if let outcome {
      hops.append(
        try hop(CaseEnded(caseID: caseID, workflow: body.workflow, outcome: outcome, code: "c", reason: "r", effect: nil, result: nil, ingested: body.ingested)))
    }
    return (caseID, ["case": .string(caseID), "content": "shown", "truncated": .bool(isTruncated), "hops": .array(hops)])
  }

  private static func taken() throws -> Rig {
    let rig = try Rig()
    try rig.put(Fixture.item("a-1", data))
    try rig.run()
    return rig
  }

  private static func ended(_ rig: Rig, outcome: String = "rejected") throws -> EndedCase {
    let (caseID, story) = try story(rig, outcome: outcome)
    return try EndedCase(caseID, story)
  }

  private static func values(_ rig: Rig, _ caseID: String) throws -> [String: String] {
    guard case .kept(let kept)? = try rig.states()[caseID], let sealed = kept.sealed else { return [:] }
    return try rig.decider.door.sealer.open(sealed, caseID: caseID)
  }

  private func takeUp(_ rig: Rig, _ ended: EndedCase, _ kind: Reopens.Kind, by: String = "demo P-lead") throws -> IntakeAnswer {
    let data = try ended.data(Self.values(rig, ended.caseID)), door = rig.decider.door
    let reopens = Reopens(caseID: ended.caseID, kind: kind, by: by, words: "Look again", outcome: ended.outcome, barred: ended.deciders)
    let ticket = rig.mailbox.submit(id: "r-\(kind.rawValue)") { context in door.takeUp(ended, data, reopens, record: "http/r", &context) }
    try rig.run()
    return try #require(try ticket.result?.get())
  }

  @Test func whoDecidedBeforeIsReadFromWhatCounted() throws {
    let ended = try Self.ended(Self.taken())
    #expect(ended.deciders == ["demo P-ben", "demo P-lena"] && ended.outcome == "rejected" && ended.admitted.item == "a-1")
  }

  @Test func aNewCaseIsMadeOfTheOldOnesContentAndBothNameEachOther() throws {
    let rig = try Self.taken(), ended = try Self.ended(rig)
    guard case .taken(let again) = try takeUp(rig, ended, .appeal) else {
      Issue.record("it should be taken up")
      return
    }
    let (body, _) = try #require(try rig.admitted.first { $0.caseID == again })
    #expect(body.reopens?.caseID == ended.caseID && body.reopens?.kind == .appeal && body.reopens?.barred == ["demo P-ben", "demo P-lena"])
    #expect(body.source == "support-desk" && body.item == "appeal/\(ended.caseID)" && body.workflow == "ticket-summary")
    #expect(body.contentHash == ended.admitted.contentHash && body.personal == ended.admitted.personal)
    let (old, new) = (ended.admitted.data["customer"]?["email"], body.data["customer"]?["email"])
    #expect(old != new && new?.string?.hasPrefix("tok_") == true, "private values are tokens of the new case")
    #expect(try Self.values(rig, again).values.contains("a@example.org"))
    let told = try rig.records(.cases).compactMap { if case .reopened(let body, let key) = $0 { (body, key) } else { nil } }
    #expect(told.count == 1 && told[0].1 == ended.caseID && told[0].0.again == again && told[0].0.kind == .appeal)
    #expect(try rig.states()[ended.caseID] != nil, "what the vault holds of the old one stays")
    try rig.checkFold()
    try rig.restart(on: rig.fresh)
    try rig.checkFold()
  }

  @Test func onceForEachKind() throws {
    let rig = try Self.taken(), ended = try Self.ended(rig)
    guard case .taken(let appeal) = try takeUp(rig, ended, .appeal), case .taken(let reopened) = try takeUp(rig, ended, .reopen) else {
      Issue.record("each should be taken up")
      return
    }
    #expect(appeal != reopened)
    let (body, _) = try #require(try rig.admitted.first { $0.caseID == reopened })
    #expect(body.reopens?.by == "demo P-lead")
    let door = rig.decider.door, data = try ended.data(Self.values(rig, ended.caseID))
    let reopens = Reopens(caseID: ended.caseID, kind: .appeal, by: "x", words: "Once more", outcome: "rejected", barred: [])
    let ticket = rig.mailbox.submit(id: "again") { context in door.takeUp(ended, data, reopens, record: "http/s", &context) }
    try rig.run()
    #expect(try ticket.result?.get() == .repeated(appeal))
    #expect(try rig.records(.cases).filter { if case .reopened = $0 { true } else { false } }.count == 2)
  }

  @Test func whatIsNotKeptIsSaidToBeGone() throws {
    let rig = try Self.taken()
    let ended = try Self.ended(rig)
    #expect(throws: AgainError.gone) { try ended.data([:]) }
    let (caseID, story) = try Self.story(rig)
    var hops = story["hops"]?.array ?? []
    hops[0] = ["type": .string(CaseAdmitted.type)]
    #expect(throws: AgainError.gone) { try EndedCase(caseID, ["hops": .array(hops)]) }
    #expect(throws: AgainError.gone) { try EndedCase(caseID, Self.story(rig, isTruncated: true).story) }
  }

  @Test func whatHasNotEndedIsNotTakenUp() throws {
    let rig = try Self.taken()
    let (caseID, story) = try Self.story(rig, outcome: nil)
    #expect(throws: AgainError.open) { try EndedCase(caseID, story) }
  }

  @Test func eachReasonHasACodeOfItsOwn() {
    let all: [AgainError] = [.unknown, .open, .gone, .foreign, .enough, .unreachable, .off, .builtin]
    #expect(all.map { $0.problem.status.code } == [404, 409, 410, 404, 409, 503, 503, 409])
    #expect(AgainError.foreign.problem.code == AgainError.unknown.problem.code, "whose it is nobody learns")
  }
}
