import AsyncHTTPClient
import Foundation
import Host
import Hummingbird
import Identity
import JSON
import NIOHTTP1
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// The reviewer's own routes and model-adapter's call together: one changed byte stops page and API, and nothing that was typed is lost.
@Suite struct LookingHouseTests {
  private struct Place: Sendable {
    let source: LookingStand
    let house: DeskHouse
    let client: HTTPClient

    func task() async throws -> JSON {
      let page = try await Browser(house.url, client).call(.GET, "/v1/tasks/\(DeskFixture.caseID)", bearer: "token-of-P-ada-0123456789")
      return try JSON.parse(Array(page.text.utf8))
    }

    func decide(_ task: JSON, _ verb: String = "approve", code: String = "", key: String = "k") async throws -> (status: Int, body: JSON) {
      let body: JSON = [
        "version": task["version"] ?? 0, "view": task["view"] ?? "", "verb": .string(verb), "code": .string(code), "words": "because",
      ]
      let page = try await Browser(house.url, client).call(
        .POST, "/v1/tasks/\(DeskFixture.caseID)/decision", body: body.text, type: "application/json", bearer: "token-of-P-ada-0123456789",
        headers: [("Idempotency-Key", key)])
      return (page.status, try JSON.parse(Array(page.text.utf8)))
    }
  }

  private func open(_ body: @escaping @Sendable (Place) async throws -> Void) async throws {
    let source = LookingStand("Pay on receipt"), key = try SigningKey(seed: DeskFixture.key)
    let shown = try LookingStand.sources("Pay on receipt", at: DeskFixture.now)
    let router = Router()
    try source.add(to: router, reviewer: key)
    try await WebClient.with(connections: 2) { web in
      try await withServer(router) { url in
        try await DeskHouse.open(
          people: DeskFixture.peopleWithTokens, sources: SourceDoor(url: url, web: web, signing: key),
          prepare: { try $0.say(DeskFixture.request(data: ["invoice": "1", "text": "Please pay", "ticket": "T-1001"], sources: shown)) }
        ) { house in
          try await Browser.with { client in try await body(Place(source: source, house: house, client: client)) }
        }
      }
    }
  }

  @Test func whatIsTheSameIsDecided() async throws {
    try await open { place in
      let answer = try await place.decide(place.task())
      #expect(answer.status == 202 && answer.body["unchecked"] == nil && place.source.count == 1)
    }
  }

  @Test func oneChangedByteIsAProblemWithTheDifference() async throws {
    try await open { place in
      let task = try await place.task()
      #expect(task["looks_again"] == true)
      place.source.say("Pay on receipt.")
      let answer = try await place.decide(task)
      #expect(answer.status == 409 && answer.body["code"] == "sources.changed")
      let told = answer.body["differences"]?.array?.first
      #expect(told?["was"] == "Pay on receipt" && told?["is"] == "Pay on receipt.")
      #expect(try await place.task()["looking"]?["sources"]?.array?.count == 1)
      #expect(try await place.decide(task, key: "again").body["code"] == "sources.changed")
      #expect(place.source.count == 1, "what is known is not asked again")
    }
  }

  @Test func thePageKeepsWhatWasTypedAndShowsWhatIsNew() async throws {
    try await open { place in
      let task = try await place.task(), (browser, token) = place.house.signedIn(DeskFixture.ada, place.client)
      place.source.say("Pay on receipt.")
      let view = task["view"]?.string ?? ""
      let form = "token=\(token)&version=1&view=\(view)&key=k&verb=reject&code=wrong_record&words=It+is+about+another+order"
      let page = try await browser.call(.POST, "/tasks/\(DeskFixture.caseID)/decision", body: form)
      #expect(page.status == 409 && page.text.contains("Changed since you saw it") && page.text.contains("It is about another order"))
      let draft = try await Browser(place.house.url, place.client).call(.GET, "/v1/tasks/\(DeskFixture.caseID)/draft", bearer: "token-of-P-ada-0123456789")
      #expect(draft.status == 200 && draft.text.contains("It is about another order") && !draft.text.contains(token))
    }
  }

  @Test func silenceKeepsFromApprovingAndNotFromRejecting() async throws {
    try await open { place in
      let task = try await place.task()
      place.source.say(nil)
      let answer = try await place.decide(task)
      #expect(answer.status == 503 && answer.body["code"] == "sources.unreachable" && answer.body["sources"]?.array?.first?["why"] == "answered 503")
      place.source.say("Pay on receipt")
      #expect(try await place.decide(task).status == 202, "the same decision, once it answers")
    }
    try await open { place in
      place.source.say(nil)
      let answer = try await place.decide(place.task(), "reject", code: "wrong_answer")
      #expect(answer.status == 202 && answer.body["unchecked"]?.array?.count == 1)
    }
  }

  @Test func withoutModelAdapterNothingIsApproved() async throws {
    let web = WebClient(connections: 1), key = try SigningKey(seed: DeskFixture.key)
    let door = SourceDoor(url: "http://127.0.0.1:1", web: web, signing: key)
    let body: JSON = ["case": "c", "sources": ["order": ["answered": true]]]
    let looked = await door.look("c", try #require(LookNeeded(DeskAnswer(LookNeeded.status, ["view": "v", "look": body]))))
    #expect(looked == Looked(view: "v", sources: nil))
    await web.shutdown()
  }
}
