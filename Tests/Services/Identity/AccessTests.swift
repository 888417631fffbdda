import Foundation
import Host
import Hummingbird
import Identity
import NIOHTTP1
import Testing
import Wire

@testable import countersign_reviewer

/// Role × verb × route: the table of access, the routes, and what live answers say are one.
@Suite struct AccessTests {
  private static let people: People = {
    let all = DeskFixture.people.all
    let tokens = all.map { "token-of-\($0.id)-0123456789 \($0.id)" }.joined(separator: "\n")
    let yaml = "people:\n" + all.map {
      "  - {id: \($0.id), name: \"\($0.name)\", groups: [\($0.groups.joined(separator: ", "))], duty: \($0.isDutyOfficer), person_claim: \($0.claim)}"
    }.joined(separator: "\n")
    return (try? People(yaml: yaml, tokens: tokens)) ?? People([])
  }()

  private static let persons = ["other": "P-stranger", "asked": "P-ada", "lead": "P-lead", "duty": "P-duty", "self": "P-both"]

  /// A case for each row, so that no row sees what another has done.
  private static func caseID(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "01a20c93-e606-71e1-ac02-b6790b57" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  @Test func theRowsAreMany() {
    #expect(AccessTable.rows.count >= 150 && AccessTable.rows.allSatisfy { $0.status > 0 })
  }

  @Test func everyEntryIsTriedByEverybody() {
    let tried = Set(AccessTable.rows.map { "\($0.method) \($0.path)" })
    let table = Set(Access.table.filter { $0.mode != .provider }.map { "\($0.method.rawValue) \($0.path)" })
    #expect(tried == table)
  }

  @Test func liveAnswersAreThoseOfTheTable() async throws {
    let rows = AccessTable.rows
    try await DeskHouse.open(
      people: Self.people,
      prepare: { rig in
        for number in rows.indices { try rig.say(DeskFixture.request(requester: "P-both"), caseID: Self.caseID(number)) }
      }
    ) { house in
      try await Browser.with { client in
        for (number, row) in rows.enumerated() {
          let browser = Browser(house.url, client)
          let path = row.path.replacingOccurrences(of: "{case}", with: Self.caseID(number)).replacingOccurrences(of: "{source}", with: "order")
            // What an agent has said of himself.
            .replacingOccurrences(of: "{kind}", with: "daily").replacingOccurrences(of: "{workflow}", with: "pay")
            .replacingOccurrences(of: "{person}", with: "P-ada").replacingOccurrences(of: "{absence}", with: "0123456789ab")
          let page = try await Self.call(row, path, browser, house)
          #expect(page.status == row.status, "\(row.method) \(row.path) by \(row.who): \(page.status) \(page.text.prefix(200))")
        }
      }
    }
  }

  private static func call(_ row: AccessTable.Row, _ path: String, _ browser: Browser, _ house: DeskHouse) async throws -> Browser.Page {
    let method = HTTPMethod(rawValue: row.method), person = persons[row.who].flatMap { people.person(id: $0) }
    let reads = !path.hasSuffix("/live")
    guard row.isPage else {
      let bearer = person.map { "token-of-\($0.id)-0123456789" } ?? (row.who == "bad" ? "token-of-nobody-0123456789" : nil)
      return try await browser.call(method, path, body: row.method == "GET" ? nil : "{}", type: "application/json", bearer: bearer, reads: reads)
    }
    var cookie = row.who == "bad" ? "x.y" : ""
    if let person {
      let header = house.sessions.cookie(for: person, now: .now)
      cookie = String(header.prefix { $0 != ";" }.dropFirst(house.sessions.cookieName.count + 1))
    }
    if !cookie.isEmpty { browser.cookies[house.sessions.cookieName] = cookie }
    let form = row.path == "/sign-in" ? "person=P-ada" : "token=\(house.sessions.formToken(cookie: cookie))"
    return try await browser.call(method, path, body: row.method == "GET" ? nil : form, reads: reads)
  }

  @Test func aFormOfAnotherSessionChangesNothing() async throws {
    try await DeskHouse.open(people: Self.people, prepare: { try $0.say(DeskFixture.request()) }) { house in
      try await Browser.with { client in
        let browser = house.signedIn(DeskFixture.ada, client).browser
        for form in ["", "token=", "token=x", "token=\(house.sessions.formToken(cookie: "another"))"] {
          let page = try await browser.call(.POST, "/tasks/\(DeskFixture.caseID)/claim", body: form)
          #expect(page.status == 403, "\(form)")
        }
      }
    }
  }

  /// Registered past the table, a route keeps the service from starting.
  @Test func aRouteWithoutAnEntryCannotBeRegistered() async {
    await #expect(throws: AccessError.self) {
      try await DeskHouse.open(more: { $0.get("/v1/secrets") { _, _ in Response(status: .ok) } }) { _ in }
    }
  }

  @Test func rolesAreWhatTheirGroupsSay() {
    #expect(Gate.isLead(DeskFixture.lead) && Gate.isLead(DeskFixture.person("P-x", "finance-leads")) && !Gate.isLead(DeskFixture.ada))
    #expect(!Gate.isLead(DeskFixture.person("P-x", "leads-of-nothing", "misleads")))
  }

  @Test func howLongAgoSomebodySignedInIsReckoned() {
    func caller(_ at: Int64?) -> Visitor { Visitor(person: DeskFixture.ada, strength: "mfa", authenticatedAt: at) }
    let now = DeskFixture.now
    #expect(caller(now.unixSeconds - 300).authenticated(within: 300, now: now))
    #expect(!caller(now.unixSeconds - 301).authenticated(within: 300, now: now))
    #expect(!caller(nil).authenticated(within: 300, now: now), "nobody says when")
    #expect(!caller(now.unixSeconds + 60).authenticated(within: 300, now: now), "of the future")
    #expect(throws: (any Error).self) { try caller(nil).demand(authenticatedWithin: 300, now: now) }
  }
}
