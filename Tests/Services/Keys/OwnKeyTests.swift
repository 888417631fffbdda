import Foundation
import Identity
import JSON
import Lanes
import Permits
import Storage
import Testing
import Wire

@testable import countersign_policy

/// The reviewer's key alone decides nothing where people sign for themselves.
@Suite struct OwnKeyTests {
  static let base = ApprovalsTests.self
  let approvals = ApprovalsTests()
  let ruth = Device(), ines = Device()

  func decider(_ keys: DecisionKeys = .high, stops: Stops = Stops()) throws -> PolicyDecider {
    var decider = try approvals.decider()
    decider.decisionKeys = keys
    decider.stops = stops
    return decider
  }

  /// How a decision may fall short of what the person signed.
  struct Change: Sendable, CustomTestStringConvertible {
    let name: String
    let code: String
    var signer: String = "own"
    var claims: [String: JSON] = [:]
    var header: [String: JSON] = [:]
    var person = "P-ruth"
    var certified = "P-ruth"
    var byStranger = false
    var ended = false
    var secondsLeft: Int64 = 3600
    var testDescription: String { name }
  }

  static let changes: [Change] = [
    Change(name: "the reviewer's key alone", code: "key.missing", signer: "none"),
    Change(name: "a certificate without a signature", code: "key.missing", signer: "half"),
    Change(name: "a certificate that the reviewer made itself", code: "key.unknown", byStranger: true),
    Change(name: "a key of somebody else's", code: "key.person", certified: "P-ines"),
    Change(name: "another key under the person's certificate", code: "key.signature", signer: "other"),
    Change(name: "alg none", code: "key.signature", header: ["alg": "none"]),
    Change(name: "alg HS256", code: "key.signature", header: ["alg": "HS256"]),
    Change(name: "alg RS256", code: "key.signature", header: ["alg": "RS256"]),
    Change(name: "a key that comes along", code: "key.signature", header: ["jwk": ["kty": "EC"]]),
    Change(name: "another kind of token", code: "key.signature", header: ["typ": "countersign-key-end+jwt"]),
    Change(name: "another view", code: "key.claims", claims: ["view": "another"]),
    Change(name: "another version", code: "key.claims", claims: ["version": 2]),
    Change(name: "another action", code: "key.claims", claims: ["act": "00"]),
    Change(name: "another case", code: "key.claims", claims: ["case": "01a20c93-e606-71e1-ac02-b6790b57db41"]),
    Change(name: "a rejection", code: "key.claims", claims: ["verb": "reject"]),
    Change(name: "another reason", code: "key.claims", claims: ["code": "confirmed_block"]),
    Change(name: "in another's name", code: "key.claims", claims: ["sub": "P-ines"]),
    Change(name: "of last night", code: "key.claims", claims: ["iat": .integer(base.now.unixSeconds - 40_000)]),
    Change(name: "the second use of one signature", code: "key.claims", claims: ["jti": "another-signature-0123"]),
    Change(name: "a key that was taken out of use", code: "key.ended", ended: true),
    Change(name: "a key whose time is over", code: "key.expired", secondsLeft: -61),
  ]

  static let jti = "0123456789abcdef0123456789abcdef"

  /// A decision as the reviewer's key signs it, with what the person signed.
  func decision(_ state: OpenCase?, _ change: Change, _ group: String = "line-managers", by device: Device? = nil, jti: String = jti) throws -> String {
    let device = device ?? ruth, now = Self.base.now.unixSeconds
    func approval(_ signature: String?, _ certificate: String?) -> Approval {
      Approval(
        id: Approval.id(of: jti, caseID: Self.base.caseID, version: 1, person: "\(Person.issuer) \(change.person)"), caseID: Self.base.caseID,
        version: 1, verb: .approve, action: actionHash(Self.base.action), view: state?.view ?? "", personIssuer: Person.issuer, person: change.person,
        groups: [group], strength: "pwd", code: "", words: "", issuedAt: now, expiresAt: now + 86_400, signature: signature, certificate: certificate)
    }
    let reviewer = try Self.base.key.get()
    guard change.signer != "none" else { return try reviewer.sign(approval(nil, nil).claims, type: Approval.type) }
    let authority = change.byStranger ? try SigningKey(seed: [UInt8](repeating: 9, count: 32)) : reviewer
    let certificate = try device.certificate(change.certified, by: authority, from: now - 60, until: now + change.secondsLeft)
    guard change.signer != "half" else { return try reviewer.sign(approval(nil, certificate).claims, type: Approval.type) }
    var header = change.header
    if change.signer == "other" { header["kid"] = .string(device.kid) }
    let signer = change.signer == "other" ? ines : device
    let signature = try signer.sign(Device.claims(of: approval(nil, nil), jti: jti, change.claims), header: header)
    return try reviewer.sign(approval(signature, certificate).claims, type: Approval.type)
  }

