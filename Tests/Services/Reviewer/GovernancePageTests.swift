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

/// The pages of the stop switch and of exceptions: what policy says, and what it hears.
@Suite struct GovernancePageTests {
  /// Stands for policy: tells, and writes down what it is told.
  final class Policy: Sendable {
    struct Heard: Sendable {
      let path: String
      let bearer: String
      let body: JSON
    }
    let heard = Mutex<[Heard]>([])
    let stops = Mutex<[JSON]>([])

    func add(to router: Router<BasicRequestContext>) {
      router.get("/v1/stops") { _, _ in jsonResponse(["stops": .array(self.stops.withLock { $0 })]) }
      router.get("/v1/exceptions") { _, _ in
        jsonResponse([
          "version": 3, "at": "2026-11-24T06:00:00Z",
          "exceptions": [
            [
              "id": "E-7", "workflow": "pay", "waives": ["amount.discrepancy"], "reason": "moving house", "requester": "P-ada", "approver": "P-lead",
              "expires": "2026-11-25T06:00:00Z", "state": "in_force", "uses": 2, "last_used": "2026-11-24T06:10:00Z",
            ]
          ],
        ])
      }
      for path in ["/v1/stops", "/v1/starts"] {
        router.post(RouterPath(path)) { request, _ in
          let body = try JSON.parse(try await request.bytes(upTo: 16_384))
          let bearer = String((request.headers[.authorization] ?? "").dropFirst("Bearer ".count))
          self.heard.withLock { $0.append(Heard(path: path, bearer: bearer, body: body)) }
          guard body["reason"]?.string != "no" else {
            return jsonResponse(["code": "stopped", "detail": "pay is stopped already."], status: .conflict)
          }
          return jsonResponse(["what": "done"])
        }
      }
    }
  }

  private func withDesk(_ body: @escaping @Sendable (Policy, DeskHouse, HTTPClient) async throws -> Void) async throws {
    let policy = Policy()
    try await WebClient.with(connections: 2) { web in
      try await withServer({ policy.add(to: $0) }) { url in
        try await DeskHouse.open(policy: PolicyDoor(url: url, web: web)) { house in
          try await Browser.with { client in try await body(policy, house, client) }
        }
      }
    }
  }

  @Test func aLeadStopsWithTheDesksWordForExactlyThat() async throws {
    try await withDesk { policy, house, client in
      let (browser, token) = house.signedIn(DeskFixture.lead, client)
      #expect(try await browser.call(.GET, "/stops").text.contains("Stop now"))
      let page = try await browser.call(.POST, "/stops", body: "token=\(token)&workflow=pay&reason=wrong+names")
      #expect(page.status == 303)
      let heard = try #require(policy.heard.withLock { $0 }.first)
      #expect(heard.path == "/v1/stops" && heard.body == ["workflow": "pay", "reason": "wrong names"])
      let word = try StopWord.verify(heard.bearer, keys: KeySet([try SigningKey(seed: DeskFixture.key).verification]))
      #expect(word.person == "P-lead" && word.isFor("pay", "wrong names", at: Instant.now.unixSeconds))
    }
  }

  @Test func whatPolicyRefusesIsSaidInItsWordsAndNothingIsLost() async throws {
    try await withDesk { _, house, client in
      let (browser, token) = house.signedIn(DeskFixture.duty, client)
      let page = try await browser.call(.POST, "/stops", body: "token=\(token)&workflow=pay&reason=no")
      #expect(page.status == 409 && page.text.contains("pay is stopped already.") && page.text.contains("value=\"no\""))
    }
  }

  @Test func startingTakesThePersonsOwnKeyAndTheSecondSeesTheFirst() async throws {
    try await withDesk { policy, house, client in
      let now = Instant.now.microseconds
      policy.stops.withLock {
        $0 = [["workflow": "pay", "reason": "wrong", "by": "P-duty", "at": .integer(now), "starter": "P-lead", "starter_at": .integer(now)]]
      }
      let (browser, token) = house.signedIn(DeskFixture.duty, client)
      let page = try await browser.call(.GET, "/stops")
      #expect(page.text.contains("Name of P-lead</b> wants to start it again"))
      #expect(page.text.contains("<option value=\"pay\" data-at=\"\(now)\""), "what is signed is this stop and no other")
      #expect(try await browser.call(.POST, "/starts", body: "token=\(token)&workflow=pay").status == 422)
      #expect(try await browser.call(.POST, "/starts", body: "token=\(token)&workflow=pay&own_token=my-own-token-0123456789").status == 422)
      #expect(try await browser.call(.POST, "/starts", body: "token=\(token)&workflow=other&own=a.b.c&own_key=d.e.f").status == 422)
      #expect(try await browser.call(.POST, "/starts", body: "token=\(token)&workflow=pay&own=a.b.c&own_key=d.e.f").status == 303)
      let heard = policy.heard.withLock { $0 }
      #expect(heard.count == 1 && heard[0].bearer.isEmpty, "the desk says nothing of its own")
      #expect(heard[0].body == ["workflow": "pay", "own": "a.b.c", "own_key": "d.e.f"])
    }
  }

  @Test func whoeverIsNoLeadReadsAndDoesNothing() async throws {
    try await withDesk { policy, house, client in
      let (browser, token) = house.signedIn(DeskFixture.ada, client)
      let page = try await browser.call(.GET, "/stops")
      #expect(page.status == 200 && !page.text.contains("Stop now"))
      #expect(try await browser.call(.POST, "/stops", body: "token=\(token)&workflow=pay&reason=x").status == 403)
      #expect(policy.heard.withLock { $0.isEmpty })
    }
  }

  @Test func exceptionsAreToldWithTheirUsesAndWhoseLeaveTheyHave() async throws {
    try await withDesk { _, house, client in
      let (browser, _) = house.signedIn(DeskFixture.ada, client)
      let text = try await browser.call(.GET, "/exceptions").text
      for part in ["E-7", "moving house", "2 times", "in force", "Name of P-lead", "asked by Name of P-ada"] { #expect(text.contains(part), "\(part)") }
    }
  }

  @Test func wherePolicyDoesNotAnswerThePagesSaySo() async throws {
    let web = WebClient(connections: 1)
    try await DeskHouse.open(policy: PolicyDoor(url: "http://127.0.0.1:9", web: web)) { house in
      try await Browser.with { client in
        let (browser, token) = house.signedIn(DeskFixture.lead, client)
        for page in ["/stops", "/exceptions"] {
          let answer = try await browser.call(.GET, page)
          #expect(answer.text.contains("Policy does not answer"))
        }
        let stopped = try await browser.call(.POST, "/stops", body: "token=\(token)&workflow=pay&reason=x")
        #expect(stopped.status == 503)
      }
    }
    await web.shutdown()
  }
}
