import Foundation
import Host
import Hummingbird
import JSON
import Lanes
import Permits
import Storage
import Synchronization
import Testing
import Wire

@testable import countersign_policy

/// Keys of permits come one after the other, and one that is revoked counts nowhere any more.
@Suite struct PermitKeyTests {
  static let now = ApprovalsTests.now
  static let keys = Result { try [UInt8(21), 22, 23].map { try SigningKey(seed: [UInt8](repeating: $0, count: 32)) } }

  func kids(_ switches: Switches, _ now: Instant = Self.now) -> [String] {
    (switches.jwks(at: now)["keys"]?.array ?? []).compactMap { $0["kid"]?.string }
  }

  @Test func theLastOneSignsAndTheOneBeforeCountsForTwoHours() throws {
    let keys = try Self.keys.get().map(\.verification)
    let first = try #require(Switches().holding([keys[0]], at: Self.now))
    #expect(first.signing([keys[0]])?.id == keys[0].id && kids(first) == [keys[0].id])
    #expect(first.holding([keys[0]], at: Self.now) == nil, "nothing has changed")
    let later = Self.now.adding(seconds: 100)
    let second = try #require(first.holding(Array(keys[0...1]), at: later))
    #expect(second.signing(Array(keys[0...1]))?.id == keys[1].id && kids(second, later) == [keys[0].id, keys[1].id])
    #expect(second.keys.map { $0.state(at: later) } == [.verifying, .signing])
    let evening = later.adding(seconds: 7_200)
    #expect(second.keys.map { $0.state(at: evening) } == [.retired, .signing] && kids(second, evening) == [keys[1].id])
    #expect(second.unsaid.map(\.what) == ["permits are signed under \(keys[0].id)", "permits are signed under \(keys[1].id)"])
    #expect(try Switches(JSON.parse(second.json.canonical)) == second)
    #expect(second.keys.map { $0.told(at: evening)["state"]?.string } == ["retired", "signing"], "the history stays")
  }

  @Test func aRevokedKeyIsGoneAndAnotherOneSigns() throws {
    let keys = try Self.keys.get().map(\.verification)
    let both = try #require(Switches().holding(Array(keys[0...1]), at: Self.now))
    let revoked = try #require(both.revoking(keys[1].id, reason: "stolen", by: "P-ivo", at: Self.now))
    #expect(revoked.signing(Array(keys[0...1]))?.id == keys[0].id)
    let after = try #require(revoked.holding(Array(keys[0...1]), at: Self.now))
    #expect(kids(after) == [keys[0].id] && after.isRevoked(keys[1].id))
    #expect(after.revoking(keys[1].id, reason: "again", by: "P-nina", at: Self.now) == nil)
    #expect(after.revoking("nobody", reason: "x", by: "P-nina", at: Self.now) == nil)
    #expect(after.holding(Array(keys[0...1]), at: Self.now) == nil, "held again it does not come back")
    let none = try #require(after.revoking(keys[0].id, reason: "stolen, too", by: "P-ivo", at: Self.now))
    #expect(none.signing(Array(keys[0...1])) == nil && kids(none).isEmpty)
    #expect(none.keys.map { $0.told(at: Self.now)["revoked"]?["reason"]?.string } == ["stolen, too", "stolen"])
    #expect(try Switches(JSON.parse(none.json.canonical)) == none)
  }

  @Test func aPermitUnderARevokedKeyGoesOutAgainForTheSameEffect() throws {
    let it = try StoppableCase(signing: try Array(Self.keys.get()[0...1]))
    try it.permit()
    let before = try #require(it.state?.permit)
    #expect(try before.key == Self.keys.get()[1].id)
    try it.revoke(before.key)
    let said = try it.sweep()
    guard case .permit(_, let issued, let permit, _) = try #require(said.first) else {
      Issue.record("a permit should go out")
      return
    }
    let trusted = try KeySet(jwks: it.jwks)
    #expect(try Permit.verify(issued.permit, keys: trusted, now: permit.issuedAt).effect == before.effect)
    #expect(it.state?.permit?.effect == before.effect && it.state?.permit?.id != before.id)
    #expect(try it.sweep().isEmpty, "once is enough")
  }

  @Test func withoutAKeyTheCaseWaits() throws {
    let it = try StoppableCase(signing: try [Self.keys.get()[2]])
    try it.approve()
    try it.revoke(Self.keys.get()[2].id)
    #expect(try it.fire("release").map(\.type) == [CaseHeld.type])
    it.hold(try Self.keys.get()[0])
    #expect(try it.sweep().map(\.type) == [CaseHeld.type])
    #expect(try it.fire("release").map(\.type) == [ReviewClosed.type, PermitIssued.type])
  }

  @Test func whoTakesPermitsHearsOfARevocationInTime() async throws {
    let keys = try Self.keys.get()
    let served = Served(Switches().holding([keys[0].verification], at: .now))
    try await withServer { router in
      router.get("/keys") { _, _ in jsonResponse(served.now?.jwks(at: .now) ?? .null) }
    } _: { base in
      let source = PermitKeys(KeySource(base + "/keys"), fresh: .milliseconds(50))
      let now = Instant.now
      let permit = Permit(
        id: "j", effect: "e", action: "a", caseID: "c", workflow: "w", route: "auto", bundle: "b", audience: "x", pre: nil,
        salt: nil, approvals: [], issuedAt: now.unixSeconds, expiresAt: now.unixSeconds + 900)
      let token = try keys[0].sign(permit.claims, type: Permit.type)
      #expect(try await source.verify(token, now: now.unixSeconds).id == "j")
      let both = served.now?.holding(keys[0...1].map(\.verification), at: .now)
      served.now = both?.revoking(keys[0].id, reason: "stolen", by: "P-ivo", at: .now)
      try await Task.sleep(for: .milliseconds(60))
      let error = await #expect(throws: JWSError.self) { try await source.verify(token, now: now.unixSeconds) }
      #expect(error?.code == "key")
    }
  }
}

/// What the server answers by now.
private final class Served: Sendable {
  private let switches: Mutex<Switches?>
  init(_ switches: Switches?) { self.switches = Mutex(switches) }
  var now: Switches? {
    get { switches.withLock { $0 } }
    set { switches.withLock { $0 = newValue } }
  }
}
