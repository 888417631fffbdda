import Bundles
import Domain
import Foundation
import JSON
import Messaging
import Permits
import Storage
import Testing
import Wire
import Workflows

@testable import Lanes
@testable import countersign_policy

/// A message of a case could not be handled: people look at it, and it ends with a clear outcome all the same.
@Suite struct UnreadableTests {
  @Test func theAnswerToAPermitThatIsOutSettlesTheCase() throws {
    let it = try UnreadableCase(.permitted)
    let effect = try #require(it.state?.permit?.effect)
    let asked = try it.fail(EffectReported.type)
    #expect(asked.reviews.map(\.isBare) == [true] && asked.reviews.map(\.version) == [2])
    #expect(it.state?.permit?.effect == effect)
    let said = try it.answer(.executed)
    #expect(said.ended?.outcome == "executed" && said.ended?.effect == effect)
    #expect(said.closed == ["executed"], "nobody need look any more")
    #expect(it.state == nil)
  }

  @Test func aPermitWhoseAnswersCannotBeReadIsChasedToItsEnd() throws {
    let it = try UnreadableCase(.permitted)
    let effect = try #require(it.state?.permit?.effect)
    for number in Int64(2)...3 {
      try it.fail(EffectReported.type)
      try it.fire("permit")
      #expect(it.state?.permit?.effect == effect && it.state?.permit?.issued == number)
    }
    try it.fail(EffectReported.type)
    let said = try it.fire("permit")
    #expect(said.ended?.outcome == "effect_unknown" && said.ended?.code == "effect.unknown" && said.closed.count == 1)
  }

  @Test func peopleMayTakeThePermitBackAndNothingElse() throws {
    let it = try UnreadableCase(.permitted)
    try it.fail(EffectReported.type)
    for verb in [Approval.Verb.approve, .edit, .escalate] {
      #expect(try it.decide(verb).judged.map(\.code) == ["decision.late"])
    }
    let said = try it.decide(.reject)
    #expect(said.judged.map(\.result) == [.complete] && said.closed.count == 1)
    #expect(said.revoked == [it.state?.permit?.effect] && said.ended == nil)
    #expect(try it.answer(.refused).ended?.code == "withdrawn")
  }

  @Test func anAnswerThatWasOnItsWayCountsAfterThePermitWasTakenBack() throws {
    let it = try UnreadableCase(.permitted)
    try it.fail(EffectReported.type)
    try it.decide(.reject)
    #expect(try it.answer(.executed).ended?.outcome == "executed")
  }

  @Test func aCaseThatNobodyCouldReadIsRejectedWithTheReasonGiven() throws {
    let it = try UnreadableCase(.none)
    try it.fail(CaseAdmitted.type)
    #expect(try it.decide(.approve).judged.map(\.code) == ["decision.bare"])
    #expect(it.state?.phase == .reviewing)
    let ended = try it.decide(.reject).ended
    #expect(ended?.outcome == "rejected" && ended?.code == "insufficient_input")
  }

  @Test func aCaseThatNobodyCouldReadEndsWhereNoExpertIsLeft() throws {
    let it = try UnreadableCase(.none)
    try it.fail(CaseAdmitted.type)
    let said = try it.decide(.escalate)
    #expect(said.ended?.outcome == "failed" && said.ended?.code == "crash")
    #expect(said.judged.map(\.result) == [.complete] && said.closed == ["failed"] && it.state == nil)
  }

  @Test func anExpertGetsTheCaseFileWithWhatIsKnown() throws {
    let it = try UnreadableCase(.reviewing)
    try it.fail(ProposalMade.type)
    let version = try #require(it.state?.version)
    try it.fail(ProposalMade.type)
    #expect(it.state?.version == version + 1, "each question takes the place of the one before")
    #expect(try it.decide(.approve).judged.map(\.code) == ["decision.bare"])
    let said = try it.decide(.escalate)
    let file = try #require(said.reviews.first)
    #expect(!file.isBare && file.route == "sme" && file.version == version + 2 && file.action == UnreadableCase.action)
    #expect(file.data["ticket"] == "T-1" && it.state?.isBare == false)
  }

  @Test(arguments: [Approval.Verb.reject, .escalate]) func theReviewersOwnBareTaskCounts(verb: Approval.Verb) throws {
    let it = try UnreadableCase(.reviewing)
    // The reviewer could not read the case file: the decision is of version 0.
    #expect(try it.decide(.approve, version: 0).judged.map(\.code) == ["decision.version"])
    let said = try it.decide(verb, version: 0)
    if verb == .reject {
      #expect(said.ended?.outcome == "rejected" && said.ended?.code == "insufficient_input")
    } else {
      #expect(said.ended == nil && said.reviews.map(\.version) == [2] && it.state?.phase == .reviewing)
      #expect(try it.decide(.reject).ended?.outcome == "rejected")
    }
  }

  @Test func whatComesForACaseThatHasEndedOpensNothing() throws {
    #expect(try UnreadableCase(.none).fail(EffectReported.type).isEmpty)
  }
}

/// The pure step of one case, and people who decide; each record makes the next state as it is read back from the log.
private final class UnreadableCase {
  enum Stage { case none, reviewing, permitted }

  static let action: JSON = ["type": "update", "target": "/tickets/T-1", "body": ["summary": "It is late."]]
  private static let key = "01a20c93-e606-71e1-ac02-b6790b57db40"
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../deploy/workflows/ticket-summary").standardizedFileURL
  private let now = Instant(microseconds: 1_795_500_000_000_000)
  private let reviewer: SigningKey
  private let decider: PolicyDecider
  private var states: [String: PolicyState] = [:]
  var state: OpenCase? { states[Self.key]?.openCase }
  private var count = 0

