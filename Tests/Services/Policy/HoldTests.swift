import Bundles
import Foundation
import Identity
import JSON
import Lanes
import Permits
import Storage
import Testing
import Wire

@testable import countersign_policy

/// While a workflow is stopped nothing of its cases goes out or ends by itself, and nothing is lost by it.
@Suite struct HoldTests {
  @Test func anApprovedCaseWaitsForTheStartAndGoesOutThen() throws {
    let it = try StoppableCase()
    try it.approve()
    try it.stop()
    #expect(try it.fire("release").map(\.type) == [CaseHeld.type])
    #expect(it.state?.phase == .releasing && it.state?.timers.isEmpty == true)
    #expect(try it.sweep().isEmpty, "while it is stopped it waits")
    try it.start()
    #expect(try it.sweep().map(\.type) == [CaseHeld.type])
    #expect(it.state?.timers.map(\.name) == ["release"])
    #expect(try it.fire("release").map(\.type) == [ReviewClosed.type, PermitIssued.type])
  }

  @Test func nothingExpiresAndPeopleMayDecide() throws {
    let it = try StoppableCase()
    try it.stop()
    it.pass(86_401)
    #expect(try it.fire("deadline").map(\.type) == [CaseHeld.type])
    try it.approve()
    #expect(it.state?.phase == .releasing && it.state?.timers.map(\.name) == ["release"])
    #expect(try it.fire("release").map(\.type) == [CaseHeld.type])
  }

  @Test func aPermitThatIsOutIsRevokedAndTheCaseDecidedAnew() throws {
    let it = try StoppableCase()
    try it.permit()
    let effect = try #require(it.state?.permit?.effect)
    #expect(try it.sweep().isEmpty, "nothing is stopped")
    try it.stop()
    guard case .revoked(_, let revoked) = try #require(try it.sweep().first) else {
      Issue.record("the permit should be revoked")
      return
    }
    #expect(revoked.effect == effect && revoked.reason == Stop.reason)
    #expect(try it.sweep().isEmpty, "once is enough")
    #expect(try it.answer(.refused).map(\.type) == [ModelRequested.type])
    #expect(it.state?.phase == .proposing && it.state?.preconditionChanges == 0 && it.state?.approvals == [])
  }

  @Test func anExecutorThatSaysNothingIsAskedAgainAfterTheStart() throws {
    let it = try StoppableCase()
    try it.permit()
    let effect = try #require(it.state?.permit?.effect)
    try it.stop()
    try it.sweep()
    it.pass(1_000)
    #expect(try it.fire("permit").map(\.type) == [CaseHeld.type], "it does not end while it is stopped")
    try it.start()
    try it.sweep()
    #expect(try it.fire("permit").map(\.type) == [PermitIssued.type])
    #expect(it.state?.permit?.effect == effect && it.state?.permit?.revoked == false)
    // The executor has not begun, and refuses what was revoked; or it had, and tells.
    #expect(try it.answer(.refused).map(\.type) == [ModelRequested.type])
  }

  @Test func anExecutorThatHadBegunIsBelieved() throws {
    let it = try StoppableCase()
    try it.permit()
    try it.stop()
    try it.sweep()
    let said = try it.answer(.executed)
    guard case .ended(_, let ended, _) = try #require(said.last) else {
      Issue.record("the case should end")
      return
    }
    #expect(ended.outcome == "executed" && ended.reason.contains("revoked (stopped)"))
  }

  @Test func theProducerMayStillTakeItBack() throws {
    let it = try StoppableCase()
    try it.permit()
    try it.stop()
    try it.sweep()
    #expect(try it.act(.withdrawn(StoppableCase.key, CaseWithdrawn(source: "s", item: "i", reason: "not needed"))).map(\.type) == [PermitRevoked.type])
    guard case .ended(_, let ended, _) = try #require(try it.answer(.refused).last) else {
      Issue.record("the case should end")
      return
    }
    #expect(ended.outcome == "withdrawn")
  }
}

