import AsyncHTTPClient
import Foundation
import Host
import Identity
import JSON
import NIOHTTP1
import SignOn
import Storage
import Synchronization
import Testing
import Wire

@testable import countersign_reviewer

/// Signing in by a provider, through the real routes, and everything that an attacker may send instead.
@Suite struct SignInTests {
  @Test func somebodySignsInDecidesAndSignsOut() async throws {
    try await SignInDesk.open { desk in
      let browser = desk.browser()
      let first = try await browser.call(.GET, SignInDesk.task)
      #expect(first.status == 401 && first.text.contains("href=\"/sign-in?to=\(SignInDesk.task)\""))
      let began = try await browser.call(.GET, "/sign-in?to=\(SignInDesk.task)")
      #expect(began.status == 303 && began.member("code_challenge_method") == "S256" && began.member("response_type") == "code")
      #expect(began.member("redirect_uri") == "http://desk.example/sign-in/callback", "by PUBLIC_URL, never by the request")
      #expect(browser.set.first?.contains("HttpOnly; SameSite=Lax") == true)
      let done = try await browser.call(.GET, desk.provider.approve(began, as: "u-ada"))
      #expect(done.status == 303 && done.location == SignInDesk.task && browser.set.count == 2)
      let page = try await browser.call(.GET, SignInDesk.task)
      let token = try #require(Browser.token(in: page.text))
      #expect(page.status == 200 && page.text.contains("Name of P-ada"))
      #expect(try await browser.call(.POST, "\(SignInDesk.task)/claim", body: "token=\(token)").status == 303)
      let view = page.text.components(separatedBy: "name=\"view\" value=\"")[1].prefix { $0 != "\"" }
      let form = "token=\(token)&version=1&view=\(view)&fence=1&verb=approve&key=k"
      #expect(try await browser.call(.POST, "\(SignInDesk.task)/decision", body: form).status == 303)
      let out = try await browser.call(.POST, "/sign-out", body: "token=\(token)")
      #expect(out.status == 200 && out.text.contains("/end?id_token_hint=") && browser.cookies["countersign"] == nil)
      #expect(try await browser.call(.GET, SignInDesk.task).status == 401)
    }
  }

  @Test func theCookieLetsNobodyInWhoReadsTheDatabase() async throws {
    try await SignInDesk.open { desk in
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
    try await SignInDesk.open { desk in
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
    try await SignInDesk.open { desk in
      let done = try await desk.signIn("u-ada", desk.browser(), to: formText([("x", place)]).replacingOccurrences(of: "x=", with: ""))
      #expect(done.status == 303 && done.location == "/")
    }
  }

  @Test func whereToComesBackIsNotTheRequestsToSay() async throws {
    try await SignInDesk.open { desk in
      let began = try await desk.browser().call(.GET, "/sign-in", headers: [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")])
      #expect(began.member("redirect_uri") == "http://desk.example/sign-in/callback" && !began.location.contains("evil"))
    }
  }

  @Test func aNameThatWasPutIntoTheBrowserBeforeIsNotTheSessions() async throws {
    try await SignInDesk.open { desk in
      let attacker = desk.browser(), victim = desk.browser()
      _ = try await desk.signIn("u-lead", attacker)
      victim.cookies["countersign"] = attacker.cookies["countersign"]
      _ = try await desk.signIn("u-ada", victim)
      #expect(victim.cookies["countersign"] != attacker.cookies["countersign"])
      #expect(try await attacker.call(.GET, "/").status == 401, "the session that was put there has ended")
    }
  }

  @Test func idTokensThatAreNotOfThisSignInLetNobodyIn() async throws {
    try await SignInDesk.open { desk in
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
    try await SignInDesk.open { desk in
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
}
