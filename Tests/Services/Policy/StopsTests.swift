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
      #expect(other.now.stop(of: "reply-draft") == nil)
      other.refresh(store)
      #expect(other.now.stop(of: "reply-draft")?.reason == "wrong")
      let later = Stops(secret: [1])
      try later.open(store)
      #expect(later.now.stop(of: "reply-draft")?.reason == "wrong")
    }
  }

  @Test(arguments: [
    "UPDATE switches SET body = '{\"clock\":0,\"keys\":[],\"stops\":[],\"unsaid\":[],\"version\":1}'", "UPDATE switches SET version = 7",
    "UPDATE switches SET mark = ''", "DELETE FROM switches",
  ])
  func aRowChangedPastUsStopsEverything(_ change: String) throws {
    try withStore { store in
      let stops = Stops(secret: [1])
      try stops.open(store)
      _ = try stops.change(store) { $0.stopping("reply-draft", reason: "wrong", by: "P-ivo", at: Self.now) }
      try store.transaction { _ = try $0.execute(change, []) }
      stops.refresh(store)
      #expect(stops.now.stop(of: "access-request")?.by == "countersign")
      #expect(throws: StoreError.self) { try stops.change(store) { $0.stopping("x", reason: "y", by: "z", at: Self.now) } }
      // The same from the first moment of a new process.
      let later = Stops(secret: [1])
      try later.open(store)
      #expect(later.now.stop(of: "access-request")?.by == "countersign")
    }
  }

  @Test func aClockThatWentBackStopsEverythingUntilTwoPeopleHaveLooked() throws {
    let noted = try #require(Switches().noting(Self.now))
    #expect(noted.clock == Self.now && noted.stops.isEmpty && noted.unsaid.isEmpty)
    #expect(noted.noting(Self.now.adding(seconds: 59)) == nil && noted.noting(Self.now.adding(seconds: -59)) == nil)
    let back = Self.now.adding(seconds: -7_200)
    let stopped = try #require(noted.noting(back))
    #expect(stopped.stop(of: "anything")?.by == Stop.guardian && stopped.clock == Self.now)
    #expect(stopped.unsaid.map(\.what) == ["countersign stopped *: a clock went back by 7200 s"])
    #expect(stopped.noting(back) == nil, "once is enough")
    guard case .first(let asked, _) = stopped.starting("*", by: "P-ivo", at: back, human: human),
      case .started(let running) = asked.starting("*", by: "P-nina", at: back, human: human)
    else {
      Issue.record("two people should start it again")
      return
    }
    #expect(running.stops.isEmpty && running.clock == back && running.noting(back) == nil)
  }

  @Test func switchesOlderThanWhatTheStreamTellsStopEverything() throws {
    let old = try #require(Switches().stopping("reply-draft", reason: "wrong", by: "P-ivo", at: Self.now))
    #expect(old.behind(1, at: Self.now) == nil)
    let stopped = try #require(old.behind(5, at: Self.now))
    #expect(stopped.version > 5 && stopped.stop(of: "anything")?.by == Stop.guardian && stopped.stops.count == 2)
    #expect(stopped.behind(5, at: Self.now) == nil)
  }

  @Test func eachChangeIsToldOnceItIsWritten() throws {
    let one = try #require(Switches().stopping("reply-draft", reason: "wrong", by: "P-ivo", at: Self.now))
    let two = try #require(one.stopping("*", reason: "worse", by: "P-nina", at: Self.now))
    #expect(two.unsaid.map(\.version) == [1, 2])
    let said = try #require(two.said(through: 1))
    #expect(said.unsaid.map(\.version) == [2] && said.version == 3 && said.said(through: 1) == nil)
    #expect(try Switches(JSON.parse(said.json.canonical)) == said)
    // What was told is folded, so that a restored database knows how far it had got.
    let told = PolicyState.evolve(nil, .switched(two.unsaid[1]))
    guard case .switches(2) = told else {
      Issue.record("2 was expected, not \(String(describing: told))")
      return
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
      #expect(stops.now.stop(of: "access-request")?.by == "countersign")
    }
  }
}
