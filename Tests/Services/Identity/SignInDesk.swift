import AsyncHTTPClient
import Foundation
import Host
import Identity
import JSON
import NIOHTTP1
import SignOn
import Storage
import Synchronization
import Wire

@testable import countersign_reviewer

/// The reviewer beside a provider, as a browser and a program see them.
struct SignInDesk: Sendable {
  let house: DeskHouse
  let provider: FakeProvider
  let client: HTTPClient

  func browser() -> Browser { Browser(house.url, client) }

  /// The whole way in.
  func signIn(_ subject: String, _ browser: Browser, to: String = "/") async throws -> Browser.Page {
    let began = try await browser.call(.GET, "/sign-in?to=\(to)")
    return try await browser.call(.GET, provider.approve(began, as: subject))
  }

  /// As if so many seconds had gone by since the provider was last asked.
  func age(_ seconds: Double) throws {
    let before = Instant.now.adding(seconds: -seconds).microseconds
    try house.store.transaction { _ = try $0.execute("UPDATE sessions SET checked = ?, tried = ?", [.integer(before), .integer(before)]) }
  }

  func bearer(_ subject: String, _ changes: (inout [String: JSON]) -> Void = { _ in }) throws -> String {
    var claims = provider.claims(subject, audience: "countersign-api")
    changes(&claims)
    return try provider.token(claims, type: "at+jwt")
  }

  static let task = "/tasks/\(DeskFixture.caseID)"

  /// A desk with a provider that knows four people, one of them a stranger here, and one task.
  static func open(_ body: @escaping @Sendable (SignInDesk) async throws -> Void) async throws {
    let provider = try FakeProvider(), web = WebClient(connections: 4)
    provider.change {
      $0.accounts = [
        "u-ada": .init(id: "P-ada", groups: ["agents"]), "u-lead": .init(id: "P-lead", groups: ["leads"]),
        "u-eve": .init(id: "P-eve", groups: ["agents"]), "u-both": .init(id: "P-both", groups: ["agents", "leads"]),
      ]
    }
    let result: Result<Void, any Error>
    do {
      try await withServer({ provider.add(to: $0) }) { issuer in
        provider.issuer.withLock { $0 = issuer }
        let file = try IdentityFile(
          "issuer: \(issuer)\nclient_id: countersign\nloopback: true\napi: {audience: countersign-api}\nclaims: {id: preferred_username}\n",
          folder: URL(fileURLWithPath: "/"))
        let people = People(DeskFixture.people.all.map {
          Person(id: $0.id, name: $0.name, groups: $0.groups, isDutyOfficer: $0.isDutyOfficer, claim: $0.claim, issuer: issuer)
        }, issuer: issuer)
        try await DeskHouse.open(
          people: people, provider: Provider(file, web: web), isDemo: false, prepare: { try $0.say(DeskFixture.request()) }
        ) { house in
          try await Browser.with { client in try await body(SignInDesk(house: house, provider: provider, client: client)) }
        }
      }
      result = .success(())
    } catch { result = .failure(error) }
    await web.shutdown()
    try result.get()
  }
}
