import Bundles
import Domain
import Foundation
import Identity
import JSON
import Permits
import Testing
import Wire
import Workflows

@testable import Lanes
@testable import countersign_policy

/// Sources that changed before a decision: everything is proposed anew, for people, and nothing becomes milder.
@Suite struct LookingAgainTests {
  private static let key = ApprovalsTests.caseID

  /// A case of access-request on a clock of its own; each state is read back as it was stored.
  private final class Lane {
    let tests = ApprovalsTests()
    let decider: PolicyDecider
    let place = DrawPlace.of(lane: 1, among: 4)
    private(set) var state: OpenCase?

    static let record: JSON = ["name": "entitlements", "answered": true, "found": true, "fields": ["person": "P-cleo"], "digest": "00"]

    init(route: String = "sme", editors: [String] = []) throws {
      decider = try tests.decider()
      let bundle = decider.shelf.policy("access-request")?.bundle.hash ?? ""
      let request = ReviewRequested(
        workflow: "access-request", bundle: bundle, template: "B", version: 1, route: route, risk: "high", confidence: nil, parts: [],
        matches: [["rule": "drawn", "gate": "confidence", "code": "sample.drawn", "route": "review", "because": "drawn", "evidence": "draw"]],
        data: ["person": "P-cleo", "requester": "P-asks", "role": "Finance reviewer", "request": "payments", "from": "2026-11-24"],
        output: nil, action: ApprovalsTests.action, actionHash: actionHash(ApprovalsTests.action), current: nil, sources: [Self.record],
        requester: Wire.Requester(id: "P-asks", verified: true),
        quorum: ["of": 2, "branches": [["group": "line-managers", "count": 1], ["group": "security-reviewers", "count": 1]]],
        ladder: [], accountable: "security-lead", undoSeconds: 30, deadline: ApprovalsTests.now.adding(seconds: 86_400), ingested: ApprovalsTests.now,
        payloadHash: "p", draw: "hold 0.080", approvals: [], editors: editors, pre: "old", salt: "old", model: nil, prompt: nil,
        personal: .object(JSONObject()), trusted: true, queue: "security", origin: Origin(source: "iam-portal", item: "AR-1"), stratum: "high/1")
      state = decider.evolve(nil, .review(LookingAgainTests.key, request))?.openCase
    }

    @discardableResult
    func act(_ event: PolicyEvent) throws -> [PolicyRecord] {
      let view = View(states: state.map { [LookingAgainTests.key: PolicyState.open($0)] } ?? [:], wall: ApprovalsTests.now)
      var said: [PolicyRecord] = []
      for case .emit(let record) in try decider.decide(event, view, now: ApprovalsTests.now) {
        said.append(record)
        guard record.key == LookingAgainTests.key else { continue }
        // What goes over the topic and back does the same; a timer's own moment comes from the header, which is not sent here.
        state = decider.evolve(state.map { .open($0) }, record)?.openCase
        try checkStored()
      }
      return said
    }

    private func checkStored() throws {
      guard let state else { return }
      var writer = JSONWriter()
      PolicyState.open(state).write(&writer)
      let read = try PolicyState(JSON.parse(writer.finish(), limits: .stored)).openCase
      #expect(read?.changed == state.changed && read?.editors == state.editors && read?.route == state.route && read?.stratum == state.stratum)
      #expect(read?.preconditionChanges == state.preconditionChanges && read?.timers == state.timers)
    }

    func look(_ sources: [String] = ["entitlements"], version: Int64? = nil) throws -> [PolicyRecord] {
      let body = SourcesChanged(look: String(repeating: "a", count: 32), by: "\(Person.issuer) P-ruth", version: version ?? state?.version ?? 0, sources: sources)
      return try act(.changed(LookingAgainTests.key, body))
    }

    func propose(round: Int64) throws -> ReviewRequested? {
      let fields: JSON = ["person": "P-cleo", "entitlements": []]
      let proposal = ProposalMade(
        workflow: "access-request", round: round, payloadHash: "p", model: "m", modelVersion: "1", promptVersion: "p", calibration: "c",
        output: ["note": "as asked"], action: ["type": "entitlement.grant", "target": "/entitlements/P-cleo", "method": "POST", "path": "/entitlements/P-cleo/grants",
          "body": ["entitlement": "reports.read", "expires": "2026-12-31"]], probability: 0.99, rawScore: 0.99, scoreKind: "margin", retrieval: 1, parts: [],
        sources: [["name": "entitlements", "answered": true, "found": true, "fields": fields, "digest": "01"]], current: fields, pre: "new", salt: "new", findings: [])
      return try act(.proposed(LookingAgainTests.key, proposal, place)).reviews.last
    }

    func approve(_ person: String, _ group: String) throws -> DecisionJudged? {
      let token = try tests.token(state, person, [group])
      let said = try act(.decided(LookingAgainTests.key, DecisionMade(decision: token, action: nil), lanes: 1))
      return said.compactMap { if case .decision(_, let judged) = $0 { judged } else { nil } }.first
    }
  }

  private func refusal(_ said: [PolicyRecord]) -> String? {
    said.compactMap { if case .decision(_, let judged) = $0, judged.result == .refused { judged.code } else { nil } }.first
  }

