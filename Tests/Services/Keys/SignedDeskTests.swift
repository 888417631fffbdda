import NIOHTTP1
import Crypto
import Foundation
import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// The desk asks for what policy will ask for, and passes on what the person signed.
@Suite struct SignedDeskTests {
  let device = Device()

  func body(_ desk: DeskStep, jti: String = "0123456789abcdef0123456789abcdef", _ changes: [String: JSON] = [:]) throws -> JSON {
    let task = try #require(desk.task), now = DeskFixture.now.unixSeconds
    let decision = Approval(
      id: "", caseID: DeskFixture.caseID, version: task.version, verb: .approve, action: task.request["action_hash"]?.string ?? "", view: task.view,
      personIssuer: Person.issuer, person: "P-ada", groups: [], strength: "", code: "", words: "", issuedAt: now, expiresAt: now)
    let policy = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
    return [
      "version": .integer(task.version), "view": .string(task.view), "verb": "approve",
      "own": .string(try device.sign(Device.claims(of: decision, jti: jti, changes))),
      "own_key": .string(try device.certificate("P-ada", by: policy, from: now, until: now + 3600)),
    ]
  }

  func decide(_ desk: DeskStep, _ body: JSON) throws -> DeskAnswer {
    let submission = try Submission(body, caseID: DeskFixture.caseID, person: DeskFixture.ada, strength: "token", idempotency: "k")
    return try desk.command(DeskFixture.ada, .decide(submission))
  }

  @Test func whereItMustBeSignedNothingElseIsTaken() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(risk: "high", mustSign: true))
    #expect(try desk.decide(DeskFixture.ada).body["code"] == "signature.missing")
    let wrong = try decide(desk, body(desk, ["view": "another"]))
    #expect(wrong.status == 422 && wrong.body["code"] == "signature.wrong" && wrong.detail.contains("view"))
    let answer = try decide(desk, body(desk))
    #expect(answer.status == 202)
    let made = try #require(desk.records.decisions.first)
    let approval = try Approval.verify(made.decision, keys: KeySet([desk.decider.signing.verification]))
    #expect(approval.id == answer.body["decision"]?.string && approval.signature != nil && approval.certificate != nil)
    #expect(try approval.verifyOwn(policy: KeySet([SigningKey(seed: [UInt8](repeating: 3, count: 32)).verification])))
    #expect(try decide(desk, body(desk)).body["decision"] == answer.body["decision"], "the same signature is the same decision")
    #expect(desk.records.decisions.count == 1)
  }

  @Test func whereItMayBeASignatureMustBeRightAllTheSame() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request())
    #expect(try decide(desk, body(desk, ["act": "00"])).body["code"] == "signature.wrong")
    #expect(try desk.decide(DeskFixture.ada).status == 202, "without one")
  }

  @Test func halfASignatureIsNone() throws {
    let desk = try DeskStep()
    try desk.ask(DeskFixture.request(mustSign: true))
    for name in ["own", "own_key"] {
      var half = try #require(try body(desk).object)
      half[name] = nil
      #expect(throws: WireError.self) { _ = try decide(desk, .object(half)) }
    }
  }

  @Test func thePageSaysThatItSigns() throws {
    let text = KeyScript.text
    for name in ["countersign-decision+jwt", "countersign-key-end+jwt", "jti", "person_iss", "own_key", "false, [\"sign\", \"verify\"]"] {
      #expect(text.contains(name), "\(name)")
    }
  }

  /// The nonce that the provider signs binds the browser's key, and the session keeps what shows it to policy.
  @Test func aSignInBindsTheKeyThatItBeganWith() async throws {
    let kid = device.kid
    try await SignInDesk.open { desk in
      let browser = desk.browser()
      let began = try await browser.call(.GET, "/sign-in?to=/&key=\(kid)")
      let sent = try #require(began.member("nonce"))
      _ = try await browser.call(.GET, desk.provider.approve(began, as: "u-ada"))
      let shelf = SessionShelf(store: desk.house.store, seed: DeskFixture.key)
      let cookie = try #require(browser.cookies["countersign"])
      let proof = try #require(try await shelf.find(SessionShelf.id(ofName: cookie))?.proof)
      #expect(proof.key == kid && PersonKey.nonce(of: kid, salt: proof.salt) == sent)
      let claims = try #require(bytes(base64url: proof.identity.utf8.split(separator: UInt8(ascii: "."))[1]))
      #expect(try JSON.parse(claims)["nonce"]?.string == sent)
      let without = desk.browser()
      _ = try await desk.signIn("u-ada", without)
      let other = try #require(without.cookies["countersign"])
      #expect(try await shelf.find(SessionShelf.id(ofName: other))?.proof == nil)
      let forged = try await desk.browser().call(.GET, "/sign-in?key=not-a-thumbprint")
      #expect(forged.status == 303, "what is no thumbprint is no key")
    }
  }

  @Test func everyPageLeadsToTheKeysWhereThereAreSome() {
    func page(_ keys: String) -> String { Layout(person: DeskFixture.ada, formToken: "t", clockScale: 1, keys: keys).page("P", "<p>x</p>").text }
    #expect(page("demo").contains("<a href=\"/settings\">Settings</a> <a href=\"/keys\">Keys</a></nav>"))
    #expect(!page("").contains("/keys\""))
  }
}
