import AsyncHTTPClient
import Foundation
import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import NIOHTTP1
import Permits
import Synchronization
import Testing
import Wire

@testable import countersign_reviewer

/// Ended cases that are decided once more: who may ask for it, what intake is told, and the way from one case to the other.
@Suite struct ReopeningTests {
  private static let old = "01a20c93-e606-71e1-ac02-b6790b57db50"

  private static func request(_ outcome: String = "executed") -> ReviewRequested {
    var request = DeskFixture.request(barred: [DeskFixture.ada.full])
    request.reopens = Reopens(
      caseID: old, kind: .appeal, by: "a customer", words: "It is <b>not</b> mine", outcome: outcome, barred: [DeskFixture.ada.full])
    return request
  }

  @Test func thePageSaysWhyAndWhatStands() throws {
    let desk = try DeskStep()
    try desk.ask(Self.request())
    let view = CaseView(DeskFixture.caseID, try desk.command(DeskFixture.ben, .view).body, desk.decider.workflows["pay"])
    let text = TaskPage(view: view, person: DeskFixture.ben, people: DeskFixture.people, formToken: "t", formKey: "f").html.text
    #expect(text.contains("An appeal") && text.contains("It is &lt;b&gt;not&lt;/b&gt; mine") && text.contains("/cases/\(Self.old)"))
    #expect(text.contains("ended executed") && text.contains("What was done there stays done"))
    #expect(Self.request().routed(to: "sme").reopens == Self.request().reopens, "an expert sees it too")
    #expect(ReopensCard(view: CaseView(DeskFixture.caseID, ["file": DeskFixture.json(Self.request("rejected"))], nil), people: DeskFixture.people).html.text.contains("stays done") == false)
  }

  @Test func whoDecidedBeforeHasNoPart() throws {
    let desk = try DeskStep()
    try desk.ask(Self.request())
    let refused = try desk.command(DeskFixture.ada, .claim)
    #expect(refused.status == 403 && refused.body["code"] == "four_eyes.barred" && refused.detail.contains("takes up again"))
    #expect(try desk.command(DeskFixture.ben, .claim).status == 200)
  }

  @Test func theOldCasesStoryLeadsToTheNewOne() throws {
    let rig = try DeskRig()
    try rig.say(Self.request())
    let hops = try CaseMemory(store: rig.store).story(of: Self.old)
    #expect(hops.count == 1 && hops[0].kind == .reopened && hops[0].text("again") == DeskFixture.caseID && hops[0].text("kind") == "appeal")
    let page = StoryPage(key: Self.old, known: nil, hops: hops, alike: [], people: DeskFixture.people, isOpen: false).html.text
    #expect(page.contains("Appealed against by a customer") && page.contains("/cases/\(DeskFixture.caseID)"))
  }

  /// Stands for intake: tells, and writes down what it is told.
  private final class Door: Sendable {
    let heard = Mutex<[(path: String, bearer: String, body: [UInt8])]>([])

    func add(to router: Router<BasicRequestContext>) {
      router.post("/v1/cases/:id/reopenings") { request, _ in
        let body = try await request.bytes(upTo: 16_384)
        let bearer = String((request.headers[.authorization] ?? "").dropFirst("Bearer ".count)), path = request.uri.path
        self.heard.withLock { $0.append((path, bearer, body)) }
        guard try JSON.parse(body)["words"] != "gone" else { return jsonResponse(["code": "case.gone", "detail": "It is not kept any more."], status: .gone) }
        return jsonResponse(["case": .string(Self.again)], status: .accepted)
      }
    }

    static let again = "01a20c93-e606-71e1-ac02-b6790b57db60"
  }

  private func withDesk(_ body: @escaping @Sendable (Door, DeskHouse, HTTPClient) async throws -> Void) async throws {
    let door = Door(), key = try SigningKey(seed: DeskFixture.key)
    try await WebClient.with(connections: 2) { web in
      try await withServer({ door.add(to: $0) }) { url in
        try await DeskHouse.open(
          cases: CaseDoor(url: url, web: web, signing: key),
          prepare: { rig in
            try rig.say(DeskFixture.request(requester: "P-both"))
            try rig.say(ReviewClosed(reason: "rejected"))
          }
        ) { house in
          try await Browser.with { client in try await body(door, house, client) }
        }
      }
    }
  }

  @Test func aLeadReopensWithTheDesksWordForExactlyThat() async throws {
    try await withDesk { door, house, client in
      let (browser, token) = house.signedIn(DeskFixture.lead, client)
      #expect(try await browser.call(.GET, "/cases/\(DeskFixture.caseID)").text.contains("Have it decided once more"))
      let page = try await browser.call(.POST, "/cases/\(DeskFixture.caseID)/reopen", body: "token=\(token)&words=A+receipt+has+come")
      #expect(page.status == 200 && page.text.contains("/tasks/\(Door.again)"))
      let heard = try #require(door.heard.withLock { $0.first })
      let word = try LookWord.verify(heard.bearer, keys: KeySet([try SigningKey(seed: DeskFixture.key).verification]), type: LookWord.reopening)
      #expect(word.isFor(DeskFixture.caseID, heard.body, at: Instant.now.unixSeconds))
      #expect(try JSON.parse(heard.body) == ["by": .string(DeskFixture.lead.full), "words": "A receipt has come"])
    }
  }

  @Test func othersDoNotAndNothingIsSaidForThem() async throws {
    try await withDesk { door, house, client in
      // A lead who asked for it learns nothing of it.
      for (person, status) in [(DeskFixture.ada, 403), (DeskFixture.stranger, 403), (DeskFixture.both, 404)] {
        let (browser, token) = house.signedIn(person, client)
        let answer = try await browser.call(.POST, "/cases/\(DeskFixture.caseID)/reopen", body: "token=\(token)&words=x")
        #expect(answer.status == status, "\(person.id)")
      }
      let (browser, _) = house.signedIn(DeskFixture.ada, client)
      let page = try await browser.call(.GET, "/cases/\(DeskFixture.caseID)")
      #expect(!page.text.contains("Have it decided once more"))
      #expect(door.heard.withLock { $0.isEmpty })
    }
  }

  @Test func whatIntakeRefusesIsSaidInItsWordsAndNothingIsLost() async throws {
    try await withDesk { _, house, client in
      let (browser, token) = house.signedIn(DeskFixture.duty, client)
      let page = try await browser.call(.POST, "/cases/\(DeskFixture.caseID)/reopen", body: "token=\(token)&words=gone")
      #expect(page.status == 410 && page.text.contains("It is not kept any more.") && page.text.contains("<blockquote>gone"))
      #expect(try await browser.call(.POST, "/cases/\(DeskFixture.caseID)/reopen", body: "token=\(token)&words=").status == 422)
    }
  }
}
