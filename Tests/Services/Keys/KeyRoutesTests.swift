import AsyncHTTPClient
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

/// Policy's routes of people's own keys, on a bus and a database in memory.
@Suite struct KeyRoutesTests {
  static let people = (try? People(
    yaml: """
      people:
        - {id: P-ruth, name: Ruth, groups: [line-managers]}
        - {id: P-ines, name: Ines, groups: [security-reviewers]}
        - {id: P-ivo, name: Ivo, groups: [duty-officers], duty: true}
      """, tokens: ["P-ruth", "P-ines", "P-ivo"].map { "token-of-\($0)-0123456789 \($0)" }.joined(separator: "\n"))) ?? People([])

  struct House: Sendable {
    let url: String
    let stops: Stops
    let client: HTTPClient

    func ask(_ method: HTTPMethod, _ path: String, _ body: JSON? = nil, by person: String? = nil) async throws -> (status: Int, body: JSON) {
      let page = try await Browser(url, client).call(
        method, path, body: body?.text, type: "application/json", bearer: person.map { "token-of-\($0)-0123456789" })
      return (page.status, try JSON.parse(Array(page.text.utf8)))
    }

    func states(of person: String) async throws -> [String?] {
      try await ask(.GET, "/v1/decision-keys?person=\(person)").body["keys"]?.array?.map { $0["state"]?.string } ?? []
    }
  }

  /// - Returns: what policy has said on `verdicts`.
  @discardableResult
  func open(_ body: @escaping @Sendable (House) async throws -> Void) async throws -> [String] {
    let lanes: Int32 = 4, key = [UInt8](repeating: 7, count: 32)
    var topics: [String: Int32] = [:]
    for topic in Topic.all where topic.kind != .door { topics[topic.name] = topic.kind == .table ? 1 : lanes }
    let broker = MemoryBroker(topics: topics, seed: 5), store = try SQLiteStore(path: ":memory:")
    let mailbox = Mailbox<PolicyDecider>(wake: {}), signing = try ApprovalsTests.key.get()
    let stops = Stops(secret: [1])
    var decider = try ApprovalsTests().decider(signing: [signing])
    decider.stops = stops
    var config = LaneConfig(instance: "a", lanes: lanes)
    config.exclusive = true
    let engine = LaneEngine(
      decider, store: store, bus: broker.client(), clock: TestClock(.now), config: config, seal: Seal(key: key), caller: NoCaller(), mailbox: mailbox, seed: 3)
    try engine.start(Shelf.migrations)
    try stops.open(store, keys: [signing.verification])
    var settings = Settings(file: "DATABASE=sqlite::memory:")
    let road = Road(
      config: RoadConfig(.policy, port: 0, &settings), mailbox: mailbox, store: store, clock: SystemClock(scale: 1, origin: .now), metrics: Metrics(),
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), lanes: { [] })
    let people = LivePeople(Self.people)
    let registering = Registering(tokens: AccessTokens(people, provider: nil, logger: road.logger), people: people, provider: nil)
    let router = Router()
    router.addMiddleware { ProblemMiddleware() }
    KeyRoutes(road: road, stops: stops, registering: registering, signing: [signing], hours: 8, groups: ["duty-officers"]).add(to: router)

