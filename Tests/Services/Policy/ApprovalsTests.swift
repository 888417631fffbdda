import Bundles
import Foundation
import Identity
import JSON
import Lanes
import Permits
import Storage
import Testing
import Wire
import Workflows

@testable import countersign_policy

/// Who may take part in a decision is for policy to say, whatever the reviewer service thinks.
@Suite struct ApprovalsTests {
  static let caseID = "01a20c93-e606-71e1-ac02-b6790b57db40"
  static let now = Instant(microseconds: 1_795_500_000_000_000)
  static let key = Result { try SigningKey(seed: [UInt8](repeating: 3, count: 32)) }
  static let action: JSON = [
    "type": "entitlement.grant", "target": "/entitlements/P-cleo", "method": "POST", "path": "/entitlements/P-cleo/grants",
    "body": ["entitlement": "payments.release", "expires": "2026-12-31"],
  ]

  static func person(_ id: String, _ groups: String..., claim: String? = nil) -> Person {
    Person(id: id, name: id, groups: groups, isDutyOfficer: false, claim: claim ?? id)
  }

  static let people = [
    person("P-ruth", "line-managers"), person("P-ruth-2", "security-reviewers", claim: "P-ruth"),
    person("P-ines", "security-reviewers"), person("P-joel", "security-reviewers"), person("P-omar", "line-managers"),
    person("P-cleo", "line-managers"), person("P-asks", "line-managers"), person("P-asks-2", "line-managers", claim: "P-asks"),
    person("P-ended", "guests"),
  ]

  let live = LivePeople(People(Self.people))

  func decider(signing: [SigningKey]? = nil) throws -> PolicyDecider {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../deploy/workflows/access-request").standardizedFileURL
    let key = try Self.key.get()
    return PolicyDecider(
      shelf: try Shelf.open(SQLiteStore(path: ":memory:", readers: 0), folders: [folder], now: Self.now), signing: signing ?? [key],
      reviewers: KeySet([key.verification]), seeds: Seeds(key: [UInt8](repeating: 5, count: 32), seconds: 86_400),
      holders: Holders(intake: "http://intake", modelAdapter: "http://adapter"), clockScale: 1, permitMinutes: 15, people: live)
  }

  /// A case that waits for a line manager and a security reviewer.
  func open(_ decider: PolicyDecider, editors: [String] = []) -> OpenCase? {
    let bundle = decider.shelf.policy("access-request")?.bundle.hash ?? ""
    let request = ReviewRequested(
      workflow: "access-request", bundle: bundle, template: "B", version: 1, route: "sme", risk: "high", confidence: nil,
      parts: [], matches: [],
      data: ["person": "P-cleo", "requester": "P-asks", "role": "Finance reviewer", "request": "payments", "from": "2026-11-24"],
      output: nil, action: Self.action, actionHash: actionHash(Self.action), current: nil, sources: [],
      requester: Wire.Requester(id: "P-asks", verified: true),
      quorum: [
        "of": 2,
        "branches": [["group": "line-managers", "count": 1], ["group": "security-reviewers", "count": 1]],
      ], ladder: [], accountable: "security-lead", undoSeconds: 30, deadline: Self.now.adding(seconds: 86_400),
      ingested: Self.now, payloadHash: "", draw: "none", approvals: [], editors: editors, pre: nil, salt: nil, model: nil,
      prompt: nil, personal: .object(JSONObject()), trusted: true, queue: "security")
    return decider.evolve(nil, .review(Self.caseID, request))?.openCase
  }

  func token(
    _ state: OpenCase?, _ person: String, _ groups: [String], id: String = "d", view: String? = nil, at: Instant = Self.now,
    issuer: String = Person.issuer
  ) throws -> String {
    let approval = Approval(
      id: "\(id)-\(person)", caseID: Self.caseID, version: 1, verb: .approve, action: actionHash(Self.action),
      view: view ?? state?.view ?? "", personIssuer: issuer, person: person, groups: groups, strength: "pwd", code: "",
      words: "", issuedAt: at.unixSeconds, expiresAt: at.unixSeconds + 365 * 86_400)
    return try Self.key.get().sign(approval.claims, type: Approval.type)
  }

