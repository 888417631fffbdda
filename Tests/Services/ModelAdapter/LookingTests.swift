import Bundles
import HTTPTypes
import Hummingbird
import JSON
import Permits
import Synchronization
import Testing
import Wire

@testable import Host
@testable import countersign_model_adapter

/// What sources say when somebody comes to decide, beside what was shown, and who may ask.
@Suite struct LookingTests {
  private static let caseID = "01a20c93-e606-71e1-ac02-b6790b57db40"
  private static let data: JSON = ["ticket": "T-1001"]

  private static func found(_ text: String) -> Fetched {
    Fetched(outcome: .found(id: "/tickets/T-1001", fields: ["subject": .string(text), "status": "open"], score: nil, age: 0))
  }

  private static func shown(_ fetched: Fetched) throws -> (name: String, known: JSONObject) {
    let source = try #require(Shipped.tickets.get().sources.first)
    return (source.name, JSONObject([(source.name, LookedAt.mark(of: fetched.json(source, now: start)))]))
  }

  private static func look(_ shown: Fetched, now fetched: Fetched) async throws -> LookedAt {
    let (_, known) = try Self.shown(shown)
    let looker = Looker { _, _, _, _ in fetched }
    let found = await looker.look(caseID, try Shipped.tickets.get(), data, known: known, now: start.adding(seconds: 900))
    return try #require(found.first)
  }

  @Test(arguments: [
    ("Pay on receipt", "Pay on receipt "), ("IBAN 1", "IBAN l"), ("a.example", "\u{430}.example"), ("caf\u{E9}", "cafe\u{301}"), ("100", "1O0"),
  ])
  func oneChangedByteIsAChange(before: String, after: String) async throws {
    let same = try await Self.look(Self.found(before), now: Self.found(before))
    #expect(same.state == .same && same.record == nil, "only when it was fetched differs")
    let changed = try await Self.look(Self.found(before), now: Self.found(after))
    #expect(changed.state == .changed && changed.record?["fields"]?["subject"] == .string(after) && changed.record?["found"] == true)
  }

  @Test func whatIsGoneOrBackHasChanged() async throws {
    let missing = Fetched(outcome: .missing), away = Fetched(outcome: .failed("did not answer within 5 ms"))
    #expect(try await Self.look(Self.found("a"), now: missing).state == .changed)
    #expect(try await Self.look(missing, now: Self.found("a")).state == .changed)
    #expect(try await Self.look(away, now: Self.found("a")).state == .changed, "what nobody had seen is news")
    #expect(try await Self.look(missing, now: missing).state == .same)
    #expect(try await Self.look(away, now: away).state == .same, "people knew that it does not answer")
  }

  @Test func silenceIsSaidToBeSilence() async throws {
    let silent = try await Self.look(Self.found("a"), now: Fetched(outcome: .failed("answered 503")))
    #expect(silent.state == .silent && silent.why == "answered 503" && silent.isRequired && silent.record == nil)
  }

  @Test func theSaltOfTheCurrentStateGoesNowhere() async throws {
    var fetched = Self.found("b")
    (fetched.pre, fetched.salt, fetched.values) = ("pre", "salt", ["tok_name_1": "Mira Okafor"])
    let told = try await Self.look(Self.found("a"), now: fetched)
    #expect(told.record?["pre"] == nil && told.record?["salt"] == nil && !told.json.text.contains("Mira"))
  }

  @Test func aSourceThatThePolicyHasNoMoreHasChanged() async throws {
    let looker = Looker { _, _, _, _ in Self.found("a") }
    let mark: JSON = ["answered": true, "found": true, "digest": "00"]
    let found = await looker.look(Self.caseID, try Shipped.tickets.get(), Self.data, known: JSONObject([("ledger", mark)]), now: start)
    #expect(found.map(\.name) == ["ledger"] && found[0].state == .changed)
  }

  /// Else each look would find what could not be shown, and call for another case file without it.
  @Test func whatIsTooLargeForACaseFileIsNoNews() async throws {
    let large = String(repeating: "x", count: ModelStep.mostEvidence)
    let known = Fetched(outcome: .failed("it gave more than a case file can hold"))
    #expect(try await Self.look(known, now: Self.found(large)).state == .same)
    #expect(try await Self.look(Self.found("a"), now: Self.found(large)).state == .changed)
  }

