import AsyncHTTPClient
import Foundation
import Hummingbird
import Identity
import JSON
import NIOHTTP1
import Permits
import Synchronization
import Testing
import Wire

@testable import Host
@testable import countersign_reviewer

/// Private values are tokens until somebody who decides the case asks for one, for a purpose; each time is on record first.
@Suite struct RevealTests {
  private static let email = "tok_email_AAAAAAAAAAAAAAAAAAAAAA"
  private static let card = "tok_card_BBBBBBBBBBBBBBBBBBBBBB"
  private static func request() -> ReviewRequested {
    DeskFixture.request(
      action: DeskFixture.action(to: email), data: ["invoice": "1", "text": "Please pay", "email": .string(email)],
      sources: [
        ["name": "order", "answered": true, "found": true, "fetched_at": .integer(DeskFixture.now.microseconds), "shelf_life": 60, "fields": ["card": .string(card)]]
      ])
  }

  private func ask(_ token: String, _ code: String = "to_decide", _ words: String = "") throws -> RevealAsk {
    try RevealAsk(["token": .string(token), "code": .string(code), "words": .string(words)])
  }

  @Test func thePurposeAndThePersonAreOnRecordAndTheValueIsNot() throws {
    let desk = try DeskStep()
    try desk.ask(Self.request())
    let answer = try desk.command(DeskFixture.ada, .reveal(ask(Self.email, "to_reach", "She asked to be called")))
    #expect(answer.status == 200 && answer.body["held_by"] == "intake" && answer.body["value"] == nil)
    let event = try #require(desk.records.events(.revealed).first)
    #expect(event.person == "P-ada" && event["token"]?.string == Self.email && event["code"] == "to_reach" && event["text"] == "She asked to be called")
    #expect(desk.task?.story.last?["what"] == "revealed", "everybody who comes next sees who looked")
    #expect(try desk.command(DeskFixture.ada, .reveal(ask(Self.card))).body["held_by"] == "model-adapter")
  }

  @Test func noPurposeNoValue() throws {
    let desk = try DeskStep()
    try desk.ask(Self.request())
    #expect(try desk.command(DeskFixture.ada, .reveal(ask(Self.email, ""))).body["code"] == "code.unknown")
    #expect(try desk.command(DeskFixture.ada, .reveal(ask(Self.email, "wrong_answer"))).body["code"] == "code.unknown")
    #expect(try desk.command(DeskFixture.ada, .reveal(ask(Self.email, "other"))).body["code"] == "words.missing")
    #expect(desk.records.events(.revealed).isEmpty)
  }

  @Test func onlyWhatStandsInThisCaseAndOnlyForWhoDecidesIt() throws {
    let desk = try DeskStep()
    try desk.ask(Self.request())
    for token in ["tok_email_CCCCCCCCCCCCCCCCCCCCCC", "Please pay", "", "tok_", Self.email + " "] {
      #expect(try desk.command(DeskFixture.ada, .reveal(ask(token))).body["code"] == "token.unknown")
    }
    #expect(try desk.command(DeskFixture.stranger, .reveal(ask(Self.email))).status == 403)
    let note = try Note(["to": "P-stranger", "words": "Is this right?"], caseID: DeskFixture.caseID, person: "P-ada", idempotency: "h")
    #expect(try desk.command(DeskFixture.ada, .help(note)).status == 200)
    #expect(try desk.command(DeskFixture.stranger, .reveal(ask(Self.email))).status == 403, "whoever is asked for help sees the case, masked")
    #expect(desk.records.events(.revealed).isEmpty)
  }

  /// A vault that gives one value to the reviewer's own word for exactly that question.
  private final class Vault: Sendable {
    let asked = Mutex<[JSON]>([])
    let keys: KeySet
    init(_ key: SigningKey) { keys = KeySet([key.verification]) }