  @Test func whatThePersonSignedCounts() throws {
    let decider = try decider(), state = approvals.open(decider)
    let (after, first) = try approvals.count(decider, state, decision(state, Change(name: "", code: "")))
    #expect(first.result == .counted, "\(first.reason)")
    let second = Change(name: "", code: "", person: "P-ines", certified: "P-ines")
    let (_, last) = try approvals.count(decider, after, decision(after, second, "security-reviewers", by: ines))
    #expect(last.result == .complete, "\(last.reason)")
  }

  @Test(arguments: changes)
  func whatThePersonDidNotSignIsRefusedUnderACodeOfItsOwn(_ change: Change) throws {
    let stops = Stops()
    try StopsTests().withStore { store in
      try stops.open(store)
      if change.ended {
        _ = try stops.change(store) { $0.ending(ruth.kid, of: "P-ruth", until: Self.base.now.adding(seconds: 7_200), by: "P-ruth", at: Self.base.now) }
      }
      let decider = try decider(stops: stops), state = approvals.open(decider)
      let (after, judged) = try approvals.count(decider, state, decision(state, change))
      #expect(judged.result == .refused && judged.code == change.code, "\(judged.code): \(judged.reason)")
      #expect(after?.approvals.isEmpty == true)
      #expect(after?.phase == .reviewing)
    }
  }

  /// What a person took back, the reviewer cannot bring again.
  @Test func aSignatureThatWasTakenBackCountsNoMore() throws {
    let decider = try decider(), state = approvals.open(decider), token = try decision(state, Change(name: "", code: ""))
    let (counted, judged) = try approvals.count(decider, state, token)
    #expect(judged.result == .counted)
    let view = View(states: [Self.base.caseID: try PolicyState.open(#require(counted))], wall: Self.base.now)
    var undone = counted
    for case .emit(let record) in try decider.decide(
      .undone(Self.base.caseID, DecisionUndone(decision: judged.decision, by: "P-ruth"), lanes: 1), view, now: Self.base.now)
    {
      undone = decider.evolve(undone.map { .open($0) }, record)?.openCase
    }
    #expect(undone?.approvals == [] && undone?.undone == [judged.decision])
    let (_, again) = try approvals.count(decider, undone, token)
    #expect(again.result == .refused && again.code == "decision.undone")
    let (_, anew) = try approvals.count(decider, undone, decision(undone, Change(name: "", code: ""), jti: "fedcba9876543210fedcba9876543210"))
    #expect(anew.result == .counted, "\(anew.reason)")
  }

  /// A key that is taken out of use takes along what it signed and nobody has acted on.
  @Test func aKeyThatEndsTakesItsApprovalsAlong() throws {
    let stops = Stops()
    try StopsTests().withStore { store in
      try stops.open(store)
      let decider = try decider(stops: stops), state = approvals.open(decider)
      let (after, first) = try approvals.count(decider, state, decision(state, Change(name: "", code: "")))
      #expect(first.result == .counted)
      _ = try stops.change(store) { $0.ending(ruth.kid, of: "P-ruth", until: Self.base.now.adding(seconds: 7_200), by: "P-ivo", at: Self.base.now) }
      let other = Change(name: "", code: "", person: "P-ines", certified: "P-ines")
      let (_, second) = try approvals.count(decider, after, decision(after, other, "security-reviewers", by: ines))
      #expect(second.result == .counted, "two would have sufficed; the first counts no more")
      let told = try #require(stops.now.unsaid.last?.what)
      #expect(told == "P-ivo took the key \(ruth.kid) of P-ruth out of use", "the ledger hears of it")
    }
  }

  @Test func whereNothingIsAskedForASignatureMustStillBeRight() throws {
    let decider = try decider(.accepted), state = approvals.open(decider)
    #expect(try approvals.count(decider, state, decision(state, Self.changes[0])).1.result == .counted)
    let wrong = try #require(Self.changes.first { $0.name == "another view" })
    #expect(try approvals.count(decider, state, decision(state, wrong)).1.code == "key.claims")
    #expect(!DecisionKeys.high.isNeeded(at: "medium") && DecisionKeys.high.isNeeded(at: "critical") && DecisionKeys.high.isNeeded(at: "?"))
    #expect(DecisionKeys.required.isNeeded(at: "low") && !DecisionKeys.accepted.isNeeded(at: "critical"))
  }

  /// Executors check by the same rules, from what the permit brings.
  @Test func anExecutorSeesWhoSigned() throws {
    let keys = KeySet([try Self.base.key.get().verification]), state = approvals.open(try decider())
    func approval(_ change: Change) throws -> Approval { try Approval.verify(decision(state, change), keys: keys) }
    #expect(try approval(Change(name: "", code: "")).verifyOwn(policy: keys))
    #expect(try !approval(Self.changes[0]).verifyOwn(policy: keys))
    for change in Self.changes where !["none"].contains(change.signer) && !change.ended && change.secondsLeft > 0 {
      #expect(throws: JWSError.self, "\(change.name)") { _ = try approval(change).verifyOwn(policy: keys) }
    }
  }
}
