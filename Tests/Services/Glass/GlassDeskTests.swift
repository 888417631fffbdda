import Foundation
import Host
import Identity
import JSON
import Lanes
import NIOHTTP1
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// Break-glass at the desk: who may ask, who hears of it, and what it changes there.
@Suite struct GlassDeskTests {
  static let breaker = DeskFixture.person("P-break", "agents", "breakers")
  static let people = People(DeskFixture.people.all + [breaker])
  static let rule: JSON = ["group": "breakers", "minutes": 60, "most_minutes": 120, "tell": ["duty-officers", "leads"], "channel": "pagerduty"]
  static let pager = Channel(name: "pagerduty", kind: .pagerDuty(routingKey: "R"), url: "https://events.example", isPrivate: false)
  let device = Device()

  func desk(_ channels: [Channel] = [pager], people: People = people, glass: JSON? = rule) throws -> DeskStep {
    let desk = try DeskStep(DeskFixture.decider(people: people, channels: Dictionary(uniqueKeysWithValues: channels.map { ($0.name, $0) })))
    try desk.ask(DeskFixture.request(risk: "high", quorum: DeskFixture.two, requester: "P-both", glass: glass))
    return desk
  }

  func body(
    person: String = "P-break", reason: String = "the press stands still", ticket: String = "INC-7", minutes: Int64? = nil, jti: String = "0123456789abcdef",
    at: Instant = DeskFixture.now, _ changes: [String: JSON] = [:]
  ) throws -> JSONObject {
    var claims = JSONObject([
      ("jti", .string(jti)), ("case", .string(DeskFixture.caseID)), ("reason", .string(reason)), ("ticket", .string(ticket)),
      ("minutes", .integer(minutes ?? 60)), ("person_iss", .string(Person.issuer)), ("sub", .string(person)), ("iat", .integer(at.unixSeconds)),
    ])
    for (name, value) in changes { claims[name] = value }
    let policy = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
    var body = JSONObject([
      ("reason", .string(reason)), ("ticket", .string(ticket)), ("own", .string(try device.sign(.object(claims), type: OwnGlass.type))),
      ("own_key", .string(try device.certificate(person, by: policy, from: at.unixSeconds, until: at.unixSeconds + 3600))),
    ])
    body["minutes"] = minutes.map { .integer($0) }
    return body
  }

  func breakGlass(_ desk: DeskStep, by person: Person = breaker, _ body: JSONObject) throws -> DeskAnswer {
    try desk.command(person, .breakGlass(GlassAsk(.object(body), strength: "mfa", authenticatedAt: DeskFixture.now.unixSeconds - 60)))
  }

  /// Policy grants what was asked last.
  func grant(_ desk: DeskStep) throws -> [ReviewerRecord] {
    let glass = try #require(desk.task?.glass)
    return try desk.act(
      .glass(
        DeskFixture.caseID,
        GlassJudged(result: .granted, grant: glass.id, code: "granted", reason: glass.reason, person: glass.person, ticket: glass.ticket,
          until: desk.now.adding(seconds: 3600), token: "t"))).said
  }

  /// A decision that the person's own key signs.
  func approve(_ desk: DeskStep, _ person: Person = breaker) throws -> DeskAnswer {
    let task = try #require(desk.task), now = desk.now.unixSeconds
    let decision = Approval(
      id: "", caseID: DeskFixture.caseID, version: task.version, verb: .approve, action: task.request["action_hash"]?.string ?? "", view: task.view,
      personIssuer: Person.issuer, person: person.id, groups: [], strength: "", code: "", words: "", issuedAt: now, expiresAt: now)
    let policy = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
    let body: JSON = [
      "version": .integer(task.version), "view": .string(task.view), "verb": "approve",
      "own": .string(try device.sign(Device.claims(of: decision, jti: "fedcba9876543210"))),
      "own_key": .string(try device.certificate(person.id, by: policy, from: now, until: now + 3600)),
    ]
    return try desk.command(person, .decide(Submission(body, caseID: DeskFixture.caseID, person: person, strength: "mfa", idempotency: "k")))
  }

