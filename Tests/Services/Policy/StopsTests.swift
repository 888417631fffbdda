import Foundation
import Host
import JSON
import Lanes
import Storage
import Testing
import Wire

@testable import countersign_policy

/// One person stops automation; two different ones start it again.
@Suite struct StopsTests {
  static let now = Instant(microseconds: 1_795_500_000_000_000)

  func human(_ id: String) -> String { id == "P-ivo-2" ? "P-ivo" : id }

  @Test func startingAgainTakesTwoPeopleWithinTenMinutes() throws {
    let stopped = try #require(Switches().stopping("reply-draft", reason: "wrong replies", by: "P-ivo", at: Self.now))
    #expect(stopped.stop(of: "reply-draft")?.by == "P-ivo" && stopped.stop(of: "access-request") == nil)
    #expect(stopped.stopping("reply-draft", reason: "again", by: "P-nina", at: Self.now) == nil)
    guard case .first(let asked, _) = stopped.starting("reply-draft", by: "P-ivo", at: Self.now, human: human) else {
      Issue.record("the first of two was expected")
      return
    }
    #expect(asked.stop(of: "reply-draft") != nil)
    let soon = Self.now.adding(seconds: 599), late = Self.now.adding(seconds: 601)
    #expect(asked.starting("reply-draft", by: "P-ivo", at: soon, human: human) == .samePerson)
    #expect(asked.starting("reply-draft", by: "P-ivo-2", at: soon, human: human) == .samePerson)
    guard case .started(let running) = asked.starting("reply-draft", by: "P-nina", at: soon, human: human) else {
      Issue.record("it should run again")
      return
    }
    #expect(running.stops.isEmpty && running.version == 3)
    guard case .first = asked.starting("reply-draft", by: "P-nina", at: late, human: human) else {
      Issue.record("after ten minutes another first one was expected")
      return
    }
    #expect(running.starting("reply-draft", by: "P-nina", at: late, human: human) == .notStopped)
  }

  @Test func allStopsAllAndSurvivesBeingWritten() throws {
    let stopped = try #require(Switches().stopping("*", reason: "garbage", by: "P-ivo", at: Self.now))
    #expect(stopped.stop(of: "anything") != nil)
    #expect(try Switches(JSON.parse(stopped.json.canonical)) == stopped)
  }

  /// `body` works on a new database, as the engine would make it.
  func withStore(_ body: (any Store) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("stops-\(UUID().uuidString).sqlite")
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path.path + suffix) } }
    let store = try openStore("sqlite:\(path.path)")
    defer { store.close() }
    try store.migrate(schema(of: PolicyState.self, Shelf.migrations))
    try body(store)
  }

  @Test func anotherInstanceAndARestartSeeIt() throws {
    try withStore { store in
      let one = Stops(secret: [1]), other = Stops(secret: [1])
      try one.open(store)
      try other.open(store)
      _ = try one.change(store) { $0.stopping("reply-draft", reason: "wrong", by: "P-ivo", at: Self.now) }
      #expect(other.stop(of: "reply-draft") == nil)
      other.refresh(store)
      #expect(other.stop(of: "reply-draft")?.reason == "wrong")
      let later = Stops(secret: [1])
      try later.open(store)
      #expect(later.stop(of: "reply-draft")?.reason == "wrong")
    }
  }

  @Test(arguments: [
    "UPDATE switches SET body = '{\"last\":\"none\",\"stops\":[],\"version\":1}'", "UPDATE switches SET version = 7",
    "UPDATE switches SET mark = ''", "DELETE FROM switches",
  ])
  func aRowChangedPastUsStopsEverything(_ change: String) throws {
    try withStore { store in
      let stops = Stops(secret: [1])
      try stops.open(store)
      _ = try stops.change(store) { $0.stopping("reply-draft", reason: "wrong", by: "P-ivo", at: Self.now) }
      try store.transaction { _ = try $0.execute(change, []) }
      stops.refresh(store)
      #expect(stops.stop(of: "access-request")?.by == "countersign")
      #expect(throws: StoreError.self) { try stops.change(store) { $0.stopping("x", reason: "y", by: "z", at: Self.now) } }
      // The same from the first moment of a new process.
      let later = Stops(secret: [1])
      try later.open(store)
      #expect(later.stop(of: "access-request")?.by == "countersign")
    }
  }

  @Test func anOlderRowPutBackStopsEverything() throws {
    try withStore { store in
      let stops = Stops(secret: [1])
      try stops.open(store)
      let old = try store.read { try $0.query("SELECT body, mark FROM switches", []) }[0]
      _ = try stops.change(store) { $0.stopping("reply-draft", reason: "wrong", by: "P-ivo", at: Self.now) }
      try store.transaction { _ = try $0.execute("UPDATE switches SET version = 0, body = ?, mark = ?", old) }
      stops.refresh(store)
      #expect(stops.stop(of: "access-request")?.by == "countersign")
    }
  }
}
