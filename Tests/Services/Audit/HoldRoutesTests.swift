import AsyncHTTPClient
import Foundation
import Hummingbird
import Identity
import JSON
import Lanes
import Ledger
import Logging
import Messaging
import NIOHTTP1
import SignOn
import Storage
import Testing
import Wire

@testable import Host
@testable import countersign_audit

/// Who may do what with holds over HTTP, and what each is told.
@Suite struct HoldRoutesTests {
  struct House: Sendable {
    let url: String
    let client: HTTPClient

    func ask(_ method: HTTPMethod, _ path: String, _ body: JSON? = nil, by token: String? = nil) async throws -> (status: Int, body: JSON) {
      let page = try await Browser(url, client).call(method, path, body: body?.text, type: "application/json", bearer: token)
      return (page.status, (try? JSON.parse(Array(page.text.utf8))) ?? .null)
    }
  }

  static func token(_ person: String) -> String { "token-of-\(person)-0123456789" }
  static let operatorsToken = "the-operators-own-token"
  private static let people = """
    people:
      - {id: P-mia, name: Mia, groups: [compliance-officers], person_claim: mia}
      - {id: P-mia-2, name: Mia, groups: [duty-officers], person_claim: mia}
      - {id: P-ivo, name: Ivo, groups: [duty-officers]}
      - {id: P-ada, name: Ada, groups: [support-agents]}
    """

