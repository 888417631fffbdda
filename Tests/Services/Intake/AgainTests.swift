import Host
import Hummingbird
import JSON
import Lanes
import Permits
import Testing
import Vault
import Wire

@testable import countersign_intake

/// Ended cases that are taken up again: as a new case of what audit has on record, linked both ways, with nothing of the old one changed.
@Suite struct AgainTests {
  private static let data = Fixture.ticket(customer: ["email": "a@example.org"])

  /// Audit's answer about a case that intake took in.
  private static func told(_ rig: Rig, outcome: String = "rejected") throws -> (caseID: String, answer: JSON) {
    let (body, caseID) = try #require(try rig.admitted.first)
    var writer = JSONWriter()
    body.write(&writer)
    let admitted = try JSON.parse(writer.finish(), limits: .stored)
    return (caseID, ["case": .string(caseID), "outcome": .string(outcome), "admitted": admitted, "deciders": ["demo P-ben", "demo P-lena"]])
  }

  private static func taken() throws -> Rig {
    let rig = try Rig()
    try rig.put(Fixture.item("a-1", data))
    try rig.run()
    return rig
  }

  private static func ended(_ rig: Rig, outcome: String = "rejected") throws -> EndedCase {
    let (caseID, answer) = try told(rig, outcome: outcome)
    return try EndedCase(caseID, answer)
  }

  private static func values(_ rig: Rig, _ caseID: String) throws -> [String: String] {
    guard case .kept(let kept)? = try rig.states()[caseID], let sealed = kept.sealed else { return [:] }
    return try rig.decider.door.sealer.open(sealed, caseID: caseID)
  }

  private func takeUp(_ rig: Rig, _ ended: EndedCase, _ kind: Reopens.Kind, by: String = "demo P-lead", words: String = "Look again") throws -> IntakeAnswer {
    let data = try ended.data(Self.values(rig, ended.caseID)), door = rig.decider.door
    let reopens = Reopens(caseID: ended.caseID, kind: kind, by: by, words: words, outcome: ended.outcome, barred: ended.deciders)
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
    let (caseID, answer) = try Self.told(rig)
    guard case .object(var erased) = answer else { return }
    erased["admitted"] = .null
    #expect(throws: AgainError.gone) { try EndedCase(caseID, .object(erased)) }
  }

  @Test func anAnswerAboutAnotherCaseIsNone() throws {
    let (_, answer) = try Self.told(Self.taken())
    #expect(throws: AgainError.unreachable) { try EndedCase("01a20c93-e606-71e1-ac02-b6790b57db50", answer) }
  }

  @Test func privateValuesInTheWordsAreTokensOfTheNewCase() throws {
    let rig = try Self.taken(), ended = try Self.ended(rig)
    guard case .taken(let again) = try takeUp(rig, ended, .appeal, words: "Write to a@example.org") else {
      Issue.record("it should be taken up")
      return
    }
    let (body, _) = try #require(try rig.admitted.first { $0.caseID == again })
    let token = try #require(body.data["customer"]?["email"]?.string)
    #expect(body.reopens?.words == "Write to \(token)")
  }

  @Test func noSourceTakesThePlaceOfAReopening() throws {
    let rig = try Self.taken(), ended = try Self.ended(rig)
    try rig.put(Fixture.item("reopen/\(ended.caseID)", Self.data))
    try rig.run()
    #expect(try rig.admitted.count == 1)
    guard case .taken = try takeUp(rig, ended, .reopen) else {
      Issue.record("it should be taken up")
      return
    }
  }

  /// Whatever became of a case, another source hears what it hears of a case that never was.
  @Test(arguments: [(200, ""), (409, "case.open"), (410, "case.gone")]) func nobodyLearnsOfAnotherSourcesCase(status: Int, code: String) async throws {
    let rig = try Self.taken()
    let (caseID, told) = try Self.told(rig)
    let router = Router()
    router.get("/v1/cases/:id/ended") { _, _ in
      let problem: JSON = ["code": .string(code), "origin": "support-desk/a-1"]
      return jsonResponse(status == 200 ? told : problem, status: .init(code: status))
    }
    try await withServer(router) { url in
      let web = WebClient(connections: 1)
      let door = AuditDoor(url: url, web: web, token: "t")
      func asked(_ source: String?) async -> AgainError? {
        do throws(AgainError) { _ = try await door.find(caseID, for: source) } catch { return error }
        return nil
      }
      #expect(await asked("erp") == .foreign)
      #expect(await asked("support") == .foreign, "a name that is the beginning of another is another")
      let own: AgainError? = status == 409 ? .open : status == 410 ? .gone : nil
      #expect(await asked("support-desk") == own)
      #expect(await asked(nil) == own, "the house itself may know")
      await web.shutdown()
    }
  }

  @Test func eachReasonHasACodeOfItsOwn() {
    let all: [AgainError] = [.unknown, .open, .gone, .foreign, .enough, .unreachable, .off, .builtin]
    #expect(all.map { $0.problem.status.code } == [404, 409, 410, 404, 409, 503, 503, 409])
    #expect(AgainError.foreign.problem.code == AgainError.unknown.problem.code, "whose it is nobody learns")
  }
}
