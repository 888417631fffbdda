import AsyncHTTPClient
import Foundation
import Identity
import JSON
import NIOHTTP1
import Permits
import Testing
import Wire

@testable import countersign_reviewer

/// Deciding otherwise than all cases that say the same were decided wants words; nobody is kept from it.
@Suite struct PrecedentTests {
  private static let near = String(repeating: "cd", count: 32)

  private static func like(_ number: Int, _ verb: String?, _ state: LikeCase.State = .ended) -> LikeCase {
    LikeCase(
      key: "c\(number)", opened: DeskFixture.now, state: state, reason: "",
      decision: verb.map { LikeCase.Decision(verb: $0, person: "P-ben", code: "", at: DeskFixture.now) })
  }

  @Test func onlyWhatEndedAndAllWentOneWayIsAPrecedent() {
    let two = [Self.like(1, "reject"), Self.like(2, "reject")]
    #expect(Precedent(two + [Self.like(3, "reject")])?.verb == .reject)
    #expect(Precedent(two) == nil, "two may be chance")
    for other in ["approve", "edit", "escalate"] { #expect(Precedent(two + [Self.like(3, "reject"), Self.like(4, other)]) == nil) }
    #expect(Precedent((1...3).map { Self.like($0, "edit") }) == nil)
    #expect(Precedent(two + [Self.like(3, "reject", .waiting), Self.like(4, nil)]) == nil)
    let rejected = Precedent(verb: .reject, cases: ["c1", "c2"])
    #expect(rejected.isAgainst(.approve) && !rejected.isAgainst(.reject) && !rejected.isAgainst(.edit) && !rejected.isAgainst(.escalate))
  }

  private func given(_ desk: DeskStep, words: String, _ precedent: Precedent?) throws -> Submission {
    let body: JSON = ["version": 1, "view": .string(desk.task?.view ?? ""), "verb": "approve", "words": .string(words)]
    var given = try Submission(body, caseID: DeskFixture.caseID, person: DeskFixture.ada, strength: "token", idempotency: "k\(words)")
    given.precedent = precedent
    return given
  }

  @Test func againstItWordsAreNeededAndOnRecordAndToConfirmABlockIsNotAgainstIt() throws {
    let desk = try DeskStep(), precedent = Precedent(verb: .reject, cases: ["c1", "c2"])
    try desk.ask(DeskFixture.request())
    let refused = try desk.command(DeskFixture.ada, .decide(given(desk, words: "", precedent)))
    #expect(refused.status == 422 && refused.body["code"] == "words.precedent" && refused.body["precedent"]?["cases"]?.array?.count == 2)
    #expect(try desk.command(DeskFixture.ada, .decide(given(desk, words: "They have paid since", precedent))).status == 202)
    #expect(desk.records.events(.decided).first?["against"]?["verb"] == "reject")
    let blocked = try DeskStep()
    try blocked.ask(DeskFixture.request(route: "block"))
    #expect(try blocked.command(DeskFixture.ada, .decide(given(blocked, words: "", precedent))).status == 202)
    let free = try DeskStep()
    try free.ask(DeskFixture.request())
    #expect(try free.command(DeskFixture.ada, .decide(given(free, words: "", nil))).status == 202)
    #expect(free.records.events(.decided).first?["against"] == nil)
  }

  /// Three cases that say the same were rejected; a fourth one is open.
  private static func prepare(_ rig: DeskRig) throws {
    for number in 1...3 {
      let id = "01a20c93-e606-71e1-ac02-b6790b57db5\(number)"
      try rig.say(DeskFixture.request(nearHash: near), caseID: id)
      let task = try #require(try rig.states()[id])
      let body: JSON = ["version": 1, "view": .string(task.view), "verb": "reject", "code": "not_allowed", "words": ""]
      let submission = try Submission(body, caseID: id, person: DeskFixture.ben, strength: "token", idempotency: "r")
      #expect(try rig.command(DeskFixture.ben, .decide(submission), caseID: id).status == 202)
      rig.clock.move(1)
      try rig.say(ReviewClosed(reason: "rejected"), caseID: id)
    }
    try rig.say(DeskFixture.request(nearHash: near))
  }

  @Test func thePageAsksForTheWordsAndRefusesWithoutThem() async throws {
    try await DeskHouse.open(prepare: Self.prepare) { house in
      try await Browser.with { client in
        let (ada, token) = house.signedIn(DeskFixture.ada, client), path = "/tasks/\(DeskFixture.caseID)"
        let page = try await ada.call(.GET, path).text
        #expect(page.contains("All 3 cases that say the same and have ended were rejected") && page.contains("data-key=\"p\""))
        let view = ReviewTask.view(of: DeskFixture.json(DeskFixture.request(nearHash: Self.near)))
        let form = "token=\(token)&version=1&view=\(view)&key=k&verb=approve"
        let refused = try await ada.call(.POST, path + "/decision", body: form + "&words=")
        #expect(refused.status == 422 && refused.text.contains("say in words why this one is another"))
        #expect(try await ada.call(.POST, path + "/decision", body: form + "&words=They+have+paid+since").status == 303)
      }
    }
  }
}
