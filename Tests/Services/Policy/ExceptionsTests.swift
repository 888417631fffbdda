import Bundles
import Foundation
import Identity
import JSON
import Lanes
import Permits
import Testing
import Wire

@testable import countersign_policy

/// Exceptions in force: known to every lane at once, used to the instant of their end, each use a record.
@Suite struct ExceptionsTests {
  @Test func itRelievesWhileItLastsAndEachUseIsRecorded() throws {
    let lane = try ExceptionalLane()
    #expect(try lane.judge("before") == "review")
    try lane.put(1, [lane.entry("urgent-orders")])
    #expect(try lane.judge("one") == "advisory" && lane.judge("two") == "advisory" && lane.judge("other", quantity: 600) == "review")
    #expect(lane.uses.map(\.caseID) == ["one", "two"] && lane.uses.allSatisfy { $0.exception == "urgent-orders" && $0.waived == ["policy.risk"] })
    #expect(lane.counted["urgent-orders"]?.count == 2)
    lane.pass(ExceptionalLane.life - 0.000_001)
    #expect(try lane.judge("last") == "advisory")
    lane.pass(0.000_001)
    #expect(try lane.judge("late") == "review", "no timer has fired, and it is over")
    #expect(lane.uses.map(\.caseID) == ["one", "two", "last"] && lane.counted["urgent-orders"]?.count == 3)
  }

  @Test func itIsRemindedOfOnceAndItsEndIsTold() throws {
    let lane = try ExceptionalLane()
    try lane.put(1, [lane.entry("urgent-orders"), lane.entry("later", life: ExceptionalLane.life * 2)])
    #expect(lane.timers.map(\.name) == ["reminder", "end"] && lane.notes == [ExceptionsListed.type])
    try lane.fireDue()
    #expect(lane.notes.count == 1)
    lane.pass(ExceptionalLane.life * 0.75)
    try lane.fireDue()
    #expect(lane.notes.suffix(1) == [ExceptionReminded.type])
    lane.pass(ExceptionalLane.life * 0.25)
    try lane.fireDue()
    #expect(lane.notes.suffix(1) == [ExceptionEnded.type] && lane.ended.map(\.why) == ["expired"])
    try lane.put(2, [])
    #expect(lane.ended.map(\.why) == ["expired", "replaced"] && lane.timers.isEmpty)
  }

  @Test func aListThatWasToldIsNotToldAgain() throws {
    let lane = try ExceptionalLane()
    try lane.put(2, [lane.entry("urgent-orders")])
    try lane.tell()
    #expect(lane.notes == [ExceptionsListed.type])
  }

  @Test func aCaseThatRestsOnItIsAskedAboutAnewWhenItEndsBeforeThePermit() throws {
    let lane = try ExceptionalLane()
    try lane.put(1, [lane.entry("urgent-orders")])
    #expect(try lane.judge("case", probability: 0.1) == "review")
    #expect(lane.open("case")?.waivers.map(\.exception) == ["urgent-orders"])
    try lane.approve("case")
    #expect(lane.open("case")?.phase == .releasing)
    lane.pass(ExceptionalLane.life)
    #expect(try lane.fire("release", of: "case") == [ReviewRequested.type])
    let request = try #require(lane.lastReview)
    #expect(request.matches.array?.contains { $0["evidence"]?.string == "exception" } == true)
    #expect(request.matches.array?.allSatisfy { $0["waived"] == nil } == true && lane.open("case")?.waivers == [])
  }

  @Test func aCaseThatRestsOnItGoesOutWhileItLasts() throws {
    let lane = try ExceptionalLane()
    try lane.put(1, [lane.entry("urgent-orders")])
    _ = try lane.judge("case", probability: 0.1)
    try lane.approve("case")
    #expect(try lane.fire("release", of: "case").last == CaseEnded.type)
  }

  @Test func anExceptionThatALaterListDoesNotHoldIsNotInForce() throws {
    let lane = try ExceptionalLane()
    try lane.put(1, [lane.entry("urgent-orders")])
    _ = try lane.judge("case", probability: 0.1)
    try lane.approve("case")
    try lane.put(2, [])
    #expect(try lane.judge("next") == "review")
    #expect(try lane.fire("release", of: "case") == [ReviewRequested.type])
  }

  /// The same name in a later list may say something else: what was approved under it has to be so again.
  @Test func anExceptionThatALaterListMakesNarrowerDoesNotCoverWhatItCovered() throws {
    let lane = try ExceptionalLane()
    try lane.put(1, [lane.entry("urgent-orders")])
    _ = try lane.judge("case", probability: 0.1)
    try lane.approve("case")
    try lane.put(2, [lane.entry("urgent-orders", when: "item.quantity < 0")])
    #expect(try lane.fire("release", of: "case") == [ReviewRequested.type])
    #expect(lane.open("case")?.waivers == [])
    try lane.approve("case")
    #expect(try lane.fire("release", of: "case").last == CaseEnded.type, "and is not asked about for ever")
  }

