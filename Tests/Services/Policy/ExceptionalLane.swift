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

/// One lane of policy's step with the bench's workflow, whose urgent orders people look at unless an exception relieves
/// them. Every state is read back as it was stored.
final class ExceptionalLane {
  /// Seconds that an entry lasts.
  static let life = 40_000.0
  static let began = Instant(rfc3339: "2026-11-24T08:00:00Z") ?? Instant(microseconds: 0)
  private static let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "../../../deploy/benchmarks/workflows/bench").standardizedFileURL

  static func bundle() throws -> Bundles.Bundle { try WorkflowFolder(folder).load().bundle }

  private let place = DrawPlace.of(lane: 1, among: 4)
  private let store: SQLiteStore
  private let stops = Stops(secret: [1])
  private let decider: PolicyDecider
  private var states: [String: PolicyState] = [:]
  private var now = began
  private var outcome: [String: String] = [:]
  private let item: JSON
  private(set) var uses: [ExceptionUsed] = []
  private(set) var ended: [ExceptionEnded] = []
  /// Types of what was said of exceptions, apart from uses.
  private(set) var notes: [String] = []
  private(set) var lastReview: ReviewRequested?

  init() throws {
    store = try SQLiteStore(path: ":memory:", readers: 0)
    let key = try SigningKey(seed: [UInt8](repeating: 3, count: 32))
    var decider = PolicyDecider(
      shelf: try Shelf.open(store, folders: [Self.folder], now: Self.began), signing: [key], reviewers: KeySet([key.verification]),
      seeds: Seeds(key: [UInt8](repeating: 5, count: 32)), holders: Holders(intake: "http://i", modelAdapter: "http://m"),
      clockScale: 1, permitMinutes: 15)
    try stops.open(store, keys: [key.verification])
    decider.stops = stops
    self.decider = decider
    let sample = try JSON.parse([UInt8](Data(contentsOf: Self.folder.appending(path: "samples/one.json"))))
    item = try #require(sample["data"])
  }

  func pass(_ seconds: Double) { now = Instant(microseconds: now.microseconds + Int64((seconds * 1e6).rounded())) }

  func entry(_ id: String, life: Double = life, when: String = "item.quantity < 500") -> JSON {
    [
      "id": .string(id), "workflow": "bench", "when": .string(when), "waives": ["policy.risk"], "reason": "orders are urgent",
      "requester": "P-1", "approver": "P-2", "starts": .string(Self.began.description),
      "expires": .string(Self.began.adding(seconds: life).description),
    ]
  }

  /// Puts a list in force past all checks, as the route does, and tells it.
  func put(_ version: Int64, _ entries: [JSON]) throws {
    let signed = SignedExceptions(
      version: version, list: ["version": .integer(version), "exceptions": .array(entries)], signatures: [], by: "P-3", at: now)
    try stops.change(store) { $0.putting(signed, signers: ["P-1", "P-2"]) }
    try tell()
  }

  func tell() throws { try take(.listed(#require(stops.now.exceptions).listed)) }

  /// Another instance has seen a later time.
  func see(clock seconds: Double) throws { try stops.change(store) { $0.noting(Self.began.adding(seconds: seconds)) } }

  /// A new case and its proposal. - Returns: how it ended, or `review`.
  func judge(_ id: String, quantity: Int64 = 200, probability: Double = 0.97) throws -> String {
    var data = item.object ?? JSONObject()
    (data["priority"], data["quantity"]) = ("urgent", .integer(quantity))
    try take(
      .admitted(
        id,
        CaseAdmitted(
          workflow: "bench", source: "s", item: id, ingested: now, requester: nil, data: .object(data), personal: [:],
          payloadHash: "00", contentHash: "00", nearHash: "00", proposal: nil, sealed: nil)))
    try take(
      .proposed(
        id,
        ProposalMade(
          workflow: "bench", round: 1, payloadHash: "00", model: "m", modelVersion: "1", promptVersion: "p", calibration: "c",
          output: ["class": "price"], action: nil, probability: probability, rawScore: probability, scoreKind: "margin",
          retrieval: 1, parts: [], sources: [], current: nil, pre: nil, salt: nil, findings: []),
        place))
    return outcome[id] ?? "review"
  }

  func approve(_ id: String) throws {
    let open = try #require(states[id]?.openCase)
    let approval = Approval(
      id: "d-\(id)", caseID: id, version: open.version, verb: .approve, action: "", view: open.view, personIssuer: "demo",
      person: "kim", groups: ["bench-reviewers"], strength: "demo", code: "", words: "", issuedAt: now.unixSeconds,
      expiresAt: now.unixSeconds + 900)
    let token = try #require(decider.signing.first).sign(approval.claims, type: Approval.type)
    try take(.decided(id, DecisionMade(decision: token, action: nil), lanes: 4))
  }

  func open(_ id: String) -> OpenCase? { states[id]?.openCase }
  func fire(_ name: String, of id: String) throws -> [String] { try take(decider.timer(name, key: id, due: now)) }

  var timers: [LaneTimer] { states[ExceptionsListed.key]?.timers ?? [] }
  var counted: [String: ExceptionUses.Uses] { states[place.exceptions]?.exceptionUses?.uses ?? [:] }

  func fireDue() throws {
    for timer in timers where timer.due <= now { _ = try fire(timer.name, of: ExceptionsListed.key) }
  }

  @discardableResult private func take(_ event: PolicyEvent) throws -> [String] {
    var seen: [String: PolicyState] = [:]
    for key in [event.key] + event.otherKeys { seen[key] = states[key] }
    var types: [String] = []
    for output in try decider.decide(event, View(states: seen, wall: now), now: now) {
      guard case .emit(let record) = output else { continue }
      types.append(record.type)
      #expect(record.key == event.key || event.otherKeys.contains(record.key), "\(record.type) changes a state that was not loaded")
      states[record.key] = try decider.evolve(states[record.key], record).map(Self.stored)
      switch record {
      case .exceptionUsed(_, let body): uses.append(body)
      case .exception(let note):
        notes.append(note.type)
        if case .ended(let body) = note { ended.append(body) }
      case .review(_, let request): lastReview = request
      case .ended(let id, let body, _): outcome[id] = body.outcome
      default: break
      }
    }
    return types
  }

  private static func stored(_ state: PolicyState) throws -> PolicyState {
    var writer = JSONWriter()
    state.write(&writer)
    return try PolicyState(JSON.parse(writer.finish(), limits: .stored))
  }
}
