import JSON
import Lanes
import Storage
import Testing
import Wire

@testable import countersign_policy

/// What audit tells of budgets stands under the workflow until it tells that they hold.
@Suite struct FreezeTests {
  private static let spent = BudgetState(
    workflow: "bench", exhausted: ["people", "audit"], because: ["12 % of 40 cases were late by people, 5 % may be", "3 % of 900 required fields are missing, 1 % may be"],
    until: "2026-12-22", at: Instant(microseconds: 1_795_000_000_000_000))
  private static let ready = BudgetState(workflow: "bench", exhausted: [], because: [], until: nil, at: Instant(microseconds: 1_795_100_000_000_000))

  @Test func whatWasToldStandsUntilItIsOver() throws {
    let frozen = try #require(PolicyState.evolve(nil, .frozen(FreezeNoted(Self.spent))))
    #expect(frozen.frozen == Self.spent && frozen.timers.isEmpty)
    var writer = JSONWriter()
    frozen.write(&writer)
    #expect(try PolicyState(JSON.parse(writer.finish())).frozen == Self.spent)
    #expect(PolicyState.evolve(frozen, .frozen(FreezeNoted(Self.ready))) == nil)
    let record = PolicyRecord.frozen(FreezeNoted(Self.spent))
    #expect(record.key == "budget/bench" && record.topic == .verdicts && record.subject == nil && record.type == FreezeNoted.type)
    #expect(record.facts.map(\.1) == ["bench", "people,audit"])
  }

  @Test func theRefusalNamesBudgetsAndTheDay() throws {
    let store = try SQLiteStore(path: ":memory:", readers: 0)
    try store.migrate(schema(of: PolicyState.self, []))
    #expect(try Freezes(store) == .none)
    var writer = JSONWriter()
    PolicyState.frozen(Self.spent).write(&writer)
    let body = writer.finish()
    try store.transaction { transaction in
      for key in ["budget/bench", "budget0", "budges"] {
        _ = try transaction.execute("INSERT INTO states (key, lane, body) VALUES (?, 0, ?)", [.text(key), .blob(body)])
      }
    }
    let known = try Freezes(store)
    #expect(known.states == ["bench": Self.spent])
    let said = try #require(known.refusal("bench"))
    #expect(said.contains("its budgets people, audit are spent") && said.contains("12 % of 40") && said.contains("2026-12-22"), "\(said)")
    #expect(known.refusal("other") == nil)
    #expect(known.json.array?.first?["state"]?.string == "not_ready")
  }

  @Test func theRecordsOfBothReadWhatTheyWrite() throws {
    for state in [Self.spent, Self.ready] {
      var writer = JSONWriter()
      state.write(&writer)
      let bytes = writer.finish()
      #expect(try BudgetState(Fields(JSON.parse(bytes))) == state)
      #expect(try JSON.parse(bytes)["state"]?.string == (state.isReady ? "ready" : "not_ready"))
      #expect(try FreezeNoted(Fields(JSON.parse(bytes))) == FreezeNoted(state))
    }
  }
}
