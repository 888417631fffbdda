import Bundles
import Foundation
import JSON
import Lanes
import Permits
import Storage
import Testing
import Wire
import Workflows

@testable import countersign_policy

/// After a person's rejection the subject's next item is not automatic (G8), in whatever lane it is judged.
@Suite struct StandDownTests {
  /// Everything is held at first, so that there is something to reject; then nothing is.
  private func rejected() throws -> DrawnLane {
    var lane = try DrawnLane(mode: "hold", rate: 0.0001, epochSeconds: 86_400)
    try lane.judge("case-0", for: "ann")
    #expect(lane.reviews.isEmpty, "the same item goes alone without a rejection")
    try lane.change(key: 7)
    try lane.judge("case-1", for: "ann")
    try lane.change(key: 5)
    #expect(lane.codes["case-1"]?.first == "sample.drawn")
    try lane.decide("case-1", .reject, code: "wrong")
    return lane
  }

  @Test(arguments: [Int32(0), 1, 2, 3])
  func everyLaneKnows(_ number: Int32) throws {
    var lane = try rejected()
    lane.place = DrawPlace.of(lane: number, among: 4)
    try lane.judge("case-2", for: "ann")
    #expect(lane.codes["case-2"]?.first == "recent.rejection")
    try lane.judge("case-3", for: "bob")
    try lane.judge("case-4")
    #expect(lane.codes["case-3"] == nil && lane.codes["case-4"] == nil)
  }

  @Test func oneApprovalEndsIt() throws {
    var lane = try rejected()
    try lane.judge("case-2", for: "ann")
    try lane.decide("case-2", .approve)
    lane.place = DrawPlace.of(lane: 3, among: 4)
    try lane.judge("case-3", for: "ann")
    #expect(lane.codes["case-3"] == nil)
  }

  @Test func editingAndApprovingInOneActEndsIt() throws {
    let tickets = try StoodDownTicket()
    let said = try tickets.decide(.edit, summary: "The export stops after 500 rows, as a person writes it.")
    #expect(said.ended == tickets.everywhere)
    #expect(tickets.known.allSatisfy { $0.entries.isEmpty })
  }

  /// Two people are needed at high risk: the editor's act alone approves nothing, the other one's approval does.
  @Test func anEditThatAnotherPersonMustApproveDoesNotEndItYet() throws {
    let tickets = try StoodDownTicket(risk: "high")
    #expect(try tickets.decide(.edit, summary: "Written by a person.").ended.isEmpty)
    #expect(try tickets.decide(.approve, by: "P-ben").ended == tickets.everywhere)
  }

  @Test func oneOfTwoApprovalsDoesNotEndItYet() throws {
    let tickets = try StoodDownTicket(count: 2)
    #expect(try tickets.decide(.approve).ended.isEmpty)
    #expect(try tickets.decide(.approve, by: "P-ben").ended == tickets.everywhere)
  }

  @Test func agreeingThatABlockedOneMayNotRunDoesNotEndIt() throws {
    let tickets = try StoodDownTicket(route: "block")
    #expect(try tickets.decide(.approve).ended.isEmpty)
    #expect(tickets.known.allSatisfy { $0.entries.count == 1 })
  }

  @Test func itEndsByItself() throws {
    var lane = try rejected()
    lane.pass(604_799)
    try lane.judge("case-2", for: "ann")
    #expect(lane.codes["case-2"]?.first == "recent.rejection")
    lane.pass(1)
    try lane.judge("case-3", for: "ann")
    // It may be drawn, as anybody's.
    #expect(!(lane.codes["case-3"]?.contains("recent.rejection") ?? false))
  }

  @Test func whoeverIsNotRememberedOneByOneIsNotAutomaticEither() throws {
    var known = StandDowns()
    let lane = try DrawnLane(mode: "hold", epochSeconds: 86_400)
    for number in 0...StandDowns.most { known = known.after(lane.began("subject-\(number)")) }
    #expect(known.entries.count == StandDowns.most)
    #expect(known.entry("another", "bench", now: lane.began("x").at) != nil)
    #expect(known.entry("another", "elsewhere", now: lane.began("x").at) == nil)
  }
}

