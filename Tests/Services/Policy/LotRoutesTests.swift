import Bundles
import Foundation
import Hummingbird
import Identity
import JSON
import Lanes
import Logging
import Messaging
import NIOHTTP1
import Permits
import SignOn
import Storage
import Testing
import Wire

@testable import Host
@testable import countersign_policy

/// Who may sign for a stratum that lots have stopped, over HTTP; and that nobody may while a budget of its workflow is spent.
@Suite struct LotRoutesTests {
  private static let people = (try? People(
    yaml: """
      people:
        - {id: P-ivo, name: Ivo, groups: [duty-officers], duty: true}
        - {id: P-ada, name: Ada, groups: [agents]}
      """, tokens: ["P-ivo", "P-ada"].map { "token-of-\($0)-0123456789 \($0)" }.joined(separator: "\n"))) ?? People([])
  private static let spent = BudgetState(
    workflow: "bench", exhausted: ["people"], because: ["12 % of 40 cases were late by people, 5 % may be"], until: "2026-12-22",
    at: Instant(microseconds: 1_795_000_000_000_000))
  private static let word: JSON = ["workflow": "bench", "stratum": "low/1", "reason": "mended"]

  private struct House: Sendable {
    let ask: @Sendable (_ path: String, _ body: JSON?, _ person: String?) async throws -> (status: Int, body: JSON)

    /// Severities of the stratum in all lanes that have counted.
    var severities: [String] { get async throws { try await ask("/v1/lots", nil, nil).body["lots"]?.array?.compactMap { $0["severity"]?.string } ?? [] } }
  }

  /// Lane 1 has seen seven lots rejected, as `LotsTests` has it.
  private func stopped() throws -> (key: String, body: [UInt8]) {
    var lane = try DrawnLane(mode: "hold", rate: 0.25, epochSeconds: 3_600)
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
      let before = lane.reviews.count
      for number in 0..<40 { try lane.judge("\(name)-\(number)", for: "\(name)-\(number)") }
      for (number, caseID) in lane.reviews[before...].enumerated() {
        try lane.decide(caseID, number < 4 ? .reject : .approve, code: number < 4 ? "wrong" : "")
      }
      lane.pass(3_600)
      try lane.fireTimers()
    }
    let state = try #require(lane.states[lane.place.key])
    #expect(state.draws?.lots.switching("bench", "low/1").severity == .stopped)
    return (lane.place.key, Self.bytes(state))
  }

  private static func bytes(_ state: PolicyState) -> [UInt8] {
    var writer = JSONWriter()
    state.write(&writer)
    return writer.finish()
  }

  private func open(isFrozen: Bool, _ body: @escaping @Sendable (House) async throws -> Void) async throws {
    let lanes: Int32 = 4
    var topics: [String: Int32] = [:]
    for topic in Topic.all where topic.kind != .door { topics[topic.name] = topic.kind == .table ? 1 : lanes }
    let broker = MemoryBroker(topics: topics, seed: 5), store = try SQLiteStore(path: ":memory:")
    try store.migrate(schema(of: PolicyState.self, Shelf.migrations))
    let draws = try stopped()
    let number = try #require((0..<lanes).first { DrawPlace.of(lane: $0, among: lanes).key == draws.key })
    try store.transaction { transaction in
      var rows: [(key: String, lane: Int32, body: [UInt8])] = [(draws.key, number, draws.body)]
      if isFrozen { rows.append(("\(BudgetState.prefix)bench", 0, Self.bytes(.frozen(Self.spent)))) }
      for row in rows {
        _ = try transaction.execute("INSERT INTO states (key, lane, body) VALUES (?, ?, ?)", [.text(row.key), .integer(Int64(row.lane)), .blob(row.body)])
      }
    }
    let mailbox = Mailbox<PolicyDecider>(wake: {})
    var config = LaneConfig(instance: "a", lanes: lanes)
    config.exclusive = true
    let engine = LaneEngine(
      try ApprovalsTests().decider(signing: [try ApprovalsTests.key.get()]), store: store, bus: broker.client(), clock: TestClock(.now), config: config,
      seal: Seal(key: [UInt8](repeating: 7, count: 32)), caller: NoCaller(), mailbox: mailbox, seed: 3)
    try engine.start(Shelf.migrations)
    var settings = Settings(file: "DATABASE=sqlite::memory:")
    let road = Road(
      config: RoadConfig(.policy, port: 0, &settings), mailbox: mailbox, store: store, clock: SystemClock(scale: 1, origin: .now), metrics: Metrics(),
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), lanes: { [] })
    let router = Router()
    router.addMiddleware { ProblemMiddleware() }
    let tokens = AccessTokens(LivePeople(Self.people), provider: nil, logger: road.logger)
    LotRoutes(road: road, tokens: tokens, groups: ["duty-officers"]).add(to: router)
    nonisolated(unsafe) let working = engine
    try await whileWorking({ isOver in while !isOver() { _ = try? working.turn(wait: .milliseconds(2)) } }) {
      try await withServer(router) { url in
        try await Browser.with { client in
          try await body(
            House { path, content, person in
              let page = try await Browser(url, client).call(
                content == nil ? .GET : .POST, path, body: content?.text, type: "application/json", bearer: person.map { "token-of-\($0)-0123456789" })
              return (page.status, try JSON.parse(Array(page.text.utf8)))
            })
        }
      }
    }
  }

  @Test func onlyADutyOfficerSignsForWhatIsStopped() async throws {
    try await open(isFrozen: false) { house in
      #expect(try await house.severities == ["stopped"])
      #expect(try await house.ask("/v1/lots/resume", Self.word, nil).status == 401)
      #expect(try await house.ask("/v1/lots/resume", Self.word, "P-ada").status == 403)
      #expect(try await house.ask("/v1/lots/resume", ["workflow": "bench", "stratum": "low/1"], "P-ivo").status == 400, "a reason is needed")
      let other = try await house.ask("/v1/lots/resume", ["workflow": "bench", "stratum": "high/1", "reason": "mended"], "P-ivo")
      #expect(other.status == 409 && other.body["code"] == "not_stopped")
      let signed = try await house.ask("/v1/lots/resume", Self.word, "P-ivo")
      #expect(signed.status == 200 && signed.body["resumed"]?.bool == true, "\(signed.body.text)")
      #expect(try await house.severities == ["tightened"])
      #expect(try await house.ask("/v1/lots/resume", Self.word, "P-ivo").status == 409, "it goes on already")
    }
  }

  @Test func nobodySignsWhileABudgetIsSpent() async throws {
    try await open(isFrozen: true) { house in
      let refused = try await house.ask("/v1/lots/resume", Self.word, "P-ivo")
      #expect(refused.status == 409 && refused.body["code"] == "frozen", "\(refused.body.text)")
      let said = refused.body["detail"]?.string ?? ""
      #expect(said.contains("its budget people is spent") && said.contains("12 % of 40 cases") && said.contains("2026-12-22"), "\(said)")
      #expect(try await house.severities == ["stopped"], "nothing has changed")
    }
  }
}