  private func open(knowsPeople: Bool = true, _ body: @escaping @Sendable (House) async throws -> Void) async throws {
    let folder = NSTemporaryDirectory() + "countersign-holds-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Self.people.write(toFile: "\(folder)/people.yaml", atomically: true, encoding: .utf8)
    let tokens = ["P-mia", "P-mia-2", "P-ivo", "P-ada"].map { "\(Self.token($0)) \($0)" }.joined(separator: "\n")
    try tokens.write(toFile: "\(folder)/tokens", atomically: true, encoding: .utf8)
    try Self.operatorsToken.write(toFile: "\(folder)/admin", atomically: true, encoding: .utf8)

    let topics = Dictionary(uniqueKeysWithValues: Topic.all.map { ($0.name, Int32($0.kind == .table ? 1 : 4)) })
    let broker = MemoryBroker(topics: topics, seed: 5)
    let ledger = try TestLedger()
    let mailbox = Mailbox<AuditDecider>(wake: {})
    var config = LaneConfig(instance: "a", lanes: 4)
    config.exclusive = true
    let engine = LaneEngine(
      AuditDecider(), store: ledger.store, bus: broker.client(), clock: TestClock(Records.start), config: config, seal: Records().seal,
      caller: NoCaller<Never>(), absorber: ledger.absorber, mailbox: mailbox, seed: 3)
    try engine.start(Tables.migrations)
    var records = Records()
    try ledger.absorb(records.automaticCase(1))
    var settings = Settings(file: "DATABASE=sqlite::memory:\nADMIN_TOKEN_FILE=\(folder)/admin")
    let road = Road(
      config: RoadConfig(.audit, port: 0, &settings), mailbox: mailbox, store: ledger.store, clock: SystemClock(scale: 1, origin: .now), metrics: Metrics(),
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), lanes: { [] })
    let people = knowsPeople ? try KnownPeople(PeopleFiles(people: "\(folder)/people.yaml", tokens: "\(folder)/tokens")) : nil
    let checkpointer = Checkpointer(paths: ledger.paths, keys: SigningKeys([ledger.signer]))
    let router = Router()
    router.addMiddleware { ProblemMiddleware() }
    KeepingRoutes(
      road: road, sweeper: Sweeper(RetentionFile(KeptWorld.file), ledger.paths, checkpointer, everySeconds: 60), people: people,
      tokens: people.map { AccessTokens($0.live, provider: nil, logger: road.logger) }, groups: ["compliance-officers", "duty-officers"]
    ).add(to: router)
    nonisolated(unsafe) let working = engine
    try await whileWorking({ isOver in while !isOver() { _ = try? working.turn(wait: .milliseconds(2)) } }) {
      try await withServer(router) { url in
        try await Browser.with { client in try await body(House(url: url, client: client)) }
      }
    }
    // Its folder goes with it.
    withExtendedLifetime(ledger) {}
  }

  /// For each call the status that each gets: nobody, a token that is none, the operator, an agent, a compliance officer.
  private static let table: [(HTTPMethod, String, JSON?, [Int])] = [
    (.GET, "/v1/retention", nil, [200, 200, 200, 200, 200]),
    (.GET, "/v1/holds", nil, [200, 401, 200, 403, 200]),
    (.GET, "/v1/holds?all=1", nil, [200, 401, 200, 403, 200]),
    (.GET, "/v1/holds?all=7", nil, [400, 401, 400, 403, 400]),
    (.POST, "/v1/holds", ["case": .string(Records.caseID(1)), "reason": "matter 7"], [401, 401, 401, 403, 201]),
    (.POST, "/v1/holds", ["workflow": "ticket-summary", "reason": "matter 7"], [401, 401, 401, 403, 201]),
    (.POST, "/v1/holds", ["person": "countersign.demo P-ada", "reason": "matter 7"], [401, 401, 401, 403, 201]),
    (.POST, "/v1/holds", ["person": "P-ada", "reason": "matter 7"], [401, 401, 401, 403, 404]),
    (.POST, "/v1/holds", ["case": .string(Records.caseID(9)), "reason": "matter 7"], [401, 401, 401, 403, 404]),
    (.POST, "/v1/holds", ["workflow": "no such", "reason": "matter 7"], [401, 401, 401, 403, 404]),
    (.POST, "/v1/holds", ["case": .string(Records.caseID(1))], [401, 401, 401, 403, 400]),
    (.POST, "/v1/holds", ["reason": "matter 7"], [401, 401, 401, 403, 400]),
    (.POST, "/v1/holds", ["case": .string(Records.caseID(1)), "workflow": "ticket-summary", "reason": "matter 7"], [401, 401, 401, 403, 400]),
    (.POST, "/v1/holds/H-000000000000/release", ["reason": "settled"], [401, 401, 401, 403, 404]),
    (.POST, "/v1/holds/H-000000000000/release", [:], [401, 401, 401, 403, 400]),
  ]

  @Test func eachGetsWhatTheTableSays() async throws {
    try await open { house in
      for (method, path, body, wanted) in Self.table {
        let who = [nil, "no-token-of-anybody", Self.operatorsToken, Self.token("P-ada"), Self.token("P-mia")]
        for (token, status) in zip(who, wanted) {
          let answer = try await house.ask(method, path, body, by: token)
          #expect(answer.status == status, "\(method) \(path) \(body?.text ?? "") by \(token ?? "nobody"): \(answer.body.text)")
        }
      }
    }
  }

  @Test func aHoldIsPlacedByOneAndEndedByTwo() async throws {
    try await open { house in
      let placed = try await house.ask(.POST, "/v1/holds", ["case": .string(Records.caseID(1)), "reason": "matter 7"], by: Self.token("P-mia"))
      let id = try #require(placed.body["hold"]?.string)
      func standing(_ token: String? = nil, _ query: String = "") async throws -> JSON? {
        try await house.ask(.GET, "/v1/holds\(query)", by: token).body["holds"]?.array?.first
      }
      #expect(try await standing()?["placed"]?["by"] == "countersign.demo P-mia")
      #expect(try await standing()?["placed"]?["reason"] == nil)
      #expect(try await standing(Self.operatorsToken)?["placed"]?["reason"] == "matter 7")
      let path = "/v1/holds/\(id)/release"
      #expect(try await house.ask(.POST, path, ["reason": "settled"], by: Self.token("P-mia")).status == 202)
      for account in ["P-mia", "P-mia-2"] {
        let again = try await house.ask(.POST, path, ["reason": "settled"], by: Self.token(account))
        #expect(again.status == 403 && again.body["code"] == "four_eyes.same", "\(account) is the same human")
      }
      #expect(try await standing()?["asked"]?["by"] == "countersign.demo P-mia")
      #expect(try await house.ask(.POST, path, ["reason": "settled"], by: Self.token("P-ivo")).status == 200)
      #expect(try await standing() == nil)
      #expect(try await house.ask(.POST, path, ["reason": "settled"], by: Self.token("P-ivo")).status == 404)
    }
  }

  @Test func withoutPeopleNobodyPlacesAHold() async throws {
    try await open(knowsPeople: false) { house in
      let answer = try await house.ask(.POST, "/v1/holds", ["case": .string(Records.caseID(1)), "reason": "x"], by: Self.token("P-mia"))
      #expect(answer.status == 503 && answer.body["code"] == "holds.nobody")
      #expect(try await house.ask(.GET, "/v1/holds").status == 200)
    }
  }
}