  /// The case after a decision, and what policy said of it.
  func count(
    _ decider: PolicyDecider, _ state: OpenCase?, _ token: String, wall: Instant = Self.now
  ) throws -> (OpenCase?, DecisionJudged) {
    let view = View(states: state.map { [Self.caseID: PolicyState.open($0)] } ?? [:], wall: wall)
    let decided = PolicyEvent.decided(Self.caseID, DecisionMade(decision: token, action: nil), lanes: 1)
    let outputs = try decider.decide(decided, view, now: Self.now)
    var state = state
    var judged: DecisionJudged?
    for case .emit(let record) in outputs {
      state = decider.evolve(state.map { .open($0) }, record)?.openCase
      if case .decision(_, let body) = record { judged = body }
    }
    return (state, try #require(judged))
  }

  @Test func twoDifferentPeopleSuffice() throws {
    let decider = try decider(), state = open(decider)
    let (after, first) = try count(decider, state, token(state, "P-ruth", ["line-managers"]))
    #expect(first.result == .counted)
    let (_, second) = try count(decider, after, token(after, "P-ines", ["security-reviewers"]))
    #expect(second.result == .complete)
  }

  struct Attempt: Sendable, CustomTestStringConvertible {
    let person: String
    let groups: [String]
    let code: String
    var view: String?
    var secondsAgo: Double = 0
    var testDescription: String { "\(person) \(code)" }
  }

  @Test(arguments: [
    Attempt(person: "P-asks", groups: ["line-managers"], code: "decision.requester"),
    Attempt(person: "P-asks-2", groups: ["line-managers"], code: "decision.requester"),
    Attempt(person: "P-ruth", groups: ["line-managers"], code: "decision.person"),
    Attempt(person: "P-ruth-2", groups: ["security-reviewers"], code: "decision.person"),
    Attempt(person: "P-ended", groups: ["security-reviewers"], code: "decision.role"),
    Attempt(person: "P-nobody", groups: ["security-reviewers"], code: "decision.unknown"),
    Attempt(person: "P-ines", groups: ["guests"], code: "decision.group"),
    Attempt(person: "P-cleo", groups: ["line-managers"], code: "decision.conflict"),
    Attempt(person: "P-ines", groups: ["security-reviewers"], code: "decision.view", view: "another"),
    Attempt(person: "P-ines", groups: ["security-reviewers"], code: "decision.expired", secondsAgo: 86_401),
  ])
  func whoMayNotIsRefusedUnderACodeOfItsOwn(_ attempt: Attempt) throws {
    let decider = try decider()
    let (state, first) = try count(decider, open(decider), token(open(decider), "P-ruth", ["line-managers"], id: "first"))
    #expect(first.result == .counted)
    let made = try token(
      state, attempt.person, attempt.groups, view: attempt.view, at: Self.now.adding(seconds: -attempt.secondsAgo))
    let (after, judged) = try count(decider, state, made)
    #expect(judged.result == .refused && judged.code == attempt.code)
    #expect(after?.approvals.count == 1)
  }

  /// With an identity provider people are named by it: the same id of another issuer is nobody.
  @Test func namesOfAnotherIssuerAreNobodys() throws {
    let decider = try decider(), state = open(decider)
    live.replace(with: People(Self.people.map {
      Person(id: $0.id, name: $0.name, groups: $0.groups, isDutyOfficer: false, claim: $0.claim, issuer: "https://login.example.com")
    }, issuer: "https://login.example.com"))
    defer { live.replace(with: People(Self.people)) }
    let (_, judged) = try count(decider, state, token(state, "P-ruth", ["line-managers"]))
    #expect(judged.result == .refused && judged.code == "decision.unknown")
    let ours = try token(state, "P-ruth", ["line-managers"], issuer: "https://login.example.com")
    let (after, counted) = try count(decider, state, ours)
    #expect(counted.result == .counted)
    let twice = try token(after, "P-ruth-2", ["security-reviewers"], issuer: "https://login.example.com")
    #expect(try count(decider, after, twice).1.code == "decision.person", "two accounts of one human being")
    let asked = try token(after, "P-asks-2", ["line-managers"], issuer: "https://login.example.com")
    #expect(try count(decider, after, asked).1.code == "decision.requester")
  }

  @Test func aWallClockSetBackMakesNoDecisionYoungerAgain() throws {
    let decider = try decider(), state = open(decider)
    let old = try token(state, "P-ruth", ["line-managers"], at: Self.now.adding(seconds: -90_000))
    let (_, judged) = try count(decider, state, old, wall: Self.now.adding(seconds: -80_000))
    #expect(judged.code == "decision.expired")
  }

  @Test func theEditorIsBarredUnderEitherAccount() throws {
    let decider = try decider(), state = open(decider, editors: ["\(Person.issuer) P-ruth"])
    for (person, group) in [("P-ruth", "line-managers"), ("P-ruth-2", "security-reviewers")] {
      #expect(try count(decider, state, token(state, person, [group])).1.code == "decision.editor")
    }
  }

  @Test func aRoleThatEndsBeforeThePermitGoesOutGivesNone() throws {
    let it = try StoppableCase(), people = it.people
    try it.approve()
    people.replace(with: People(Self.people.filter { $0.id != "P-ruth" } + [Self.person("P-ruth", "guests")]))
    guard case .review(_, let anew) = try #require(try it.fire("release").first) else {
      Issue.record("people should be asked anew")
      return
    }
    #expect(anew.version == 2 && anew.matches.array?.contains { $0["evidence"] == "approvals" } == true)
    #expect(it.state?.phase == .reviewing && it.state?.approvals == [])
  }

  /// Whoever writes into policy's database does not get another action past the people.
  @Test(arguments: ["action", "hash", "both", "nobody", "token"])
  func whatStandsInTheDatabaseIsNotBelieved(_ change: String) throws {
    let it = try StoppableCase()
    try it.approve()
    var other = Self.action.object ?? JSONObject()
    other["body"] = ["entitlement": "everything", "expires": "2099-12-31"]
    it.edit { state in
      switch change {
      case "action": state.proposal.action = .object(other)
      case "hash": state.proposal.hash = actionHash(.object(other))
      case "both": (state.proposal.action, state.proposal.hash) = (.object(other), actionHash(.object(other)))
      case "nobody": state.approvals = []
      default: state.approvals = state.approvals.map { OpenCase.Counted(id: $0.id, token: $0.token + "x", person: $0.person) }
      }
    }
    #expect(try it.fire("release").map(\.type) == [ReviewRequested.type])
  }

  @Test func aRoleThatEndsAfterItsApprovalCountsNoMore() throws {
    let decider = try decider(), state = open(decider)
    let (after, _) = try count(decider, state, token(state, "P-ruth", ["line-managers"]))
    live.replace(with: People(Self.people.filter { $0.id != "P-ruth" } + [Self.person("P-ruth", "guests")]))
    let (later, second) = try count(decider, after, token(after, "P-ines", ["security-reviewers"]))
    #expect(second.result == .counted)
    let (_, third) = try count(decider, later, token(later, "P-omar", ["line-managers"]))
    #expect(third.result == .complete)
  }
}