  init(_ stage: Stage) throws {
    reviewer = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
    decider = PolicyDecider(
      shelf: try Shelf.open(SQLiteStore(path: ":memory:", readers: 0), folders: [Self.folder], now: now),
      signing: [try SigningKey(seed: [UInt8](repeating: 2, count: 32))], reviewers: KeySet([reviewer.verification]),
      seeds: Seeds(key: [UInt8](repeating: 5, count: 32), seconds: 86_400), holders: Holders(intake: "http://i", modelAdapter: "http://m"),
      clockScale: 1, permitMinutes: 5)
    guard stage != .none else { return }
    let request = ModelRequested(
      workflow: "ticket-summary", bundle: decider.shelf.policy("ticket-summary")?.bundle.hash ?? "", round: 1,
      data: ["ticket": "T-1", "subject": "Late", "text": "My parcel is late.", "risk": "low"], payloadHash: "00",
      proposal: nil, ingested: now, requester: nil, personal: .object(JSONObject()),
      deadline: now.adding(seconds: 86_400))
    var opened = OpenCase(request, asked: now)
    opened.phase = stage == .reviewing ? .reviewing : .releasing
    opened.version = 1
    opened.quorum = ["group": "support-verifiers", "count": 1]
    opened.proposal = ProposedAction(action: Self.action, hash: actionHash(Self.action))
    opened.release = now
    let approval = Approval(
      id: "d-0", caseID: Self.key, version: 1, verb: .approve, action: actionHash(Self.action), view: "",
      personIssuer: "countersign.demo", person: "P-0", groups: ["support-verifiers"], strength: "demo", code: "", words: "",
      issuedAt: now.unixSeconds, expiresAt: now.unixSeconds + 3_600)
    if stage == .permitted {
      let token = try reviewer.sign(approval.claims, type: Approval.type)
      opened.approvals = [OpenCase.Counted(id: "d-0", token: token, person: "countersign.demo P-0")]
    }
    states[Self.key] = .open(opened)
    if stage == .permitted { try fire("release") }
  }

  @discardableResult
  func fail(_ type: String) throws -> [PolicyRecord] {
    count += 1
    let failure = Failure(
      source: TopicPartition("effects", 0), offset: Int64(100 - count), type: type, subject: Self.key, code: "crash", reason: "")
    return try take(decider.failed(failure, states[Self.key]))
  }

  @discardableResult
  func fire(_ timer: String) throws -> [PolicyRecord] { try act(.timer(Self.key, name: timer, due: now)) }

  func answer(_ status: EffectReported.Status) throws -> [PolicyRecord] {
    try act(
      .effect(
        Self.key,
        EffectReported(
          effect: state?.permit?.effect ?? "", permit: state?.permit?.id ?? "", status: status, reason: "",
          executor: "demo-executor", before: nil, after: nil, beforeDigest: nil, afterDigest: nil)))
  }

  /// A member of all groups that may be asked decides on what is asked now.
  @discardableResult
  func decide(_ verb: Approval.Verb, version: Int64? = nil) throws -> [PolicyRecord] {
    count += 1
    let approval = Approval(
      id: "d-\(count)", caseID: Self.key, version: version ?? state?.version ?? 0, verb: verb,
      action: state?.proposal.hash ?? "", view: state?.view ?? "", personIssuer: "countersign.demo", person: "P-\(count)",
      groups: ["duty-officers", "support-verifiers"], strength: "demo", code: verb == .approve ? "" : "insufficient_input",
      words: "", issuedAt: now.unixSeconds, expiresAt: now.unixSeconds + 3_600)
    let token = try reviewer.sign(approval.claims, type: Approval.type)
    return try act(.decided(Self.key, DecisionMade(decision: token, action: verb == .edit ? Self.action : nil), lanes: 1))
  }

  private func act(_ event: PolicyEvent) throws -> [PolicyRecord] {
    let outputs = try decider.decide(event, View(states: states, wall: now), now: now)
    return try take(outputs.compactMap { if case .emit(let record) = $0 { record } else { nil } })
  }

  private func take(_ records: [PolicyRecord]) throws -> [PolicyRecord] {
    for record in records {
      states[record.key] = decider.evolve(states[record.key], try sent(record))
      if let state { try checkStored(state) }
    }
    return records
  }

  private func checkStored(_ state: OpenCase) throws {
    func text(_ state: OpenCase) -> [UInt8] {
      var writer = JSONWriter()
      state.write(&writer)
      return writer.finish()
    }
    #expect(try text(OpenCase(JSON.parse(text(state), limits: .stored))) == text(state))
  }
}

extension [PolicyRecord] {
  fileprivate var reviews: [ReviewRequested] { compactMap { if case .review(_, let body) = $0 { body } else { nil } } }
  fileprivate var judged: [DecisionJudged] { compactMap { if case .decision(_, let body) = $0 { body } else { nil } } }
  fileprivate var closed: [String] { compactMap { if case .closed(_, let body) = $0 { body.reason } else { nil } } }
  fileprivate var revoked: [String?] { compactMap { if case .revoked(_, let body) = $0 { body.effect } else { nil } } }
  fileprivate var ended: CaseEnded? { compactMap { if case .ended(_, let body, _) = $0 { body } else { nil } }.first }
}