  @Test func aMomentsAnswerStandsForAllWhoAskThen() async throws {
    let asked = Mutex(0), clock = Mutex(ContinuousClock.now)
    let looker = Looker(clock: { clock.withLock { $0 } }) { _, _, _, _ in
      asked.withLock { $0 += 1 }
      return Self.found("a")
    }
    let (_, known) = try Self.shown(Self.found("a"))
    let workflow = try Shipped.tickets.get()
    for _ in 0..<5 { _ = await looker.look(Self.caseID, workflow, Self.data, known: known, now: start) }
    #expect(asked.withLock { $0 } == 1)
    // Private values are other tokens in another case.
    _ = await looker.look("another", workflow, Self.data, known: known, now: start)
    #expect(asked.withLock { $0 } == 2)
    clock.withLock { $0 = $0 + Looker.fresh }
    _ = await looker.look(Self.caseID, workflow, Self.data, known: known, now: start)
    #expect(asked.withLock { $0 } == 3)
  }

  @Test func onlyTheReviewersWordForThisVeryQuestionIsHeard() async throws {
    let reviewer = try SigningKey(seed: [UInt8](repeating: 1, count: 32)), thief = try SigningKey(seed: [UInt8](repeating: 2, count: 32))
    let (name, known) = try Self.shown(Self.found("a"))
    let body = JSON.object(JSONObject([
      ("case", .string(Self.caseID)), ("workflow", "ticket-summary"), ("data", Self.data), ("sources", .object(known)),
    ])).canonical
    let other = JSON.object(JSONObject([
      ("case", .string(Self.caseID)), ("workflow", "ticket-summary"), ("data", ["ticket": "T-1002"]), ("sources", .object(known)),
    ])).canonical
    let now = Instant.now.unixSeconds
    @Sendable func word(_ key: SigningKey, _ body: [UInt8], at seconds: Int64 = now, type: String = LookWord.type) throws -> String {
      try key.sign(LookWord(caseID: Self.caseID, body: body, issuedAt: seconds).claims, type: type)
    }
    let wrong: [String?] = [
      nil, "nonsense", try word(thief, body), try word(reviewer, other), try word(reviewer, body, at: now - 600), try word(reviewer, body, at: now + 600),
      try word(reviewer, body, type: StopWord.type), try word(reviewer, body, type: Approval.type),
    ]
    let workflows = ["ticket-summary": try Shipped.tickets.get()]
    try await withServer { $0.get("/jwks") { _, _ in jsonResponse(KeySet([reviewer.verification]).jwks) } } _: { keys in
      let asked = Mutex(0)
      let looker = Looker { _, _, _, _ in
        asked.withLock { $0 += 1 }
        return Self.found("b")
      }
      let route = LookRoute(looker: looker, workflows: workflows, reviewers: PermitKeys(KeySource("\(keys)/jwks"), of: "reviewer"), now: { start })
      let router = Router()
      router.addMiddleware { ProblemMiddleware() }
      route.add(to: router)
      try await withServer(router) { url in
        let web = WebClient(connections: 2)
        for token in wrong {
          let reply = try await web.call("\(url)/v1/look", body: body, bearer: token, limit: 1 << 20, milliseconds: 20_000)
          #expect(reply.status == 401)
        }
        #expect(asked.withLock { $0 } == 0, "no source hears of it")
        // Signed only now: beside other suites a minute may have passed, and it would be too old.
        let right = try word(reviewer, body, at: Instant.now.unixSeconds)
        let reply = try await web.call("\(url)/v1/look", body: body, bearer: right, limit: 1 << 20, milliseconds: 20_000)
        let answer = try JSON.parse(reply.body)
        #expect(reply.status == 200 && answer["sources"]?.array?.compactMap { LookedAt($0)?.state } == [.changed])
        #expect(answer["sources"]?.array?.first?["name"] == .string(name) && answer["looked_at"]?.integer == start.microseconds)
        await web.shutdown()
      }
    }
  }
}