/// A ticket of which a person rejected a summary, and a second case of it that people look at.
private final class StoodDownTicket {
  private static let key = "01a20c93-e606-71e1-ac02-b6790b57db40"
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../deploy/workflows/ticket-summary").standardizedFileURL
  private let now = Instant(microseconds: 1_795_500_000_000_000)
  private let reviewer: SigningKey
  private let decider: PolicyDecider
  private var states: [String: PolicyState] = [:]
  private let lanes: Int32 = 4
  private var count = 0
  private let risk: String

  var everywhere: [String] { DrawPlace.all(among: lanes).map(\.standDowns) }
  var known: [StandDowns] { everywhere.compactMap { states[$0]?.standDowns } }

  init(route: String = "review", risk: String = "low", count: Int64 = 1) throws {
    reviewer = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
    self.risk = risk
    decider = PolicyDecider(
      shelf: try Shelf.open(SQLiteStore(path: ":memory:", readers: 0), folders: [Self.folder], now: now),
      signing: [try SigningKey(seed: [UInt8](repeating: 2, count: 32))], reviewers: KeySet([reviewer.verification]),
      seeds: Seeds(key: [UInt8](repeating: 5, count: 32), seconds: 86_400), holders: Holders(intake: "http://i", modelAdapter: "http://m"),
      clockScale: 1, permitMinutes: 5)
    try open("review", 1)
    _ = try decide(.reject)
    #expect(known.count == 4 && known.allSatisfy { $0.entries.count == 1 })
    try open(route, count)
  }

  private func open(_ route: String, _ count: Int64) throws {
    let bundle = try #require(decider.shelf.policy("ticket-summary")?.bundle)
    let request = ModelRequested(
      workflow: "ticket-summary", bundle: bundle.hash, round: 1,
      data: [
        "ticket": "T-1002", "subject": "Export", "body": "The export ends after 500 rows.", "channel": "email",
        "opened": "2026-11-24T08:00:00Z", "customer": ["plan": "enterprise"], "product": "Fleet Portal", "risk": .string(risk),
      ], payloadHash: "00", proposal: nil, ingested: now, requester: nil, personal: .object(JSONObject()),
      deadline: now.adding(seconds: 86_400))
    var opened = OpenCase(request, asked: now)
    opened.phase = .reviewing
    opened.version = 1
    (opened.route, opened.risk) = (route, risk)
    opened.quorum = ["group": "support-verifiers", "count": .integer(count)]
    opened.proposal = ProposedAction(output: ["summary": "s"], action: Self.action("The export stops."), hash: actionHash(Self.action("The export stops.")))
    states[Self.key] = .open(opened)
  }

  private static func action(_ summary: String) -> JSON {
    [
      "type": "ticket.summary.set", "target": "/tickets/T-1002", "method": "PUT", "path": "/tickets/T-1002/summary",
      "body": ["summary": .string(summary)],
    ]
  }

  /// What policy says to a person's decision on the case as it is.
  func decide(_ verb: Approval.Verb, by person: String = "P-ada", summary: String? = nil) throws -> [PolicyRecord] {
    let open = try #require(states[Self.key]?.openCase)
    let action = summary.map(Self.action)
    count += 1
    let approval = Approval(
      id: "d-\(count)", caseID: Self.key, version: open.version, verb: verb, action: action.map(actionHash) ?? open.proposal.hash ?? "",
      view: open.view, personIssuer: "countersign.demo", person: person, groups: ["support-verifiers", "support-leads"],
      strength: "demo", code: "wrong", words: "", issuedAt: now.unixSeconds, expiresAt: now.unixSeconds + 3_600)
    let event = PolicyEvent.decided(
      Self.key, DecisionMade(decision: try reviewer.sign(approval.claims, type: Approval.type), action: action), lanes: lanes)
    var seen: [String: PolicyState] = [:]
    for key in [event.key] + event.otherKeys { seen[key] = states[key] }
    let said = try decider.decide(event, View(states: seen, wall: now), now: now).compactMap { output -> PolicyRecord? in
      if case .emit(let record) = output { record } else { nil }
    }
    for record in said {
      if case .decision(_, let judged) = record { #expect(judged.result != .refused, "\(judged.code): \(judged.reason)") }
      states[record.key] = decider.evolve(states[record.key], record)
    }
    return said
  }
}

extension [PolicyRecord] {
  /// Where a stand-down ended.
  fileprivate var ended: [String] {
    compactMap { record in if case .standDown(let place, .ended) = record { place } else { nil } }
  }
}
