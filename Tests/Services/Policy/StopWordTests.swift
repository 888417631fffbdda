import HTTPTypes
import Host
import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_policy

/// The desk's word that a person stops: for this stop, now, by somebody whom policy knows itself.
@Suite struct StopWordTests {
  private static let now: Int64 = 1_795_500_000
  private static let people = People([
    Person(id: "P-ivo", name: "Ivo", groups: ["duty-officers"], isDutyOfficer: true, claim: "P-ivo"),
    Person(id: "P-ada", name: "Ada", groups: ["agents"], isDutyOfficer: false, claim: "P-ada"),
  ])
  private static let body: JSON = ["workflow": "pay", "reason": "wrong names"]

  private static func word(
    _ person: String = "P-ivo", issuer: String = Person.issuer, workflow: String = "pay", reason: String = "wrong names", at: Int64 = now
  ) -> StopWord {
    StopWord(personIssuer: issuer, person: person, workflow: workflow, reason: reason, issuedAt: at)
  }

  private func status(_ word: StopWord) -> Int {
    do throws(Problem) {
      return try StopRoutes.person(of: word, for: Self.body, Self.people, ["duty-officers"], at: Self.now).id == word.person ? 200 : 0
    } catch { return error.status.code }
  }

  @Test(arguments: [
    (word(), 200), (word(at: now - 60), 200), (word(at: now - 61), 401), (word(at: now + 61), 401), (word(workflow: "*"), 401),
    (word(reason: "another"), 401), (word("P-ada"), 403), (word("P-nobody"), 403), (word(issuer: "https://login.example.com"), 403),
  ])
  func itCountsForExactlyThatStopAndForAMinute(word: StopWord, expected: Int) {
    #expect(status(word) == expected)
  }

  @Test func itIsNoApprovalAndNothingElseIsOne() throws {
    let key = try SigningKey(seed: [UInt8](repeating: 3, count: 32)), keys = KeySet([key.verification])
    let token = try key.sign(Self.word().claims, type: StopWord.type)
    #expect(try StopWord.verify(token, keys: keys) == Self.word())
    #expect(throws: JWSError.self) { try Approval.verify(token, keys: keys) }
    #expect(throws: JWSError.self) { try StopWord.verify(try key.sign(Self.word().claims, type: Approval.type), keys: keys) }
    let another = try SigningKey(seed: [UInt8](repeating: 4, count: 32))
    #expect(throws: JWSError.self) { try StopWord.verify(try another.sign(Self.word().claims, type: StopWord.type), keys: keys) }
  }
}