  @Test func whatIsAskedGoesToPolicySignedTwice() throws {
    let desk = try desk()
    let answer = try breakGlass(desk, body())
    #expect(answer.status == 202 && answer.body["granted"] == false)
    let broken = desk.records.compactMap { if case .glass(_, let body, _, _) = $0 { body } else { nil } }
    let grant = try GlassGrant.verify(#require(broken.first).grant, keys: KeySet([desk.decider.signing.verification]))
    #expect(grant.person == "P-break" && grant.minutes == 60 && grant.expiresAt == grant.issuedAt + 3600 && grant.authenticatedAt == grant.issuedAt - 60)
    #expect(try grant.difference(from: OwnGlass.verify(grant.signature, key: #require(PersonKey(device.jwk)))) == nil)
    #expect(try breakGlass(desk, body()).body["grant"] == answer.body["grant"], "an answer that was lost costs nothing")
    #expect(desk.records.compactMap { if case .glass(_, let body, _, _) = $0 { body } else { nil } }.count == 1)
    #expect(try breakGlass(desk, body(jti: "another-0123456789")).body["code"] == "glass.open")
  }

  @Test func whoMayNotIsToldWhy() throws {
    #expect(try breakGlass(desk(glass: nil), body()).body["code"] == "glass.off")
    #expect(try breakGlass(desk(), by: DeskFixture.ada, body(person: "P-ada")).body["code"] == "glass.group")
    #expect(try breakGlass(desk(), by: DeskFixture.person("P-ada", "agents", "breakers"), body(person: "P-ada")).body["code"] == "glass.group", "a borrowed group does not count")
    #expect(try breakGlass(desk(), body(reason: "")).body["code"] == "words.missing")
    #expect(try breakGlass(desk(), body(ticket: "")).body["code"] == "ticket.missing")
    for minutes in [4, 121] { #expect(try breakGlass(desk(), body(minutes: Int64(minutes))).body["code"] == "minutes") }
    var unsigned = try body()
    unsigned["own"] = nil
    #expect(try breakGlass(desk(), unsigned).body["code"] == "signature.missing")
    for (name, value) in [("reason", JSON.string("none")), ("minutes", 61), ("case", "another"), ("sub", "P-ada"), ("iat", 1)] {
      let answer = try breakGlass(desk(), body([name: value]))
      #expect(answer.body["code"] == "signature.wrong" && answer.detail.contains(name), "\(name)")
    }
    #expect(throws: WireError.self) { _ = try breakGlass(desk(), body(reason: String(repeating: "a", count: 501))) }
  }

  @Test func whoHasDecidedTakesThatBackFirst() throws {
    let desk = try desk()
    #expect(try desk.decide(Self.breaker).body["complete"] == false)
    #expect(try breakGlass(desk, body()).body["code"] == "glass.decided")
    #expect(try desk.command(Self.breaker, .undo).status == 200)
    #expect(try breakGlass(desk, body()).status == 202)
  }

  @Test func nobodyBreaksItUnseen() throws {
    let silent = try breakGlass(desk([]), body())
    #expect(silent.status == 409 && silent.body["code"] == "glass.unreachable" && silent.detail.contains("NOTIFY"))
    let alone = People([DeskFixture.ada, Self.breaker])
    #expect(try breakGlass(desk(people: alone), body()).body["code"] == "glass.unreachable")
  }

  @Test func supervisorsAndSecurityHearOfItAtOnce() throws {
    let desk = try desk()
    _ = try breakGlass(desk, body())
    #expect(desk.records.events(.broken).isEmpty, "not before it is granted")
    let said = try grant(desk)
    let told = try #require(said.events(.broken).first)
    #expect(told["person"] == "P-break" && told["ticket"] == "INC-7" && told["text"] == "the press stands still" && told["groups"] == ["duty-officers", "leads"])
    #expect(told["people"] == ["P-reserve", "P-duty", "P-lead", "P-both", "P-ada-2"] && told["notify"] == ["pagerduty"])
    #expect(!told.body.text.contains("Please pay"), "no content of the case")
    let call = try #require(desk.task?.calls.first)
    #expect(call.notice.act == .glass)
    let page = NoticeBody(notice: call.notice, workflow: "pay").pagerDuty(routingKey: "R")
    #expect(page["event_action"] == "trigger" && page["payload"]?["severity"] == "critical" && page["dedup_key"] == told["dedup_key"])
    #expect(told["dedup_key"]?.string == "countersign/\(DeskFixture.caseID)/glass/\(told["grant"]?.string ?? "")")
    #expect(NoticeBody(notice: call.notice, workflow: "pay").webhook["type"] == "countersign.escalation.glass.v1")
    // It goes out also where the case is over by then.
    try desk.act(.closed(DeskFixture.caseID, reason: "released"))
    #expect(desk.task?.notices.map(\.act) == [.glass])
  }

  @Test func underAGrantOnePersonWaitsForNobody() throws {
    let desk = try desk()
    #expect(try desk.command(DeskFixture.ada, .claim).status == 200)
    _ = try breakGlass(desk, body())
    #expect(try approve(desk).body["code"] == "task.claimed", "not before policy has granted it")
    _ = try grant(desk)
    #expect(try desk.decide(Self.breaker).body["code"] == "signature.missing", "the own key signs what is decided alone")
    let answer = try approve(desk)
    #expect(answer.status == 202 && answer.body["complete"] == true, "\(answer.body.text)")
  }

  @Test func whenItsTimeIsOverOthersAreNeededAgain() throws {
    let desk = try desk()
    _ = try breakGlass(desk, body())
    _ = try grant(desk)
    desk.now = desk.now.adding(seconds: 3601)
    #expect(desk.task?.glass?.covers("P-break", at: desk.now) == false)
    #expect(try approve(desk).body["complete"] == false)
  }

  @Test func whatPolicyRefusesIsToldAndCountsForNothing() throws {
    let desk = try desk()
    _ = try breakGlass(desk, body())
    let id = try #require(desk.task?.glass?.id)
    try desk.act(.glass(DeskFixture.caseID, GlassJudged(result: .refused, grant: id, code: "glass.suspended", reason: "the right is suspended", person: nil)))
    #expect(desk.task?.glass == nil && desk.records.events(.broken).isEmpty)
    #expect(desk.task?.story.last?["what"] == "glass_refused" && desk.task?.story.last?["text"] == "the right is suspended")
    #expect(try approve(desk).body["complete"] == false)
  }

  @Test func aNewVersionOfTheCaseKeepsTheGrant() throws {
    let desk = try desk()
    _ = try breakGlass(desk, body())
    _ = try grant(desk)
    try desk.ask(DeskFixture.request(version: 2, risk: "high", quorum: DeskFixture.two, requester: "P-both", glass: Self.rule))
    #expect(desk.task?.glass?.isGranted == true)
    let id = try #require(desk.task?.glass?.id)
    try desk.act(.glass(DeskFixture.caseID, GlassJudged(result: .ended, grant: id, code: "used", reason: "a permit went out", person: nil)))
    #expect(desk.task?.glass == nil)
  }

  /// The API wants a fresh sign-in, and the page two acts.
  @Test func aSignInThatIsOldDoesNotSuffice() async throws {
    let yaml = "people:\n" + Self.people.all.map {
      "  - {id: \($0.id), name: \"\($0.name)\", groups: [\($0.groups.joined(separator: ", "))], duty: \($0.isDutyOfficer), person_claim: \($0.claim)}"
    }.joined(separator: "\n")
    let people = try People(yaml: yaml, tokens: "token-of-P-break-0123456789 P-break")
    let form = try body()
    try await DeskHouse.open(
      people: people, prepare: { try $0.say(DeskFixture.request(risk: "high", quorum: DeskFixture.two, glass: Self.rule)) }
    ) { house in
      try await Browser.with { client in
        let path = "/tasks/\(DeskFixture.caseID)/break-glass"
        let program = Browser(house.url, client)
        let refused = try await program.call(.POST, "/v1" + path, body: JSON.object(form).text, type: "application/json", bearer: "token-of-P-break-0123456789")
        #expect(refused.status == 403 && refused.text.contains("authentication.old"), "\(refused.text)")
        func browser(_ minutesAgo: Double) -> (Browser, String) {
          let (browser, token) = house.signedIn(Self.breaker, client, at: Instant.now.adding(seconds: -minutesAgo * 60))
          return (browser, "token=\(token)")
        }
        let sent = form.members.map { "&\($0.key)=\($0.value.string ?? $0.value.text)" }.joined().replacing(" ", with: "+")
        let (old, oldToken) = browser(6)
        let page = try await old.call(.GET, "/tasks/\(DeskFixture.caseID)")
        #expect(page.text.contains("Break the glass") && page.text.contains("Sign in again") && !page.text.contains("name=\"ticket\""))
        let late = try await old.call(.POST, path, body: "\(oldToken)&confirm=yes\(sent)")
        #expect(late.status == 403 && late.text.contains("at most 5 minutes old"))
        let (fresh, token) = browser(0)
        #expect(try await fresh.call(.GET, "/tasks/\(DeskFixture.caseID)").text.contains("name=\"ticket\""))
        #expect(try await fresh.call(.POST, path, body: "\(token)\(sent)").status == 422, "two acts")
        // All is well but that this house has no channel by which anybody could be called.
        let silent = try await fresh.call(.POST, path, body: "\(token)&confirm=yes\(sent)")
        #expect(silent.status == 409 && silent.text.contains("No supervisor can be reached"), "\(silent.text)")
      }
    }
  }

  @Test func thePageSignsWhatIsAsked() {
    #expect(KeyScript.text.contains("countersign-glass+jwt") && KeyScript.text.contains("minutes: Number"))
  }
}