    nonisolated(unsafe) let working = engine
    try await whileWorking({ isOver in while !isOver() { _ = try? working.turn(wait: .milliseconds(2)) } }) {
      try await withServer(router) { url in
        try await Browser.with { client in try await body(House(url: url, stops: stops, client: client)) }
      }
    }
    let reader = broker.client()
    var said: [String] = []
    for lane in 0..<lanes {
      let partition = TopicPartition(Topic.verdicts.name, lane), marks = try reader.watermarks(of: partition)
      try reader.read(partition, marks.low..<marks.high) { message in
        said.append(message.frame.text("ce_type") ?? "")
        return true
      }
    }
    return said
  }

  @Test func aKeyIsRegisteredListedAndEndedByItsPerson() async throws {
    let device = Device()
    let said = try await open { house in
      let first = try await house.ask(.POST, "/v1/decision-keys", ["jwk": device.jwk], by: "P-ruth")
      #expect(first.status == 201 && first.body["kid"]?.string == device.kid && first.body["person"] == "P-ruth", "\(first.body.text)")
      let keys = KeySet([try ApprovalsTests.key.get().verification])
      let certificate = try KeyCertificate.verify(try #require(first.body["certificate"]?.string), keys: keys)
      #expect(certificate.person == "P-ruth" && certificate.key.id == device.kid && certificate.expiresAt - certificate.issuedAt == 8 * 3600)
      let again = try await house.ask(.POST, "/v1/decision-keys", ["jwk": device.jwk], by: "P-ruth")
      #expect(again.body["until"] == first.body["until"], "the same key again is the same registration")
      #expect(try await house.states(of: "P-ruth") == ["counts"])
      #expect(try await house.states(of: "P-ines") == [])
      let end = try await house.ask(.POST, "/v1/decision-keys/\(device.kid)/end", [:], by: "P-ruth")
      #expect(end.status == 200 && house.stops.now.hasEnded(device.kid))
      #expect(try await house.states(of: "P-ruth") == ["ended"])
      let replayed = try await house.ask(.POST, "/v1/decision-keys", ["jwk": device.jwk], by: "P-ruth")
      #expect(replayed.status == 409 && replayed.body["code"] == "key.ended", "a registration that is replayed brings nothing back")
    }
    #expect(said.filter { $0 == PersonKeyRegistered.type }.count == 1, "\(said)")
  }

  @Test func nobodyRegistersOrEndsAnothersKey() async throws {
    let device = Device(), thief = Device()
    try await open { house in
      let own = try await house.ask(.POST, "/v1/decision-keys", ["jwk": device.jwk], by: "P-ruth")
      let certificate = own.body["certificate"] ?? .null
      #expect(try await house.ask(.POST, "/v1/decision-keys", ["jwk": thief.jwk]).status == 401, "no token")
      let named = try await house.ask(.POST, "/v1/decision-keys", ["jwk": thief.jwk, "person": "P-ruth"], by: "P-ines")
      #expect(named.body["person"] == "P-ines", "the token says whose key it is, and nothing else does")
      let identity = try await house.ask(.POST, "/v1/decision-keys", ["jwk": thief.jwk, "identity": "a.b.c", "salt": "0123456789abcdef"])
      #expect(identity.status == 403 && identity.body["code"] == "key.proof")
      let place = "/v1/decision-keys/\(device.kid)/end"
      #expect(try await house.ask(.POST, place, ["person": "P-ruth"], by: "P-ines").status == 403)
      #expect(try await house.ask(.POST, place, [:], by: "P-ines").status == 404, "it is none of hers")
      let now = Instant.now.unixSeconds
      func ending(_ device: Device, _ kid: String, secondsAgo: Int64 = 0) throws -> JSON {
        .string(try device.sign(["kid": .string(kid), "iat": .integer(now - secondsAgo)], type: KeyEnding.type))
      }
      for (name, word) in [
        ("another key's word", try ending(thief, device.kid)), ("a word about another key", try ending(device, thief.kid)),
        ("an old word", try ending(device, device.kid, secondsAgo: 2_000)),
      ] {
        let answer = try await house.ask(.POST, place, ["ending": word, "certificate": certificate])
        #expect(answer.status == 403 && answer.body["code"] == "key.signature", "\(name): \(answer.body.text)")
      }
      #expect(!house.stops.now.hasEnded(device.kid))
      let answer = try await house.ask(.POST, place, ["ending": try ending(device, device.kid), "certificate": certificate])
      #expect(answer.status == 200 && house.stops.now.hasEnded(device.kid), "\(answer.body.text)")
      #expect(try await house.ask(.POST, "/v1/decision-keys/\(thief.kid)/end", ["person": "P-ines"], by: "P-ivo").status == 200, "a duty officer may")
    }
  }
}
