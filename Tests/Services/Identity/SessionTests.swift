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

/// How long an access lasts: the end of a role, of an account, of the provider, and tokens of programs.
@Suite struct SessionTests {
  @Test(arguments: [true, false]) func aGroupThatIsTakenAwayIsGoneWithinAMinuteOfUse(tellsAtRefresh: Bool) async throws {
    try await SignInDesk.open { desk in
      desk.provider.change { $0.tellsAtRefresh = tellsAtRefresh }
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      #expect(try await browser.call(.GET, SignInDesk.task).status == 200)
      desk.provider.change { $0.accounts["u-ada"]?.groups = [] }
      #expect(try await browser.call(.GET, SignInDesk.task).status == 200, "the provider is not asked at every step")
      try desk.age(31)
      #expect(try await browser.call(.GET, SignInDesk.task).status == 403)
      #expect(try await browser.call(.GET, "/").status == 200, "signed in still")
    }
  }

  @Test func theEndOfAnAccessFreesWhatIsHeldAndTakesBackWhatIsNotReleased() async throws {
    try await SignInDesk.open { desk in
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      let page = try await browser.call(.GET, SignInDesk.task), token = try #require(Browser.token(in: page.text))
      let view = page.text.components(separatedBy: "name=\"view\" value=\"")[1].prefix { $0 != "\"" }
      let decided = try await browser.call(.POST, "\(SignInDesk.task)/decision", body: "token=\(token)&version=1&view=\(view)&verb=approve&key=k")
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
    try await SignInDesk.open { desk in
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      let token = try #require(Browser.token(in: try await browser.call(.GET, SignInDesk.task).text))
      #expect(try await browser.call(.POST, "\(SignInDesk.task)/claim", body: "token=\(token)").status == 303)
      desk.provider.change { $0.accounts["u-ada"]?.isDisabled = true }
      try desk.age(31)
      #expect(try await browser.call(.GET, SignInDesk.task).status == 401)
      #expect(try ReviewTask.stored(DeskFixture.caseID, desk.house.store)?.claim == nil)
    }
  }

  @Test func whileTheProviderIsAwayPeopleReadAndDoNotDecide() async throws {
    try await SignInDesk.open { desk in
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      let token = try #require(Browser.token(in: try await browser.call(.GET, SignInDesk.task).text))
      desk.provider.change { $0.isAway = true }
      try desk.age(45)
      #expect(try await browser.call(.POST, "\(SignInDesk.task)/claim", body: "token=\(token)").status == 303, "less than a minute ago")
      try desk.age(90)
      let page = try await browser.call(.GET, SignInDesk.task)
      #expect(page.status == 200 && page.text.contains("cannot be reached"))
      let refused = try await browser.call(.POST, "\(SignInDesk.task)/release", body: "token=\(token)")
      #expect(refused.status == 503 && refused.text.contains("identity.unreachable") && refused.headers.first(name: "Retry-After") != nil)
      try desk.age(301)
      #expect(try await browser.call(.GET, SignInDesk.task).status == 503)
      desk.provider.change { $0.isAway = false }
      try desk.age(301)
      #expect(try await browser.call(.GET, SignInDesk.task).status == 200, "it is back, and so are they")
    }
  }

  @Test func oneRequestOfManyAsksTheProvider() async throws {
    try await SignInDesk.open { desk in
      let browser = desk.browser()
      _ = try await desk.signIn("u-ada", browser)
      let cookies = browser.cookies, before = desk.provider.change { $0.asked["token"] ?? 0 }
      try desk.age(90)
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            let one = desk.browser()
            one.cookies = cookies
            return try await one.call(.GET, SignInDesk.task).status
          }
        }
        for try await status in group { #expect(status == 200) }
      }
      #expect(desk.provider.change { $0.asked["token"] ?? 0 } == before + 1, "a refresh token that is used twice may end the session")
    }
  }

  @Test func theProviderSignsPeopleOut() async throws {
    try await SignInDesk.open { desk in
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
      #expect(try await ada.call(.GET, "/").status == 401)
      #expect(try await lead.call(.GET, "/").status == 200, "of that person alone")
      #expect(try await desk.browser().call(.GET, "/v1/me", bearer: bearer).status == 401, "tokens of before are void, too")
    }
  }

  @Test func programsCallByTokensOfTheProvider() async throws {
    try await SignInDesk.open { desk in
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
    try await SignInDesk.open { desk in
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
