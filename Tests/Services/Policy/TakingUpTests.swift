import Bundles
import Domain
import Foundation
import JSON
import Lanes
import Permits
import Storage
import Testing
import Wire
import Workflows

@testable import countersign_policy

/// A case that takes up an ended one: for people always, never for those who decided before, and its outcome says what stands.
@Suite struct TakingUpTests {
  private static let key = "again-1"

  /// The bench's workflow, which lets nearly everything go alone. Each state is read back as it was stored.
  private final class Lane {
    let place = DrawPlace.of(lane: 1, among: 4)
    let decider: PolicyDecider
    let item: JSON
    var states: [String: PolicyState] = [:]
    let now = Instant(rfc3339: "2026-11-24T08:00:00Z") ?? Instant(microseconds: 0)

    init() throws {
      let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "../../../deploy/benchmarks/workflows/bench").standardizedFileURL
      let key = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
      decider = PolicyDecider(
        shelf: try Shelf.open(SQLiteStore(path: ":memory:", readers: 0), folders: [folder], now: now), signing: [key],
        reviewers: KeySet([key.verification]), seeds: Seeds(key: [UInt8](repeating: 5, count: 32)),
        holders: Holders(intake: "http://i", modelAdapter: "http://m"), clockScale: 1, permitMinutes: 15)
      item = try #require(try JSON.parse([UInt8](Data(contentsOf: folder.appending(path: "samples/one.json"))))["data"])
    }

    var open: OpenCase? { states[TakingUpTests.key]?.openCase }

    @discardableResult
    func act(_ event: PolicyEvent) throws -> [PolicyRecord] {
      var seen: [String: PolicyState] = [:], said: [PolicyRecord] = []
      for key in [event.key] + event.otherKeys { seen[key] = states[key] }
      for case .emit(let record) in try decider.decide(event, View(states: seen, wall: now), now: now) {
        said.append(record)
        states[record.key] = try decider.evolve(states[record.key], record).map { state in
          var writer = JSONWriter()
          state.write(&writer)
          return try PolicyState(JSON.parse(writer.finish(), limits: .stored))
        }
      }
      return said
    }

    func judge(_ reopens: Reopens?) throws -> [PolicyRecord] {
      var admitted = CaseAdmitted(
        workflow: "bench", source: "s", item: "appeal/old", ingested: now, requester: nil, data: item, personal: [:], payloadHash: "00", contentHash: "00",
        nearHash: "00", proposal: nil, sealed: nil)
      admitted.reopens = reopens
      let asked = try act(.admitted(TakingUpTests.key, admitted))
      if case .model(_, let request, _)? = asked.first { #expect(request.reopens == reopens) }
      return try act(
        .proposed(
          TakingUpTests.key,
          ProposalMade(
            workflow: "bench", round: 1, payloadHash: "00", model: "m", modelVersion: "1", promptVersion: "p", calibration: "c",
            output: ["class": "price"], action: nil, probability: 0.97, rawScore: 0.97, scoreKind: "margin", retrieval: 1, parts: [], sources: [],
            current: nil, pre: nil, salt: nil, findings: []), place))
    }

    func decide(_ verb: Approval.Verb, by person: String) throws -> [PolicyRecord] {
      let approval = Approval(
        id: "d-\(person)", caseID: TakingUpTests.key, version: open?.version ?? 0, verb: verb, action: "", view: open?.view ?? "", personIssuer: "demo",
        person: person, groups: ["bench-reviewers"], strength: "demo", code: verb == .reject ? "wrong" : "", words: "", issuedAt: now.unixSeconds,
        expiresAt: now.unixSeconds + 900)
      let token = try #require(decider.signing.first).sign(approval.claims, type: Approval.type)
      return try act(.decided(TakingUpTests.key, DecisionMade(decision: token, action: nil), lanes: 4))
    }
  }

  private static func reopens(_ outcome: String = "executed", _ kind: Reopens.Kind = .appeal) -> Reopens {
    Reopens(caseID: "old", kind: kind, by: "a customer", words: "It is not mine", outcome: outcome, barred: ["demo kim"])
  }

  private func review(_ said: [PolicyRecord]) -> ReviewRequested? {
    said.compactMap { if case .review(_, let request) = $0 { request } else { nil } }.last
  }

  @Test func withoutASecondChanceItGoesAlone() throws {
    #expect(try review(Lane().judge(nil)) == nil)
  }

  @Test(arguments: Reopens.Kind.allCases) func aPersonDecidesWhateverTheMachineThinks(kind: Reopens.Kind) throws {
    let request = try #require(try review(Lane().judge(Self.reopens("executed", kind))))
    #expect(request.route == "review" && request.reopens == Self.reopens("executed", kind) && request.barred == ["demo kim"])
    let first = try #require(request.matches.array?.first)
    #expect(first["rule"] == "reopened" && first["because"]?.string?.contains("executed") == true)
  }

  @Test func whoDecidedBeforeDoesNotDecideAgain() throws {
    let lane = try Lane()
    _ = try lane.judge(Self.reopens())
    func judged(_ said: [PolicyRecord]) -> DecisionJudged? { said.compactMap { if case .decision(_, let body) = $0 { body } else { nil } }.first }
    let refused = judged(try lane.decide(.approve, by: "kim"))
    #expect(refused?.result == .refused && refused?.code == "decision.barred")
    #expect(try judged(lane.decide(.approve, by: "lou"))?.result == .complete)
  }

  @Test(arguments: [("executed", true), ("effect_unknown", true), ("rejected", false), ("expired", false)])
  func theOutcomeNamesTheCaseBeforeAndSaysWhatStands(outcome: String, stands: Bool) throws {
    let lane = try Lane()
    _ = try lane.judge(Self.reopens(outcome))
    let ended = try lane.decide(.reject, by: "lou").compactMap { if case .ended(_, let body, _) = $0 { body } else { nil } }.first
    #expect(ended?.outcome == "rejected" && ended?.reopens == "old")
    #expect(ended?.reason.contains("is not undone") == stands)
    var writer = JSONWriter()
    try #require(ended).write(&writer)
    #expect(try CaseEnded(Fields(JSON.parse(writer.finish()))).reopens == "old")
  }

  @Test func itIsKnownAfterARecovery() throws {
    let lane = try Lane()
    _ = try lane.judge(Self.reopens())
    #expect(lane.open?.reopens == Self.reopens())
    let request = try #require(try review(Lane().judge(Self.reopens())))
    var writer = JSONWriter()
    request.write(&writer)
    #expect(try ReviewRequested(Fields(JSON.parse(writer.finish(), limits: .stored))).reopens == Self.reopens(), "the case file travels with it")
  }

  @Test func aQuestionMayBeAskedAllTheSame() throws {
    let lane = try Lane()
    _ = try lane.judge(Self.reopens())
    let said = try lane.act(.asked(Self.key, QuestionAsked(question: String(repeating: "1", count: 32), by: "demo lou", words: "Why?", version: 1)))
    guard case .question? = said.first else {
      Issue.record("the question should go out")
      return
    }
  }
}