    func add(to router: Router<BasicRequestContext>) {
      router.post("/v1/reveal") { request, _ in
        let bytes = try await request.bytes(upTo: 4_096)
        let body = try JSON.parse(bytes)
        guard let bearer = request.bearerToken, let word = try? LookWord.verify(bearer, keys: self.keys, type: LookWord.revealing),
          word.isFor(body["case"]?.string ?? "", bytes, at: Instant.now.unixSeconds)
        else { throw Problem(.unauthorized, "unauthorized", "no word") }
        self.asked.withLock { $0.append(body) }
        guard body["token"]?.string == RevealTests.email else { throw Problem(.gone, "value.gone", "gone") }
        return jsonResponse(["value": "<b>ann@example.org</b>"])
      }
    }
  }

  private func open(_ body: @escaping @Sendable (Vault, DeskHouse, HTTPClient) async throws -> Void) async throws {
    let key = try SigningKey(seed: DeskFixture.key), vault = Vault(key), router = Router()
    router.addMiddleware { ProblemMiddleware() }
    vault.add(to: router)
    try await WebClient.with(connections: 2) { web in
      try await withServer(router) { url in
        try await DeskHouse.open(
          people: DeskFixture.peopleWithTokens, vault: VaultDoor(intake: url, adapter: url, web: web, signing: key), prepare: { try $0.say(Self.request()) }
        ) { house in try await Browser.with { client in try await body(vault, house, client) } }
      }
    }
  }

  @Test func theApiGivesTheValueForAMinuteAndSaysWhatIsGone() async throws {
    try await open { vault, house, client in
      let browser = Browser(house.url, client), path = "/v1/tasks/\(DeskFixture.caseID)/reveal"
      func reveal(_ token: String, _ person: String = "P-ada") async throws -> Browser.Page {
        try await browser.call(
          .POST, path, body: (["token": .string(token), "code": "to_decide"] as JSON).text, type: "application/json", bearer: "token-of-\(person)-0123456789")
      }
      let page = try await reveal(Self.email)
      let told = try JSON.parse(Array(page.text.utf8))
      #expect(page.status == 200 && told["value"] == "<b>ann@example.org</b>" && page.headers.first(name: "Cache-Control") == "no-store")
      let left = try #require(Instant(rfc3339: told["until"]?.string ?? "")).seconds(since: .now)
      #expect(left > 0 && left <= Double(RevealAsk.seconds))
      #expect(vault.asked.withLock { $0.first?["by"]?.string } == "\(Person.issuer) P-ada")
      #expect(try await reveal(Self.card).status == 410)
      #expect(try await reveal(Self.email, "P-stranger").status == 403)
      #expect(vault.asked.withLock { $0.count } == 2, "nobody else's question reaches the vault")
      let task = try await browser.call(.GET, "/v1/tasks/\(DeskFixture.caseID)", bearer: "token-of-P-ada-0123456789")
      #expect(!task.text.contains("ann@example.org") && task.text.contains("revealed"))
    }
  }

  @Test func thePageShowsItAsTextAndOnce() async throws {
    try await open { _, house, client in
      let (browser, token) = house.signedIn(DeskFixture.ada, client), path = "/tasks/\(DeskFixture.caseID)"
      let before = try await browser.call(.GET, path)
      #expect(before.text.contains("data-key=\"o\"><summary>Reveal a private value") && before.text.contains("[email 1], Email"))
      let page = try await browser.call(.POST, path + "/reveal", body: "token=\(token)&value=\(Self.email)&code=to_decide")
      #expect(page.status == 200 && page.text.contains("&lt;b&gt;ann@example.org&lt;/b&gt;") && page.text.contains("data-real=\"60\""))
      let after = try await browser.call(.GET, path)
      #expect(!after.text.contains("ann@example.org") && after.text.contains("asked to see"))
    }
  }

  @Test func withoutAVaultItSaysSo() async throws {
    try await DeskHouse.open(people: DeskFixture.peopleWithTokens, prepare: { try $0.say(Self.request()) }) { house in
      try await Browser.with { client in
        let page = try await Browser(house.url, client).call(
          .POST, "/v1/tasks/\(DeskFixture.caseID)/reveal", body: (["token": .string(Self.email), "code": "to_decide"] as JSON).text,
          type: "application/json", bearer: "token-of-P-ada-0123456789")
        #expect(page.status == 503 && page.text.contains("vault.unreachable"))
      }
    }
  }
}
