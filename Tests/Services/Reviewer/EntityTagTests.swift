import Identity
import JSON
import NIOHTTP1
import Testing

@testable import countersign_reviewer

/// A frontend that looks again is sent only what has changed.
@Suite struct EntityTagTests {
  @Test func theClockAloneChangesNothing() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    let before = EntityTag(try desk.command(DeskFixture.ada, .view).body)
    try desk.wait(5)
    #expect(EntityTag(try desk.command(DeskFixture.ada, .view).body) == before)
    #expect(EntityTag(try desk.command(DeskFixture.ben, .view).body) != before, "who else could decide it differs")
    _ = try desk.command(DeskFixture.ben, .claim)
    #expect(EntityTag(try desk.command(DeskFixture.ada, .view).body) != before)
  }

  @Test func whoHasItAlreadyIsKnownByTheHeader() {
    let tag = EntityTag(["case": "1", "now": "2026-11-30T12:00:00Z"])
    #expect(tag == EntityTag(["case": "1", "now": "2026-11-30T12:00:05Z"]))
    let strong = String(tag.text.dropFirst(2))
    for header in [tag.text, strong, "*", "W/\"x\", \(tag.text)", " \(tag.text) , \"y\""] { #expect(tag.isKnown(by: header), "\(header)") }
    for header in [nil, "", "\"x\"", "W/\"x\",W/\"y\"", "W/\(tag.text)"] { #expect(!tag.isKnown(by: header), "\(header ?? "none")") }
  }

  @Test func overHTTPItIsNotSentAgain() async throws {
    let people = try People(yaml: "people: [{id: P-ada, name: Ada, groups: [agents]}]", tokens: "token-of-P-ada-0123456789 P-ada")
    try await DeskHouse.open(people: people, prepare: { try $0.say(DeskFixture.request()) }) { house in
      try await Browser.with { client in
        let browser = Browser(house.url, client)
        let path = "/v1/tasks/\(DeskFixture.caseID)"
        let token = "token-of-P-ada-0123456789"
        let first = try await browser.call(.GET, path, bearer: token)
        let tag = try #require(first.headers.first(name: "ETag"))
        let again = try await browser.call(.GET, path, bearer: token, headers: [("If-None-Match", tag)])
        #expect(first.status == 200 && again.status == 304 && again.text.isEmpty && again.headers.first(name: "ETag") == tag)
        #expect(try await browser.call(.POST, "\(path)/claim", body: "{}", type: "application/json", bearer: token).status == 200)
        let changed = try await browser.call(.GET, path, bearer: token, headers: [("If-None-Match", tag)])
        #expect(changed.status == 200 && changed.headers.first(name: "ETag") != tag)
        let refused = try await browser.call(.GET, "/v1/tasks/00000000-0000-0000-0000-000000000000", bearer: token, headers: [("If-None-Match", "*")])
        #expect(refused.status == 404)
      }
    }
  }
}
