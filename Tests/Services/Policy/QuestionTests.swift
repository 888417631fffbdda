import Bundles
import Domain
import Foundation
import Identity
import JSON
import Messaging
import Permits
import Testing
import Wire
import Workflows

@testable import Lanes
@testable import countersign_policy

/// A question to whoever asked: the reviewers' clock stands still for a day at most and twice at most, the answer is part of
/// the case file and voids what was approved without it, and silence never approves.
@Suite struct QuestionTests {
  private static let key = ApprovalsTests.caseID
  private static let ids = ["1", "2", "3"].map { String(repeating: $0, count: 32) }

  /// A case of access-request on a clock of its own; each state is read back as it was stored.
  private final class Lane {
    let tests = ApprovalsTests()
    let decider: PolicyDecider
    var now = ApprovalsTests.now
    private(set) var state: OpenCase?

    init(origin: Origin? = Origin(source: "hr-portal", item: "AR-1"), route: String = "sme") throws {
      decider = try tests.decider()
      let bundle = decider.shelf.policy("access-request")?.bundle.hash ?? ""
      let request = ReviewRequested(
        workflow: "access-request", bundle: bundle, template: "B", version: 1, route: route, risk: "high", confidence: nil, parts: [],
        matches: [["rule": "drawn", "gate": "confidence", "code": "sample.drawn", "route": "review", "because": "drawn", "evidence": "draw"]],
        data: ["person": "P-cleo", "requester": "P-asks", "role": "Finance reviewer", "request": "payments", "from": "2026-11-24"],
        output: nil, action: ApprovalsTests.action, actionHash: actionHash(ApprovalsTests.action), current: nil, sources: [],
        requester: Wire.Requester(id: "P-asks", verified: true),
        quorum: ["of": 2, "branches": [["group": "line-managers", "count": 1], ["group": "security-reviewers", "count": 1]]],
        ladder: [], accountable: "security-lead", undoSeconds: 30, deadline: now.adding(seconds: 86_400), ingested: now, payloadHash: "",
        draw: "hold 0.080", approvals: [], editors: [], pre: nil, salt: nil, model: nil, prompt: nil, personal: .object(JSONObject()),
        trusted: true, queue: "security", origin: origin, stratum: "high/1", nearHash: "near")
      state = decider.evolve(nil, .review(QuestionTests.key, request))?.openCase
    }

    @discardableResult
    func act(_ event: PolicyEvent) throws -> [PolicyRecord] {
      let view = View(states: state.map { [QuestionTests.key: PolicyState.open($0)] } ?? [:], wall: now)
      var said: [PolicyRecord] = []
      for case .emit(let record) in try decider.decide(event, view, now: now) {
        said.append(record)
        // What lanes remember of samples stands under keys of its own.
        guard record.key == QuestionTests.key else { continue }
        state = decider.evolve(state.map { .open($0) }, record)?.openCase
      }
      if let state {
        var writer = JSONWriter()
        PolicyState.open(state).write(&writer)
        let read = try PolicyState(JSON.parse(writer.finish(), limits: .stored)).openCase
        #expect(read?.question == state.question && read?.questions == state.questions && read?.answers == state.answers)
        #expect(read?.matches == state.matches && read?.queue == state.queue && read?.deadline == state.deadline)
        #expect(read?.timers == state.timers)
      }
      return said
    }

    func take(_ record: PolicyRecord) { state = decider.evolve(state.map { .open($0) }, record)?.openCase }

    func ask(_ number: Int = 0, version: Int64? = nil) throws -> [PolicyRecord] {
      let asked = QuestionAsked(question: QuestionTests.ids[number], by: "\(Person.issuer) P-ruth", words: "Why?", version: version ?? state?.version ?? 0)
      return try act(.asked(QuestionTests.key, asked))
    }

    func answer(_ number: Int = 0) throws -> [PolicyRecord] {
      let body = CaseAnswered(source: "hr-portal", item: "AR-1", question: QuestionTests.ids[number], words: "For the audit", by: "P-asks")
      return try act(.answered(QuestionTests.key, body, lanes: 1))
    }

    func approve(_ person: String, _ group: String) throws -> DecisionJudged? {
      let approval = Approval(
        id: "d-\(person)-\(state?.version ?? 0)", caseID: QuestionTests.key, version: state?.version ?? 0, verb: .approve,
        action: actionHash(ApprovalsTests.action), view: state?.view ?? "", personIssuer: Person.issuer, person: person, groups: [group],
        strength: "pwd", code: "", words: "", issuedAt: now.unixSeconds, expiresAt: now.unixSeconds + 86_400)
      let token = try ApprovalsTests.key.get().sign(approval.claims, type: Approval.type)
      let said = try act(.decided(QuestionTests.key, DecisionMade(decision: token, action: nil), lanes: 1))
      return said.compactMap { if case .decision(_, let judged) = $0 { judged } else { nil } }.first
    }

    func fire(_ name: String) throws -> [PolicyRecord] { try act(.timer(QuestionTests.key, name: name, due: now)) }
  }