/// A case of access-request under switches that can be thrown; each state is read back as it was stored.
final class StoppableCase {
  static let key = ApprovalsTests.caseID
  private let store = try? SQLiteStore(path: ":memory:", readers: 0)
  private let stops = Stops(secret: [1])
  private let tests = ApprovalsTests()
  private var decider: PolicyDecider
  private(set) var state: OpenCase?
  private var now = ApprovalsTests.now

  /// - Parameter signing: the keys of permits that policy holds.
  init(signing: [SigningKey]? = nil) throws {
    decider = try tests.decider(signing: signing)
    decider.stops = stops
    let store = try #require(store)
    try store.migrate(schema(of: PolicyState.self, Shelf.migrations))
    try stops.open(store, keys: decider.signing.map(\.verification))
    state = tests.open(decider)
  }

  func pass(_ seconds: Double) { now = now.adding(seconds: seconds) }

  func stop() throws {
    try stops.change(#require(store)) { $0.stopping("access-request", reason: "wrong", by: "P-ivo", at: now) }
  }

  func start() throws {
    for person in ["P-ivo", "P-nina"] {
      try stops.change(#require(store)) { switches in
        switch switches.starting("access-request", by: person, at: now, human: { $0 }) {
        case .first(let next, _), .started(let next): next
        case .notStopped, .another, .samePerson: nil
        }
      }
    }
    #expect(stops.now.stops.isEmpty)
  }

  var people: LivePeople { tests.live }

  /// Somebody writes into our database.
  func edit(_ change: (inout OpenCase) -> Void) {
    guard var edited = state else { return }
    change(&edited)
    state = edited
  }

  var jwks: JSON { stops.now.jwks(at: now) }

  func revoke(_ kid: String) throws {
    let keys = decider.signing.map(\.verification)
    try stops.change(#require(store)) { switches in
      let next = switches.revoking(kid, reason: "stolen", by: "P-ivo", at: now)
      return next.map { $0.holding(keys, at: now) ?? $0 }
    }
  }

  /// Policy is started anew with another key besides.
  func hold(_ key: SigningKey) {
    guard let with = try? tests.decider(signing: decider.signing + [key]) else { return }
    decider = with
    decider.stops = stops
  }

  func approve() throws {
    for (person, group) in [("P-ruth", "line-managers"), ("P-ines", "security-reviewers")] {
      let token = try tests.token(state, person, [group], at: now)
      try act(.decided(Self.key, DecisionMade(decision: token, action: nil), lanes: 1))
    }
    #expect(state?.phase == .releasing)
  }

  /// The case with a permit that is out.
  func permit() throws {
    try approve()
    try fire("release")
    #expect(state?.phase == .permitted)
  }

  @discardableResult func fire(_ timer: String) throws -> [PolicyRecord] { try act(.timer(Self.key, name: timer, due: now)) }
  @discardableResult func sweep() throws -> [PolicyRecord] { try act(.swept(Self.key)) }

  func answer(_ status: EffectReported.Status) throws -> [PolicyRecord] {
    try act(
      .effect(
        Self.key,
        EffectReported(
          effect: state?.permit?.effect ?? "", permit: state?.permit?.id ?? "", status: status, reason: "",
          executor: "demo-executor", before: nil, after: nil, beforeDigest: nil, afterDigest: nil)))
  }

  @discardableResult func act(_ event: PolicyEvent) throws -> [PolicyRecord] {
    let view = View(states: state.map { [Self.key: PolicyState.open($0)] } ?? [:], wall: now)
    let records = try decider.decide(event, view, now: now).compactMap { output -> PolicyRecord? in
      if case .emit(let record) = output { record } else { nil }
    }
    for record in records {
      state = decider.evolve(state.map { .open($0) }, record)?.openCase
      guard let state else { continue }
      var writer = JSONWriter()
      state.write(&writer)
      self.state = try OpenCase(JSON.parse(writer.finish(), limits: .stored))
    }
    return records
  }
}
