import Synchronization
import AsyncHTTPClient
import Foundation
import Hummingbird
import Identity
import JSON
import Logging
import NIOHTTP1
import Permits
import SignOn
import Testing
import Wire

@testable import Host
@testable import countersign_policy

/// Whose key it is, policy takes from nobody but the provider and the person.
@Suite struct RegisteringTests {
  /// What is sent for a key, and the class of what is wrong with it; nil: it is registered.
  struct Attempt: Sendable, CustomTestStringConvertible {
    let name: String
    let refused: String?
    var subject = "u-ada"
    var age: Int64 = 0
    var claims: [String: JSON] = [:]
    var otherKey = false
    var otherSalt = false
    var cut = false
    var testDescription: String { name }
  }

  static let attempts = [
    Attempt(name: "the sign-in that began with it", refused: nil),
    Attempt(name: "the same for another key", refused: "nonce", otherKey: true),
    Attempt(name: "another salt", refused: "nonce", otherSalt: true),
    Attempt(name: "of a quarter of an hour ago", refused: "age", age: 900),
    Attempt(name: "for another client", refused: "audience", claims: ["aud": "another"]),
    Attempt(name: "of another provider", refused: "issuer", claims: ["iss": "https://login.example.org"]),
    Attempt(name: "a logout token", refused: "purpose", claims: ["events": ["http://schemas.openid.net/event/backchannel-logout": [:]]]),
    Attempt(name: "without a nonce", refused: "nonce", claims: ["nonce": .null]),
    Attempt(name: "with a changed signature", refused: "signature", cut: true),
    Attempt(name: "of somebody whom nobody knows", refused: "person", subject: "u-nobody"),
  ]

  @Test func onlyTheSignInThatBeganWithTheKeyMakesItSomebodys() async throws {
    let provider = try FakeProvider(), web = WebClient(connections: 2), device = Device(), other = Device()
    provider.change { $0.accounts = ["u-ada": .init(id: "P-ada", groups: ["agents"]), "u-nobody": .init(id: "P-nobody", groups: [])] }
    let result: Result<Void, any Error>
    do {
      try await withServer({ provider.add(to: $0) }) { issuer in
        provider.issuer.withLock { $0 = issuer }
        let file = try IdentityFile(
          "issuer: \(issuer)\nclient_id: countersign\nloopback: true\nclaims: {id: preferred_username}\n", folder: URL(fileURLWithPath: "/"))
        let ada = Person(id: "P-ada", name: "Ada", groups: ["agents"], isDutyOfficer: false, claim: "P-ada", issuer: issuer)
        let people = LivePeople(People([ada], issuer: issuer)), known = Provider(file, web: web)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let registering = Registering(tokens: AccessTokens(people, provider: known, logger: logger), people: people, provider: known)
        try await withServer({ router in
          router.addMiddleware { ProblemMiddleware() }
          router.post("/own") { request, _ in
            let body = try JSON.parse(try await request.bytes(upTo: 65_536))
            guard let key = body["jwk"].flatMap(PersonKey.init) else { throw Problem(.badRequest, "key.form", "") }
            let (person, proof) = try await registering.owner(of: key, body, request)
            return jsonResponse(["person": .string(person.id), "proof": .string(proof)])
          }
        }) { policy in
          try await Browser.with { client in
            for attempt in Self.attempts {
              let salt = "a-salt-of-some-length"
              var claims = provider.claims(attempt.subject)
              claims["nonce"] = .string(PersonKey.nonce(of: device.kid, salt: salt))
              let issued = Instant.now.unixSeconds - attempt.age
              (claims["iat"], claims["exp"]) = (.integer(issued), .integer(issued + 3_600))
              for (name, value) in attempt.claims { claims[name] = value == .null ? nil : value }
              var token = try provider.token(claims)
              if attempt.cut { token = String(token.dropLast(8)) + "AAAAAAAA" }
              let body: JSON = [
                "jwk": attempt.otherKey ? other.jwk : device.jwk, "identity": .string(token), "salt": .string(attempt.otherSalt ? salt + "s" : salt),
              ]
              let page = try await Browser(policy, client).call(.POST, "/own", body: body.text, type: "application/json")
              let answer = try JSON.parse(Array(page.text.utf8))
              if let refused = attempt.refused {
                #expect(page.status == 403 && answer["class"]?.string == refused, "\(attempt.name): \(page.status) \(page.text)")
              } else {
                #expect(page.status == 200 && answer["person"] == "P-ada" && answer["proof"] == "sign-in", "\(page.text)")
              }
            }
            let bare: JSON = ["jwk": device.jwk]
            #expect(try await Browser(policy, client).call(.POST, "/own", body: bare.text, type: "application/json").status == 401, "nobody says whose it is")
            var secret = device.jwk.object ?? JSONObject()
            secret["d"] = "AAAA"
            let told: JSON = ["jwk": .object(secret)]
            #expect(try await Browser(policy, client).call(.POST, "/own", body: told.text, type: "application/json").status == 400, "a private key is nobody's to send")
          }
        }
      }
      result = .success(())
    } catch { result = .failure(error) }
    await web.shutdown()
    try result.get()
  }
}