  @Test func everythingIsFetchedAndProposedAnewAndApprovalsAreVoid() throws {
    let lane = try Lane()
    #expect(try lane.approve("P-ruth", "line-managers")?.result == .counted)
    let said = try lane.look()
    guard case .model(_, let request, _)? = said.first, said.count == 1 else {
      Issue.record("a proposal should be asked for")
      return
    }
    #expect(request.round == 2 && request.changed == ["entitlements"] && request.data["person"] == "P-cleo")
    #expect(lane.state?.phase == .proposing && lane.state?.approvals.isEmpty == true)
    let review = try #require(try lane.propose(round: 2))
    #expect(review.version == 2 && review.pre == "new" && review.sources.array?.first?["digest"] == "01" && review.approvals == [])
    #expect(lane.state?.changed == [] && lane.state?.phase == .reviewing)
  }

  @Test func itIsNoChangeUnderAnExecutorsHands() throws {
    let lane = try Lane()
    for round in Int64(2)...5 {
      _ = try lane.look()
      _ = try lane.propose(round: round)
    }
    #expect(lane.state?.preconditionChanges == 0 && lane.state?.version == 5)
  }

  @Test(arguments: ["review", "sme", "block"]) func nothingGetsMilder(route: String) throws {
    let lane = try Lane(route: route)
    _ = try lane.look()
    let review = try #require(try lane.propose(round: 2))
    let (before, after) = (try #require(Route(rawValue: route)), try #require(Route(rawValue: review.route)))
    #expect(after >= before && after != .auto)
    #expect(["high", "critical"].contains(review.risk) && review.stratum == "high/1" && review.draw == "hold 0.080")
    let matches = review.matches.array ?? []
    let first = try #require(matches.first { $0["rule"] == "sources" })
    #expect(first["code"] == "context.stale" && first["because"]?.string?.contains("entitlements") == true && first["earlier"] == nil)
    #expect(matches.first { $0["rule"] == "drawn" }?["earlier"] == true, "why people were asked is still said")
  }

  @Test func aPersonsEditIsStillTheirs() throws {
    let lane = try Lane(editors: ["\(Person.issuer) P-ruth"])
    _ = try lane.look()
    let review = try #require(try lane.propose(round: 2))
    #expect(review.action == ApprovalsTests.action && review.actionHash == actionHash(ApprovalsTests.action))
    #expect(review.editors == ["\(Person.issuer) P-ruth"] && review.pre == "new")
    let plain = try Lane()
    _ = try plain.look()
    #expect(try plain.propose(round: 2)?.action?["body"]?["entitlement"] == "reports.read", "the model's own proposal is made anew")
  }

  @Test func whereNoProposalComesPeopleAreAskedAllTheSame() throws {
    let lane = try Lane()
    _ = try lane.look()
    let said = try lane.act(.timer(Self.key, name: "model", due: ApprovalsTests.now))
    let review = try #require(said.reviews.last)
    #expect(review.version == 2 && review.stratum == "high/1" && lane.state?.phase == .reviewing)
  }

  @Test func anAnswerMeanwhileIsNotLost() throws {
    let lane = try Lane()
    let id = String(repeating: "1", count: 32)
    _ = try lane.act(.asked(Self.key, QuestionAsked(question: id, by: "\(Person.issuer) P-ruth", words: "Why?", version: 1)))
    _ = try lane.look()
    #expect(lane.state?.question != nil)
    let said = try lane.act(.answered(Self.key, CaseAnswered(source: "iam-portal", item: "AR-1", question: id, words: "For the audit", by: nil), lanes: 1))
    #expect(said.reviews.last?.answers.array?.first?["answer"] == "For the audit")
    #expect(try lane.propose(round: 2) == nil, "the next look finds what is new once more")
    #expect(lane.state?.question == nil && lane.state?.phase == .reviewing)
  }

  @Test func whatCannotBeTakenUpIsRefused() throws {
    let lane = try Lane()
    #expect(refusal(try lane.look(version: 7)) == "decision.version")
    #expect(refusal(try lane.look(["ledger"])) == "look.unknown")
    #expect(refusal(try lane.look([])) == "look.unknown")
    _ = try lane.look()
    #expect(refusal(try lane.look()) == "look.late", "it is under way")
    _ = try lane.propose(round: 2)
    _ = try lane.act(.withdrawn(Self.key, CaseWithdrawn(source: "iam-portal", item: "AR-1", reason: "r")))
    #expect(refusal(try lane.look(version: 2)) == "case.closed")
  }

  /// A decision that was made while they were fetched is of the version before.
  @Test func decisionsOnTheVersionBeforeDoNotCount() throws {
    let lane = try Lane()
    _ = try lane.look()
    #expect(try lane.approve("P-ruth", "line-managers")?.code == "decision.late")
    _ = try lane.propose(round: 2)
    #expect(try lane.approve("P-ruth", "line-managers")?.code == "decision.version")
  }

  @Test func theRequestSaysWhatChangedAndReadsBack() throws {
    let request = ModelRequested(
      workflow: "w", bundle: "b", round: 2, data: [:], payloadHash: "00", proposal: nil, ingested: ApprovalsTests.now, requester: nil, personal: [:],
      deadline: ApprovalsTests.now, changed: ["order", "mails"])
    var writer = JSONWriter()
    request.write(&writer)
    #expect(try ModelRequested(Fields(JSON.parse(writer.finish()))).changed == ["order", "mails"])
  }
}

extension [PolicyRecord] {
  fileprivate var reviews: [ReviewRequested] { compactMap { if case .review(_, let request) = $0 { request } else { nil } } }
}
