import Bundles
import Foundation
import Identity
import JSON
import Lanes
import Permits
import Storage
import Wire
import Workflows

@testable import countersign_policy

/// Policy's own step for one case, which judges by itself what the desk hands it.
final class PolicySide {
  /// What the desk, an executor or the producer hears of it.
  enum Said {
    case review(JSON)
    case closed(String)
    case judged(DecisionJudged)
    case permit(Permits.Permit)
    case revoked
    case ended(String)
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../deploy/workflows/access-request").standardizedFileURL
  private static let shared = Result {
    let key = try ApprovalsTests.key.get()
    return PolicyDecider(
      shelf: try Shelf.open(SQLiteStore(path: ":memory:", readers: 0), folders: [folder], now: ApprovalsTests.now), signing: [key],
      reviewers: KeySet([key.verification]), seeds: Seeds(key: [UInt8](repeating: 5, count: 32), seconds: 86_400),
      holders: Holders(intake: "http://intake", modelAdapter: "http://adapter"), clockScale: 1, permitMinutes: 15, people: LivePeople(Staff.people))
  }

  private let decider: PolicyDecider
  private let key: String
  private var state: PolicyState?

  /// A case that waits for people. - Returns: with it the first case file.
  static func begin(_ key: String, needsTwo: Bool, at now: Instant) throws -> (PolicySide, JSON) {
    let decider = try shared.get()
    let managers: JSON = ["group": "line-managers", "count": 1]
    let request = ReviewRequested(
      workflow: "access-request", bundle: decider.shelf.policy("access-request")?.bundle.hash ?? "", template: "B", version: 1,
      route: needsTwo ? "sme" : "review", risk: needsTwo ? "high" : "medium", confidence: 0.7, parts: [], matches: [],
      data: ["person": "P-cleo", "requester": "P-asks", "role": "Finance reviewer", "request": "payments", "from": "2026-11-24"],
      output: nil, action: ApprovalsTests.action, actionHash: actionHash(ApprovalsTests.action), current: nil, sources: [],
      requester: Requester(id: "P-asks", verified: true),
      quorum: needsTwo ? ["of": 2, "branches": [managers, ["group": "security-reviewers", "count": 1]]] : managers,
      ladder: [
        ["after_seconds": 0, "group": "line-managers", "channel": "none"], ["after_seconds": 900, "group": "security-reviewers", "channel": "slack"],
        ["after_seconds": 1_800, "group": "duty-officers", "channel": "pagerduty"],
      ], accountable: "security-lead", undoSeconds: 30, deadline: now.adding(seconds: 86_400), ingested: now, payloadHash: "", draw: "none",
      approvals: [], editors: [], pre: nil, salt: nil, model: nil, prompt: nil, personal: .object(JSONObject()), trusted: true, queue: "security")
    let side = PolicySide(decider, key)
    side.state = decider.evolve(nil, .review(key, request))
    return (side, DeskFixture.json(request))
  }

  private init(_ decider: PolicyDecider, _ key: String) {
    self.decider = decider
    self.key = key
  }

  var isOver: Bool { state == nil }
  var isPermitted: Bool { state?.openCase?.permit != nil }

  func hear(_ made: DecisionMade, at now: Instant) throws -> [Said] { try act(.decided(key, made, lanes: 1), now) }
  func hear(_ undone: DecisionUndone, at now: Instant) throws -> [Said] { try act(.undone(key, undone, lanes: 1), now) }

  func withdraw(at now: Instant) throws -> [Said] {
    try act(.withdrawn(key, CaseWithdrawn(source: "iam-portal", item: "1", reason: "not needed any more")), now)
  }

  /// The executor has acted on the permit.
  func execute(_ permit: Permits.Permit, at now: Instant) throws -> [Said] {
    try act(.effect(key, EffectReported(
      effect: permit.effect, permit: permit.id, status: .executed, reason: "", executor: permit.audience, before: nil, after: nil,
      beforeDigest: nil, afterDigest: nil)), now)
  }

  /// Fires what is due, as the mechanism does.
  func wait(until now: Instant) throws -> [Said] {
    var said: [Said] = []
    while let timer = state?.timers.filter({ $0.due <= now }).min(by: { ($0.due, $0.name) < ($1.due, $1.name) }) {
      let told = try act(.timer(key, name: timer.name, due: timer.due), now)
      said += told
      if told.isEmpty { break }
    }
    return said
  }

  private func act(_ event: PolicyEvent, _ now: Instant) throws -> [Said] {
    let view = View(states: state.map { [key: $0] } ?? [:], wall: now)
    var said: [Said] = []
    for case .emit(let record) in try decider.decide(event, view, now: now) where record.key == key {
      state = decider.evolve(state, try sent(record))
      switch record {
      case .review(_, let request): said.append(.review(DeskFixture.json(request)))
      case .closed(_, let closed): said.append(.closed(closed.reason))
      case .decision(_, let judged): said.append(.judged(judged))
      case .permit(_, _, let permit, _): said.append(.permit(permit))
      case .revoked: said.append(.revoked)
      case .ended(_, let ended, _): said.append(.ended(ended.outcome))
      default: break
      }
    }
    return said
  }
}