  /// A clock that is set back makes nothing young again.
  @Test func theLatestTimeThatWasSeenCounts() throws {
    let lane = try ExceptionalLane()
    try lane.put(1, [lane.entry("urgent-orders")])
    try lane.see(clock: ExceptionalLane.life)
    #expect(try lane.judge("case") == "review")
  }
}

/// A list is put in force only as two people have signed it.
@Suite struct ExceptionPutTests {
  static let now = Instant(rfc3339: "2026-11-24T08:00:00Z") ?? Instant(microseconds: 0)
  static let seeds: [(String, UInt8)] = [("P-cleo", 21), ("P-omar", 22), ("P-hana", 23), ("P-cleo-2", 24)]

  static func person(_ id: String, _ group: String, claim: String? = nil) -> Person {
    Person(id: id, name: id, groups: [group], isDutyOfficer: false, claim: claim ?? id)
  }

  static let people = People([
    person("P-cleo", "finance-reviewers"), person("P-omar", "finance-leads"), person("P-hana", "finance-leads"),
    person("P-cleo-2", "finance-leads", claim: "P-cleo"),
  ])

  static func key(_ person: String) throws -> SigningKey {
    let number = try #require(seeds.first { $0.0 == person }).1
    return try SigningKey(seed: [UInt8](repeating: number, count: 32))
  }

  static func keys() throws -> ExceptionKeys {
    let jwks = try seeds.map { name, _ -> JSON in
      var jwk = try key(name).verification.jwk.object ?? JSONObject()
      jwk["person"] = .string(name)
      return .object(jwk)
    }
    return try ExceptionKeys(jwks: ["keys": .array(jwks)])
  }

  static func list(_ version: Int64, approver: String = "P-omar", reason: String = "orders are urgent this week") -> JSON {
    [
      "version": .integer(version),
      "exceptions": [
        [
          "id": "urgent-orders", "workflow": "bench", "when": "item.quantity < 500", "waives": ["policy.risk"],
          "reason": .string(reason), "requester": "P-cleo", "approver": .string(approver), "starts": "2026-11-24T08:00:00Z",
          "expires": "2026-11-25T08:00:00Z",
        ]
      ],
    ]
  }

  static func sign(_ list: JSON, by person: String, as name: String? = nil) throws -> String {
    try ExceptionSignature(person: name ?? person, list: hex(sha256(list.canonical)), version: list["version"]?.integer ?? 0)
      .signed(by: key(person), issuedAt: now.unixSeconds)
  }

  func put(
    _ list: JSON, _ signatures: [String], known: SignedExceptions? = nil, told: Int64 = 0, at now: Instant = now, freezes: Freezes = .none
  ) throws -> Result<SignedExceptions, ExceptionPut.Refused> {
    let put = ExceptionPut(
      bundles: ["bench": try ExceptionalLane.bundle()], keys: try Self.keys(), people: Self.people, groups: ["finance-leads"],
      known: known, told: told, now: now, freezes: freezes)
    do throws(ExceptionPut.Refused) { return .success(try put.checked(list, signatures, by: "P-hana").0) } catch {
      return .failure(error)
    }
  }

  func mistakes(
    _ list: JSON, _ signatures: [String], known: SignedExceptions? = nil, told: Int64 = 0, at now: Instant = now
  ) throws -> [String] {
    switch try put(list, signatures, known: known, told: told, at: now) {
    case .success: []
    case .failure(let refused): refused.mistakes
    }
  }

  @Test func theSignaturesOfRequesterAndApproverSuffice() throws {
    let list = Self.list(1)
    let signed = try put(list, [Self.sign(list, by: "P-cleo"), Self.sign(list, by: "P-omar")]).get()
    #expect(signed.version == 1 && signed.by == "P-hana")
    #expect(try SignedExceptions(JSON.parse(signed.json.canonical)) == signed)
    let switches = Switches().putting(signed, signers: ["P-cleo", "P-omar"])
    #expect(try Switches(JSON.parse(switches.json.canonical)) == switches && switches.unsaid.count == 1)
  }

  @Test func oneSignatureIsNotEnough() throws {
    let list = Self.list(1)
    let said = try mistakes(list, [Self.sign(list, by: "P-cleo")])
    #expect(said.contains { $0.hasPrefix("signatures: those of two different people") })
    #expect(said.contains { $0.hasPrefix("exceptions[0].approver: the signature of P-omar") })
    #expect(try !mistakes(list, []).isEmpty)
    // Twice the same, or two accounts of one person.
    let twice = try [Self.sign(list, by: "P-cleo"), Self.sign(list, by: "P-cleo")]
    #expect(try mistakes(list, twice).contains { $0.hasPrefix("signatures: those of two") })
    let self2 = Self.list(1, approver: "P-cleo-2")
    let own = try mistakes(self2, [Self.sign(self2, by: "P-cleo"), Self.sign(self2, by: "P-cleo-2")])
    #expect(own.contains { $0.hasPrefix("exceptions[0].approver: another person") } && own.contains { $0.hasPrefix("signatures: those of two") })
  }

