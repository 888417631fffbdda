import Foundation
import HTTPTypes
import Host
import Identity
import JSON
import Permits
import Testing
import Wire

@testable import countersign_policy

/// Starting again by people's own keys: for this stop, now, by somebody whom policy knows itself. The reviewer service can make no such word.
@Suite struct StarterTests {
  private static let now: Int64 = 1_795_500_000
  private static let stopped = now * 1_000_000 - 5
  private static let groups = ["duty-officers"]
  private static let people = People([
    Person(id: "P-ivo", name: "Ivo", groups: ["duty-officers"], isDutyOfficer: true, claim: "P-ivo"),
    Person(id: "P-nina", name: "Nina", groups: ["duty-officers"], isDutyOfficer: true, claim: "P-nina"),
    Person(id: "P-ada", name: "Ada", groups: ["agents"], isDutyOfficer: false, claim: "P-ada"),
  ])
  private let policy: SigningKey
  private let device = Device()

  init() throws { policy = try SigningKey(seed: [UInt8](repeating: 3, count: 32)) }

  private func claims(_ person: String = "P-ivo", _ changes: [String: JSON] = [:]) -> JSON {
    var object = JSONObject([
      ("workflow", "pay"), ("stopped", .integer(Self.stopped)), ("person_iss", .string(Person.issuer)), ("sub", .string(person)), ("iat", .integer(Self.now)),
    ])
    for (name, value) in changes { object[name] = value }
    return .object(object)
  }

  private func certificate(_ person: String = "P-ivo", by key: SigningKey? = nil, until: Int64 = now + 3_600) throws -> String {
    try device.certificate(person, by: key ?? policy, from: Self.now - 60, until: until)
  }

  private func starter(
    _ own: String, _ certificate: String, workflow: String = "pay", _ switches: Switches = Switches()
  ) throws(Problem) -> Starter {
    try Starter(
      own: own, certificate: certificate, workflow: workflow, Self.people, Self.groups, switches, keys: KeySet([policy.verification]), at: Self.now)
  }

  private func refusal(_ own: String, _ certificate: String, workflow: String = "pay", _ switches: Switches = Switches()) -> String {
    do throws(Problem) {
      _ = try starter(own, certificate, workflow: workflow, switches)
      return ""
    } catch { return "\(error.status.code) \(error.code)" }
  }

  private func signed(_ claims: JSON, type: String = OwnStart.type) throws -> String { try device.sign(claims, type: type) }

  @Test func aPersonsOwnSignatureCountsForTheStopThatItNames() throws {
    let starter = try starter(signed(claims()), certificate())
    #expect(starter.person.id == "P-ivo" && starter.stopped == Self.stopped && starter.key == device.kid)
    #expect(starter.proof?["own"]?.string?.isEmpty == false)
  }

  @Test func nothingElseCounts() throws {
    let own = try signed(claims()), known = try certificate()
    #expect(refusal(own, known, workflow: "*") == "401 key.claims")
    #expect(try refusal(signed(claims("P-ivo", ["iat": .integer(Self.now - OwnSignature.skew - 1)])), known) == "401 key.claims")
    #expect(try refusal(signed(claims("P-ivo", ["iat": .integer(-9_007_199_254_740_991)])), known) == "401 key.claims")
    #expect(try refusal(own, certificate("P-nina")) == "403 key.person", "one key is one person’s")
    #expect(try refusal(signed(claims("P-nina")), known) == "403 key.person")
    #expect(try refusal(signed(claims("P-ada")), certificate("P-ada")) == "403 forbidden")
    #expect(try refusal(signed(claims("P-nobody")), certificate("P-nobody")) == "403 forbidden")
    #expect(try refusal(own, certificate(until: Self.now - 61)) == "403 key.expired")
    let reviewer = try SigningKey(seed: [UInt8](repeating: 4, count: 32))
    #expect(try refusal(own, certificate(by: reviewer)) == "403 key.signature", "the reviewer vouches for nobody’s key")
    #expect(try refusal(signed(claims(), type: OwnSignature.type), known) == "403 key.signature", "a decision is no start")
    #expect(try refusal(reviewer.sign(claims(), type: OwnStart.type), known) == "403 key.signature")
    #expect(refusal("", "") == "403 key.signature")
    let at = Instant(microseconds: Self.stopped)
    let ended = try #require(Switches().ending(device.kid, of: "P-ivo", until: at.adding(seconds: 7_200), by: "P-ivo", at: at))
    #expect(refusal(own, known, ended) == "403 key.ended")
  }

  @Test func aWordForAnEarlierStopStartsNothing() throws {
    let at = Instant(microseconds: Self.stopped)
    let stopped = try #require(Switches().stopping("pay", reason: "wrong", by: "P-ivo", at: at))
    #expect(stopped.starting("pay", by: "P-ivo", stopped: Self.stopped - 1, at: at, human: { $0 }) == .another)
    guard case .first(let asked, _) = stopped.starting("pay", by: "P-ivo", stopped: Self.stopped, at: at, proof: ["own": "a"], human: { $0 }),
      case .started(let running) = asked.starting("pay", by: "P-nina", stopped: Self.stopped, at: at, proof: ["own": "b"], human: { $0 })
    else {
      Issue.record("it should run again")
      return
    }
    #expect(running.unsaid.map(\.proof) == [nil, ["own": "a"], ["own": "b"]], "the ledger keeps both signatures")
    #expect(try Switches(JSON.parse(running.json.canonical)) == running)
    let again = try #require(running.stopping("pay", reason: "wrong still", by: "P-nina", at: at.adding(seconds: 1)))
    #expect(again.starting("pay", by: "P-ivo", stopped: Self.stopped, at: at.adding(seconds: 2), human: { $0 }) == .another)
  }
}
