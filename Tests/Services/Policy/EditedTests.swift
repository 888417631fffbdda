import Bundles
import Domain
import Foundation
import Identity
import JSON
import Permits
import Storage
import Testing
import Wire
import Workflows

@testable import Lanes
@testable import countersign_policy

/// An edit is a new action: policy judges what it becomes, and whoever made it stays its editor whatever happens to the case.
@Suite struct EditedTests {
  private static let key = ApprovalsTests.caseID

  private static func action(_ entitlement: String) -> JSON {
    [
      "type": "entitlement.grant", "target": "/entitlements/P-cleo", "method": "POST", "path": "/entitlements/P-cleo/grants",
      "body": ["entitlement": .string(entitlement), "expires": "2026-12-31"],
    ]
  }

  /// A harmless request that one line manager may grant; each state is read back as it was stored.
  private final class Lane {
    let live = LivePeople(People(ApprovalsTests.people))
    let decider: PolicyDecider
    private(set) var state: OpenCase?
    private var count = 0

    /// - Parameters:
    ///   - alone: the policy asks for one line manager, whatever it is about.
    ///   - matches: of the case file.
    init(alone: Bool = false, matches: JSON = [], editors: [String] = []) throws {
      let key = try ApprovalsTests.key.get()
      decider = PolicyDecider(
        shelf: try Shelf.open(SQLiteStore(path: ":memory:", readers: 0), folders: [Lane.folder(alone: alone)], now: ApprovalsTests.now),
        signing: [key], reviewers: KeySet([key.verification]), seeds: Seeds(key: [UInt8](repeating: 5, count: 32), seconds: 86_400),
        holders: Holders(intake: "http://intake", modelAdapter: "http://adapter"), clockScale: 1, permitMinutes: 15, people: live)
      let bundle = try #require(decider.shelf.policy("access-request")?.bundle)
      let request = ReviewRequested(
        workflow: "access-request", bundle: bundle.hash, template: "B", version: 1, route: "review", risk: "medium", confidence: 0.89,
        parts: [["name": "model", "value": .number(0.95)], ["name": "retrieval", "value": .number(0.9)]], matches: matches,
        data: ["person": "P-cleo", "requester": "P-asks", "role": "Finance reviewer", "request": "the wiki", "from": "2026-11-24"],
        output: ["privileged": false, "usual_for_role": true, "held_level": "none"], action: EditedTests.action("wiki.read"),
        actionHash: actionHash(EditedTests.action("wiki.read")), current: nil,
        sources: [[
          "name": "entitlements", "answered": true, "found": true, "age": 1,
          "fields": ["person": "P-cleo", "manager": "P-ruth", "grants": [["entitlement": "payments.read"]]],
        ]],
        requester: Wire.Requester(id: "P-asks", verified: true), quorum: ["group": "line-managers", "count": 1], ladder: [],
        accountable: "security-lead", undoSeconds: 30, deadline: ApprovalsTests.now.adding(seconds: 86_400), ingested: ApprovalsTests.now,
        payloadHash: "", draw: "none", approvals: [], editors: editors, pre: nil, salt: nil, model: "m/1", prompt: nil,
        personal: .object(JSONObject()), trusted: true, queue: "access")
      state = decider.evolve(nil, .review(EditedTests.key, request))?.openCase
    }

    private static func folder(alone: Bool) throws -> URL {
      let shipped = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../deploy/workflows/access-request").standardizedFileURL
      guard alone else { return shipped }
      let copy = FileManager.default.temporaryDirectory.appending(path: "edited-\(UUID().uuidString)/access-request")
      try FileManager.default.createDirectory(at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: shipped, to: copy)
      let file = copy.appending(path: "policy.yaml")
      let text = try String(contentsOf: file, encoding: .utf8)
      let begin = try #require(text.range(of: "approvals:\n")), end = try #require(text.range(of: "conflicts:\n"))
      let one = "\(text[..<begin.upperBound])  - when: otherwise\n    need: line-managers\n\(text[end.lowerBound...])"
      try Data(one.utf8).write(to: file)
      return copy
    }

    private func take(_ event: PolicyEvent) throws -> [PolicyRecord] {
      let view = View(states: state.map { [EditedTests.key: PolicyState.open($0)] } ?? [:], wall: ApprovalsTests.now)
      var said: [PolicyRecord] = []
      for case .emit(let record) in try decider.decide(event, view, now: ApprovalsTests.now) {
        said.append(record)
        guard record.key == EditedTests.key else { continue }
        state = decider.evolve(state.map { .open($0) }, record)?.openCase
        guard let state else { continue }
        var writer = JSONWriter()
        state.write(&writer)
        self.state = try OpenCase(JSON.parse(writer.finish(), limits: .stored))
      }
      return said
    }

    func fire(_ timer: String) throws -> [PolicyRecord] { try take(.timer(EditedTests.key, name: timer, due: ApprovalsTests.now)) }