  @Test func aForgedSignatureIsRefused() throws {
    let list = Self.list(1), other = Self.list(1, reason: "something else")
    let good = try Self.sign(list, by: "P-cleo")
    let stranger = try SigningKey(seed: [UInt8](repeating: 99, count: 32))
    let forged = try ExceptionSignature(person: "P-omar", list: hex(sha256(list.canonical)), version: 1).signed(by: stranger, issuedAt: 0)
    #expect(try mistakes(list, [good, forged]).contains { $0.hasPrefix("signatures[1]: key") })
    #expect(try mistakes(list, [good, Self.sign(list, by: "P-hana", as: "P-omar")]).contains { $0.hasPrefix("signatures[1]: key") })
    #expect(try mistakes(list, [good, Self.sign(other, by: "P-omar")]).contains { $0.hasPrefix("signatures[1]: claims") })
    #expect(try mistakes(list, [good, String(Self.sign(list, by: "P-omar").dropLast(4)) + "AAAA"]).contains { $0.hasPrefix("signatures[1]: ") })
  }

  @Test func whoMayNotApproveIsToldApart() throws {
    let list = Self.list(1, approver: "P-nobody")
    let said = try mistakes(list, [Self.sign(list, by: "P-cleo"), Self.sign(list, by: "P-omar")])
    #expect(said.contains { $0.hasPrefix("exceptions[0].approver: somebody of the people file") })
    var swapped = Self.list(1).object ?? JSONObject()
    swapped["exceptions"] = .array((swapped["exceptions"]?.array ?? []).map { entry in
      var entry = entry.object ?? JSONObject()
      (entry["requester"], entry["approver"]) = ("P-omar", "P-cleo")
      return .object(entry)
    })
    let document = JSON.object(swapped)
    let groups = try mistakes(document, [Self.sign(document, by: "P-cleo"), Self.sign(document, by: "P-omar")])
    #expect(groups.contains { $0.hasPrefix("exceptions[0].approver: somebody of finance-leads") })
  }

  @Test func anOlderListIsNotTakenAgain() throws {
    let list = Self.list(4)
    let signatures = try [Self.sign(list, by: "P-cleo"), Self.sign(list, by: "P-omar")]
    let known = try put(list, signatures).get()
    #expect(try mistakes(list, signatures, known: known).contains { $0.hasPrefix("version: a number above 4") })
    #expect(try mistakes(list, signatures, told: 9).contains { $0.hasPrefix("version: a number above 9") })
    let late = Self.now.adding(seconds: 86_400)
    #expect(try mistakes(list, signatures, at: late).contains { $0.hasPrefix("exceptions[0].expires: a time to come") })
  }

  /// What is in force word for word needs no new signatures of those who asked for it; two people sign every list.
  @Test func whatIsUnchangedStays() throws {
    let list = Self.list(1)
    let known = try put(list, [Self.sign(list, by: "P-cleo"), Self.sign(list, by: "P-omar")]).get()
    let next = Self.list(2)
    #expect(try mistakes(next, [Self.sign(next, by: "P-cleo"), Self.sign(next, by: "P-hana")], known: known) == [])
    let changed = Self.list(2, reason: "still urgent")
    #expect(try mistakes(changed, [Self.sign(changed, by: "P-cleo"), Self.sign(changed, by: "P-hana")], known: known).count == 1)
  }

  /// While a budget is spent nothing new is let through; what is in force stays, and may be taken away.
  @Test func aWorkflowThatIsNotReadyGetsNoNewException() throws {
    let list = Self.list(1)
    let signatures = try [Self.sign(list, by: "P-cleo"), Self.sign(list, by: "P-omar")]
    let spent = BudgetState(workflow: "bench", exhausted: ["people"], because: ["60 % of 20 cases were late by people, 5 % may be"], until: "2026-12-22", at: Self.now)
    let freezes = Freezes([spent])
    guard case .failure(let refused) = try put(list, signatures, freezes: freezes) else { Issue.record("it was taken"); return }
    #expect(refused.mistakes.count == 1)
    let told = try #require(refused.mistakes.first)
    #expect(told.hasPrefix("exceptions[0].workflow: ") && told.contains("its budget people is spent") && told.contains("on 2026-12-22 at the earliest"), "\(told)")
    let known = try put(list, signatures).get()
    let same = Self.list(2), none: JSON = ["version": 3, "exceptions": []]
    for next in [same, none] {
      _ = try put(next, [Self.sign(next, by: "P-cleo"), Self.sign(next, by: "P-omar")], known: known, freezes: freezes).get()
    }
    let other = Freezes([BudgetState(workflow: "another", exhausted: ["audit"], because: ["x"], until: nil, at: Self.now)])
    _ = try put(list, signatures, freezes: other).get()
    #expect(other.refusal("another")?.hasSuffix("nobody can say when that is") == true)
  }

  @Test func aBundleThatTheListDoesNotFitMakesAllOfItUseless() throws {
    let signed = SignedExceptions(version: 1, list: Self.list(1), signatures: [], by: "P-hana", at: Self.now)
    let known = KnownExceptions()
    #expect(known.of("bench", in: signed, [:]).isEmpty)
    #expect(known.fault(in: signed, [:])?.contains("exceptions[0].workflow") == true)
  }
}
