import AsyncHTTPClient
import Foundation
import Identity
import JSON
import Host
import NIOHTTP1
import SignOn
import Storage
import Testing
import Wire

@testable import countersign_reviewer

/// Signing in by a provider, from the first page to the end of an access, through the real routes.
@Suite struct SignInTests {
  struct Desk: Sendable {
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
  }

  private func open(_ body: @escaping @Sendable (Desk) async throws -> Void) async throws {
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
          try await Browser.with { client in try await body(Desk(house: house, provider: provider, client: client)) }
        }
      }
      result = .success(())
    } catch { result = .failure(error) }
    await web.shutdown()
    try result.get()
  }

  private static let task = "/tasks/\(DeskFixture.caseID)"

  @Test func somebodySignsInDecidesAndSignsOut() async throws {
    try await open { desk in
      let browser = desk.browser()
      let first = try await browser.call(.GET, Self.task)
      #expect(first.status == 401 && first.text.contains("href=\"/sign-in?to=\(Self.task)\""))
      let began = try await browser.call(.GET, "/sign-in?to=\(Self.task)")
      #expect(began.status == 303 && began.member("code_challenge_method") == "S256" && began.member("response_type") == "code")
      #expect(began.member("redirect_uri") == "http://desk.example/sign-in/callback", "by PUBLIC_URL, never by the request")
      #expect(browser.set.first?.contains("HttpOnly; SameSite=Lax") == true)
      let done = try await browser.call(.GET, desk.provider.approve(began, as: "u-ada"))
      #expect(done.status == 303 && done.location == Self.task && browser.set.count == 2)
      let page = try await browser.call(.GET, Self.task)
      let token = try #require(Browser.token(in: page.text))
      #expect(page.status == 200 && page.text.contains("Name of P-ada"))
      #expect(try await browser.call(.POST, "\(Self.task)/claim", body: "token=\(token)").status == 303)
      let view = page.text.components(separatedBy: "name=\"view\" value=\"")[1].prefix { $0 != "\"" }
      let form = "token=\(token)&version=1&view=\(view)&fence=1&verb=approve&key=k"
      #expect(try await browser.call(.POST, "\(Self.task)/decision", body: form).status == 303)
      let out = try await browser.call(.POST, "/sign-out", body: "token=\(token)")
      #expect(out.status == 200 && out.text.contains("/end?id_token_hint=") && browser.cookies["countersign"] == nil)
      #expect(try await browser.call(.GET, Self.task).status == 401)
    }
  }

  @Test func theCookieLetsNobodyInWhoReadsTheDatabase() async throws {
    try await open { desk in
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      let cookie = try #require(browser.cookies["countersign"])
      let rows = try desk.house.store.read { try $0.query("SELECT id, body FROM sessions", []) }
      guard rows.count == 1, case .text(let id) = rows[0][0], case .blob(let body) = rows[0][1] else {
        Issue.record("one session was expected")
        return
      }
      #expect(id != cookie && id.count == 64)
      for secret in ["refresh-", "P-ada", "eyJ"] { #expect(!String(decoding: body, as: UTF8.self).contains(secret)) }
      browser.cookies["countersign"] = id
      #expect(try await browser.call(.GET, "/").status == 401)
    }
  }

  @Test func answersOfAnotherSignInLeadNowhere() async throws {
    try await open { desk in
      let mine = desk.browser(), other = desk.browser()
      let began = try await mine.call(.GET, "/sign-in")
      let answer = desk.provider.approve(began, as: "u-lead")
      #expect(try await other.call(.GET, answer).status == 400, "a browser that began nothing (login CSRF)")
      _ = try await other.call(.GET, "/sign-in")
      #expect(try await other.call(.GET, answer).status == 400, "a browser that began another one")
      _ = try await mine.call(.GET, "/sign-in")
      #expect(try await mine.call(.GET, answer).status == 400, "an older one of the same browser")
      let again = try await mine.call(.GET, "/sign-in"), good = desk.provider.approve(again, as: "u-ada")
      let flow = mine.cookies
      #expect(try await mine.call(.GET, good + "&iss=https://evil.example").status == 400, "another provider's answer")
      mine.cookies = flow
      #expect(try await mine.call(.GET, good).status == 303)
      mine.cookies = flow
      #expect(try await mine.call(.GET, good).status == 400, "a code counts once")
      #expect(try await mine.call(.GET, "/sign-in/callback?error=access_denied&state=x").status == 400)
      #expect(try desk.house.store.read { try $0.query("SELECT id FROM sessions", []) }.count == 1)
    }
  }

  @Test(arguments: ["https://evil.example", "//evil.example", "/\\evil.example", "/tasks/../admin", "/tasks/x", "javascript:alert(1)", "/sign-out", ""])
  func nobodyIsSentElsewhere(place: String) async throws {
    #expect(SignInFlow.place(place) == "/")
    try await open { desk in
      let done = try await desk.signIn("u-ada", desk.browser(), to: formText([("x", place)]).replacingOccurrences(of: "x=", with: ""))
      #expect(done.status == 303 && done.location == "/")
    }
  }

  @Test func whereToComesBackIsNotTheRequestsToSay() async throws {
    try await open { desk in
      let began = try await desk.browser().call(.GET, "/sign-in", headers: [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")])
      #expect(began.member("redirect_uri") == "http://desk.example/sign-in/callback" && !began.location.contains("evil"))
    }
  }

  @Test func aNameThatWasPutIntoTheBrowserBeforeIsNotTheSessions() async throws {
    try await open { desk in
      let attacker = desk.browser(), victim = desk.browser()
      _ = try await desk.signIn("u-lead", attacker)
      victim.cookies["countersign"] = attacker.cookies["countersign"]
      _ = try await desk.signIn("u-ada", victim)
      #expect(victim.cookies["countersign"] != attacker.cookies["countersign"])
      #expect(try await attacker.call(.GET, "/").status == 401, "the session that was put there has ended")
    }
  }

  @Test func idTokensThatAreNotOfThisSignInLetNobodyIn() async throws {
    try await open { desk in
      let bends: [(String, @Sendable (inout [String: JSON]) -> Void)] = [
        ("nonce", { $0["nonce"] = "another" }), ("no nonce", { $0["nonce"] = nil }), ("audience", { $0["aud"] = "other" }),
        ("issuer", { $0["iss"] = "https://evil.example" }), ("expired", { $0["exp"] = .integer(Instant.now.unixSeconds - 60) ; $0["iat"] = .integer(Instant.now.unixSeconds - 90) }),
        ("nobody", { $0["preferred_username"] = "P-eve" }), ("no subject", { $0["sub"] = nil }), ("party", { $0["azp"] = "other" }),
        ("a logout token", { $0["events"] = ["http://schemas.openid.net/event/backchannel-logout": .object(JSONObject())] }),
      ]
      for (name, bend) in bends {
        desk.provider.change { $0.bend = bend }
        let browser = desk.browser(), page = try await desk.signIn("u-ada", browser)
        #expect(page.status == 403 && browser.cookies["countersign"] == nil, "\(name): \(page.status)")
      }
      #expect(try desk.house.store.read { try $0.query("SELECT id FROM sessions", []) }.isEmpty)
    }
  }

  @Test func freshAuthenticationIsAskedForAndProven() async throws {
    try await open { desk in
      let browser = desk.browser()
      let began = try await browser.call(.GET, "/sign-in?fresh=1")
      #expect(began.member("prompt") == "login" && began.member("max_age") == "0")
      desk.provider.change { $0.bend = { $0["auth_time"] = .integer(Instant.now.unixSeconds - 3_600) } }
      #expect(try await browser.call(.GET, desk.provider.approve(began, as: "u-ada")).status == 403, "the provider did not ask")
      desk.provider.change { $0.bend = { _ in } }
      let again = try await browser.call(.GET, "/sign-in?fresh=1")
      #expect(try await browser.call(.GET, desk.provider.approve(again, as: "u-ada")).status == 303)
    }
  }

  @Test(arguments: [true, false]) func aGroupThatIsTakenAwayIsGoneWithinAMinuteOfUse(tellsAtRefresh: Bool) async throws {
    try await open { desk in
      desk.provider.change { $0.tellsAtRefresh = tellsAtRefresh }
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      #expect(try await browser.call(.GET, Self.task).status == 200)
      desk.provider.change { $0.accounts["u-ada"]?.groups = [] }
      #expect(try await browser.call(.GET, Self.task).status == 200, "the provider is not asked at every step")
      try desk.age(31)
      #expect(try await browser.call(.GET, Self.task).status == 403)
      #expect(try await browser.call(.GET, "/").status == 200, "signed in still")
    }
  }

  @Test func theEndOfAnAccessFreesWhatIsHeldAndTakesBackWhatIsNotReleased() async throws {
    try await open { desk in
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      let page = try await browser.call(.GET, Self.task), token = try #require(Browser.token(in: page.text))
      let view = page.text.components(separatedBy: "name=\"view\" value=\"")[1].prefix { $0 != "\"" }
      let decided = try await browser.call(.POST, "\(Self.task)/decision", body: "token=\(token)&version=1&view=\(view)&verb=approve&key=k")
      #expect(decided.status == 303)
      #expect(try ReviewTask.stored(DeskFixture.caseID, desk.house.store)?.settling != nil)
      desk.provider.change { $0.accounts["u-ada"]?.groups = ["others"] }
      try desk.age(31)
      _ = try await browser.call(.GET, "/")
      let task = try #require(try ReviewTask.stored(DeskFixture.caseID, desk.house.store))
      #expect(task.settling == nil && task.given.isEmpty)
    }
  }

  @Test func aDisabledAccountIsOutAndItsLeaseIsFree() async throws {
    try await open { desk in
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      let token = try #require(Browser.token(in: try await browser.call(.GET, Self.task).text))
      #expect(try await browser.call(.POST, "\(Self.task)/claim", body: "token=\(token)").status == 303)
      desk.provider.change { $0.accounts["u-ada"]?.isDisabled = true }
      try desk.age(31)
      #expect(try await browser.call(.GET, Self.task).status == 401)
      #expect(try ReviewTask.stored(DeskFixture.caseID, desk.house.store)?.claim == nil)
    }
  }

  @Test func whileTheProviderIsAwayPeopleReadAndDoNotDecide() async throws {
    try await open { desk in
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      let token = try #require(Browser.token(in: try await browser.call(.GET, Self.task).text))
      desk.provider.change { $0.isAway = true }
      try desk.age(45)
      #expect(try await browser.call(.POST, "\(Self.task)/claim", body: "token=\(token)").status == 303, "less than a minute ago")
      try desk.age(90)
      let page = try await browser.call(.GET, Self.task)
      #expect(page.status == 200 && page.text.contains("cannot be reached"))
      let refused = try await browser.call(.POST, "\(Self.task)/release", body: "token=\(token)")
      #expect(refused.status == 503 && refused.text.contains("identity.unreachable") && refused.headers.first(name: "Retry-After") != nil)
      try desk.age(301)
      #expect(try await browser.call(.GET, Self.task).status == 503)
      desk.provider.change { $0.isAway = false }
      try desk.age(301)
      #expect(try await browser.call(.GET, Self.task).status == 200, "it is back, and so are they")
    }
  }

  @Test func oneRequestOfManyAsksTheProvider() async throws {
    try await open { desk in
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      let cookies = browser.cookies, before = desk.provider.change { $0.asked["token"] ?? 0 }
      try desk.age(90)
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            let one = desk.browser()
            one.cookies = cookies
            return try await one.call(.GET, Self.task).status
          }
        }
        for try await status in group { #expect(status == 200) }
      }
      #expect(desk.provider.change { $0.asked["token"] ?? 0 } == before + 1, "a refresh token that is used twice may end the session")
    }
  }

  @Test func theProviderSignsPeopleOut() async throws {
    try await open { desk in
      let ada = desk.browser(), lead = desk.browser()
      _ = try await desk.signIn("u-ada", ada)
      _ = try await desk.signIn("u-lead", lead)
      let bearer = try desk.bearer("u-ada")
      #expect(try await desk.browser().call(.GET, "/v1/me", bearer: bearer).status == 200)
      let bad = [
        "", "x", try desk.provider.token(desk.provider.claims("u-ada")), try desk.provider.logoutToken("u-ada") { $0["aud"] = "other" },
        try desk.provider.logoutToken("u-ada") { $0["nonce"] = "n" }, try desk.provider.logoutToken("u-ada") { $0["exp"] = .integer(Instant.now.unixSeconds - 60); $0["iat"] = .integer(Instant.now.unixSeconds - 99) },
      ]
      for token in bad { #expect(try await desk.browser().call(.POST, "/back-channel-logout", body: formText([("logout_token", token)])).status == 400) }
      #expect(try await ada.call(.GET, "/").status == 200)
      let token = try desk.provider.logoutToken("u-ada") { $0["sid"] = nil }
      #expect(try await desk.browser().call(.POST, "/back-channel-logout", body: formText([("logout_token", token)])).status == 200)
      #expect(try await ada.call(.GET, "/").status == 401 && lead.call(.GET, "/").status == 200)
      #expect(try await desk.browser().call(.GET, "/v1/me", bearer: bearer).status == 401, "tokens of before are void, too")
    }
  }

  @Test func programsCallByTokensOfTheProvider() async throws {
    try await open { desk in
      let me = try await desk.browser().call(.GET, "/v1/me", bearer: try desk.bearer("u-both"))
      let json = try JSON.parse(Array(me.text.utf8))
      #expect(me.status == 200 && json["id"]?.string == "P-both" && json["strength"]?.string == "pwd otp")
      #expect(json["issuer"]?.string == desk.provider.issuer.withLock { $0 } && json["groups"] == ["agents", "leads"])
      let narrow = try await desk.browser().call(.GET, "/v1/me", bearer: try desk.bearer("u-both") { $0["groups"] = ["leads"] })
      #expect(try JSON.parse(Array(narrow.text.utf8))["groups"] == ["leads"])
      let bad = [
        try desk.provider.token(desk.provider.claims("u-ada")), try desk.bearer("u-eve"),
        try desk.bearer("u-ada") { $0["iat"] = .integer(Instant.now.unixSeconds - 61) }, try desk.bearer("u-ada") { $0["aud"] = "countersign" },
      ]
      for token in bad {
        let refused = try await desk.browser().call(.GET, "/v1/me", bearer: token)
        #expect(refused.status == 401 && refused.text.contains("\"class\"") && !refused.text.contains(token))
      }
    }
  }

  @Test func keysMayChangeAndMadeUpOnesCostNothing() async throws {
    try await open { desk in
      #expect(try await desk.browser().call(.GET, "/v1/me", bearer: try desk.bearer("u-ada")).status == 200)
      let asked = desk.provider.change { $0.asked["keys"] ?? 0 }
      for number in 0..<20 {
        let token = try desk.provider.token(desk.provider.claims("u-ada", audience: "countersign-api"), lies: "made-up-\(number)")
        #expect(try await desk.browser().call(.GET, "/v1/me", bearer: token).status == 401)
      }
      #expect(desk.provider.change { $0.asked["keys"] ?? 0 } == asked, "asked ten seconds ago at most")
      #expect(try await desk.browser().call(.GET, "/v1/me", bearer: try desk.bearer("u-ada")).status == 200)
    }
  }
}