    @discardableResult
    func decide(_ person: String, _ group: String, _ verb: Approval.Verb, edit: String? = nil) throws -> [PolicyRecord] {
      count += 1
      let action = edit.map(EditedTests.action), now = ApprovalsTests.now
      let approval = Approval(
        id: "d-\(count)", caseID: EditedTests.key, version: state?.version ?? 0, verb: verb,
        action: action.map(actionHash) ?? state?.proposal.hash ?? "", view: state?.view ?? "", personIssuer: Person.issuer, person: person,
        groups: [group], strength: "pwd", code: "", words: "", issuedAt: now.unixSeconds, expiresAt: now.unixSeconds + 86_400)
      let token = try ApprovalsTests.key.get().sign(approval.claims, type: Approval.type)
      return try take(.decided(EditedTests.key, DecisionMade(decision: token, action: action), lanes: 1))
    }
  }

  private static let editor = "\(Person.issuer) P-ruth"

  @Test func aHarmlessEditIsOneActOfOnePerson() throws {
    let lane = try Lane()
    try lane.decide("P-ruth", "line-managers", .edit, edit: "vpn.read")
    #expect(lane.state?.phase == .releasing)
    #expect(try lane.fire("release").contains { $0.type == PermitIssued.type })
  }

  /// Asked for is one line manager; what the edit asks for is a privilege, or what nobody may hold.
  @Test(arguments: [true, false], [("vpn.admin", "sme"), ("ledger.write", "block")])
  func anEditThatRaisesTheStakesIsAnotherPersonsToApprove(alone: Bool, edit: (String, String)) throws {
    let lane = try Lane(alone: alone)
    try lane.decide("P-ruth", "line-managers", .edit, edit: edit.0)
    let state = try #require(lane.state)
    #expect(state.phase == .reviewing && state.route == edit.1 && state.editors == [Self.editor] && state.release == nil)
    #expect(try lane.decide("P-ruth", "line-managers", .approve).refusals == ["decision.editor"])
    let said = try lane.decide("P-omar", "line-managers", .approve)
    if edit.1 == "block" {
      #expect(said.outcomes == ["blocked"] && lane.state == nil, "a person confirms that it may not run")
    } else {
      #expect(lane.state?.phase == (alone ? .releasing : .reviewing))
    }
  }

  /// Who edits and then asks for an expert does not become an ordinary approver by that.
  @Test func theEditorStaysOneWhenAnExpertIsAskedFor() throws {
    let lane = try Lane(alone: true)
    try lane.decide("P-ruth", "line-managers", .edit, edit: "vpn.admin")
    try lane.decide("P-ruth", "line-managers", .escalate)
    #expect(lane.state?.editors == [Self.editor] && lane.state?.phase == .reviewing)
    #expect(try lane.decide("P-ruth", "line-managers", .approve).refusals == ["decision.editor"])
    #expect(try lane.decide("P-omar", "line-managers", .approve).refusals == [])
  }

  @Test func theEditorStaysOneWhenPeopleAreAskedAnew() throws {
    let lane = try Lane(editors: [Self.editor])
    try lane.decide("P-omar", "line-managers", .approve)
    #expect(lane.state?.phase == .releasing)
    lane.live.replace(with: People(ApprovalsTests.people.filter { $0.id != "P-omar" }))
    #expect(try lane.fire("release").map(\.type) == [ReviewRequested.type])
    #expect(lane.state?.editors == [Self.editor])
    #expect(try lane.decide("P-ruth", "line-managers", .approve).refusals == ["decision.editor"])
  }

  /// Who must approve follows from the route that an escalation gives, not from the one before.
  @Test func anExpertsApprovalIsNeededOnceOneIsAskedFor() throws {
    let lane = try Lane()
    try lane.decide("P-ruth", "line-managers", .escalate)
    #expect(lane.state?.route == "sme" && lane.state?.quorum["of"] == 2)
    try lane.decide("P-omar", "line-managers", .approve)
    #expect(lane.state?.phase == .reviewing, "a security reviewer is missing")
    try lane.decide("P-ines", "security-reviewers", .approve)
    #expect(lane.state?.phase == .releasing)
  }

  /// What others found about the case is not forgotten because the model is not asked again.
  @Test(arguments: [Approval.Verb.edit, .escalate])
  func whatWasFoundStaysWithTheCase(verb: Approval.Verb) throws {
    let found: JSON = [
      "rule": "finding.context.conflict", "gate": "context", "code": "context.conflict", "route": "sme",
      "because": "owner: two records name different ones", "evidence": "owner",
    ]
    let lane = try Lane(matches: [found])
    let said = try lane.decide("P-ruth", "line-managers", verb, edit: verb == .edit ? "vpn.read" : nil)
    let file = try #require(said.compactMap { if case .review(_, let request) = $0 { request } else { nil } }.last)
    let told = (file.matches.array ?? []).filter { $0["code"] == "context.conflict" }
    #expect(told.count == 1 && told.first?["route"] == "sme" && told.first?["because"] == found["because"])
    #expect(file.route == "sme" && file.quorum["of"] == 2)
  }

  @Test func whatMayNotRunGetsNoPermitWhoeverHasApprovedIt() throws {
    let it = try StoppableCase()
    try it.approve()
    it.edit { $0.route = "block" }
    #expect(try it.fire("release").map(\.type) == [ReviewRequested.type])
    #expect(it.state?.phase == .reviewing)
  }
}

extension [PolicyRecord] {
  fileprivate var refusals: [String] {
    compactMap { if case .decision(_, let judged) = $0, judged.result == .refused { judged.code } else { nil } }
  }

  fileprivate var outcomes: [String] {
    compactMap { if case .ended(_, let ended, _) = $0 { ended.outcome } else { nil } }
  }
}