  private func refusal(_ said: [PolicyRecord]) -> String? {
    said.compactMap { if case .decision(_, let judged) = $0, judged.result == .refused { judged.code } else { nil } }.first
  }

  @Test func theQuestionGoesToTheProducerAndNamesNoReviewer() throws {
    let lane = try Lane()
    guard case .question(_, let put) = try #require(lane.ask().first) else {
      Issue.record("the question should go out")
      return
    }
    #expect(put.origin == Origin(source: "hr-portal", item: "AR-1") && put.until == lane.now.adding(seconds: 86_400))
    var writer = JSONWriter()
    put.write(&writer)
    #expect(!String(decoding: writer.finish(), as: UTF8.self).contains("P-ruth"))
    #expect(lane.state?.timers.map(\.name) == ["answer"], "the time of those who decide stands still")
  }

  @Test func theAnswerIsANewCaseFileAndVoidsWhatWasApproved() throws {
    let lane = try Lane()
    #expect(try lane.approve("P-ruth", "line-managers")?.result == .counted)
    let before = lane.state
    _ = try lane.ask()
    lane.now = lane.now.adding(seconds: 3_600)
    let said = try lane.answer()
    guard case .review(_, let request)? = said.last else {
      Issue.record("people should be asked anew")
      return
    }
    #expect(request.version == 2 && lane.state?.view != before?.view && lane.state?.approvals.isEmpty == true)
    let answer = try #require(request.answers.array?.first)
    #expect(answer["answer"] == "For the audit" && answer["by"] == "P-asks" && answer["source"] == "hr-portal" && answer["words"] == "Why?")
    #expect(answer["answered"]?.integer == lane.now.microseconds)
    #expect(request.deadline == before?.deadline.adding(seconds: 3_600), "the deadline moves on by the pause")
    #expect(lane.state?.question == nil && lane.state?.timers.map(\.name) == ["deadline"])
    #expect(try lane.approve("P-ines", "security-reviewers")?.result == .counted, "the first one has to look again")
    #expect(try lane.answer().isEmpty, "the same answer again changes nothing")
  }

  @Test func nothingGetsMilderWithAnAnswer() throws {
    for route in ["sme", "review", "block"] {
      let lane = try Lane(route: route)
      _ = try lane.ask()
      guard case .review(_, let request)? = try lane.answer().last else {
        Issue.record("people should be asked anew")
        return
      }
      #expect(Route(rawValue: request.route).map { $0 >= Route(rawValue: route)! } == true, "\(route) became \(request.route)")
      #expect(["high", "critical"].contains(request.risk) && request.stratum == "high/1" && request.draw == "hold 0.080" && request.nearHash == "near")
      #expect(request.matches.array?.contains { $0["code"] == "sample.drawn" } == true, "why people were asked is still said")
    }
  }

  @Test func silenceRejects() throws {
    let lane = try Lane()
    _ = try lane.ask()
    lane.now = lane.now.adding(seconds: 86_400)
    let said = try lane.fire("answer")
    guard case .closed = said.first, case .ended(_, let ended, _)? = said.last else {
      Issue.record("the case should end")
      return
    }
    #expect(ended.outcome == "rejected" && ended.code == "requester.silent" && lane.state == nil)
  }

  @Test func anAnswerStopsWhatWasDecidedMeanwhile() throws {
    let lane = try Lane()
    _ = try lane.ask()
    _ = try lane.approve("P-ruth", "line-managers")
    #expect(try lane.approve("P-ines", "security-reviewers")?.result == .complete)
    #expect(lane.state?.phase == .releasing)
    let said = try lane.answer()
    #expect(said.map(\.type) == [SampleJudged.type, ReviewRequested.type], "the sample's verdict is taken back with it")
    #expect(lane.state?.phase == .reviewing && lane.state?.approvals.isEmpty == true && lane.state?.sampleConforms == nil)
  }

  @Test func aMishapWithAMessageEndsTheWait() throws {
    let lane = try Lane()
    _ = try lane.ask()
    let failure = Failure(source: TopicPartition("decisions", 0), offset: 1, type: "t", subject: Self.key, code: "body", reason: "r")
    for case .review(_, let bare) in lane.decider.failed(failure, lane.state.map { .open($0) }) { lane.take(.review(Self.key, bare)) }
    #expect(lane.state?.isBare == true && lane.state?.question == nil && lane.state?.timers.map(\.name) == ["deadline"])
    #expect(try lane.answer().isEmpty, "what nobody could read is not given back by an answer")
  }

  @Test func whatPolicyDoesNotPassOnIsRefused() throws {
    let lane = try Lane()
    #expect(refusal(try lane.ask(version: 7)) == "decision.version")
    _ = try lane.ask(0)
    #expect(refusal(try lane.ask(1)) == "question.open")
    _ = try lane.answer(0)
    _ = try lane.ask(1)
    _ = try lane.answer(1)
    #expect(refusal(try lane.ask(2)) == "question.enough", "twice at most")
    #expect(lane.state?.answers.count == 2)
    let nobody = try Lane(origin: nil)
    #expect(refusal(try nobody.ask()) == "question.nobody")
    #expect(try nobody.answer().isEmpty, "an answer to no question")
  }
}
