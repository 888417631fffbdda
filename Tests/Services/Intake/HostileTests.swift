import Foundation
import JSON
import JSONSchema
import Messaging
import Testing
import Vault
import Wire

@testable import countersign_intake

@Suite("Hostile input at the door") struct HostileTests {
  private let folder = Fixture.deploy.appending(path: "samples/hostile")

  /// The payloads that are too big or too odd to lie in the folder.
  private func generated() throws -> URL {
    let target = FileManager.default.temporaryDirectory.appending(path: "countersign-hostile-\(UUID().uuidString)")
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", folder.appending(path: "make.py").path, target.path]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return target
  }

  @Test("each sample is answered with its own reason") func samples() throws {
    let expectations = try JSON.parse([UInt8](Data(contentsOf: folder.appending(path: "expectations.json"))))
    let made = try generated()
    defer { try? FileManager.default.removeItem(at: made) }
    let decider = try Fixture.decider()
    let all = try #require(expectations.object?.members)
    #expect(all.count > 50)
    for (name, expected) in all {
      let place = expected["generated"]?.bool == true ? made : folder
      let body = expected["tombstone"]?.bool == true ? nil : [UInt8](try Data(contentsOf: place.appending(path: name)))
      let headers = expected["headers"]?.object?.members.map { ($0.key, $0.value.string) } ?? []
      let event = try #require(try Fixture.event(Fixture.message(body, headers), decider), "\(name)")
      let codes = expected["code"]?.array?.compactMap(\.string) ?? [expected["code"]?.string ?? ""]
      guard case .refuse(let rejection, let record) = event else {
        // What comes second under an id is found out by its content; see IdempotencyTests.
        #expect(codes == ["accepted"] || expected["after"] != nil, "\(name) was taken in")
        continue
      }
      #expect(codes.contains(rejection.code.rawValue), "\(name): \(rejection)")
      let pointers = Set(rejection.violations.map(\.pointer))
      let wanted = expected["pointers"]?.array?.compactMap(\.string) ?? [expected["pointer"]?.string].compactMap(\.self)
      #expect(pointers.isSuperset(of: wanted), "\(name): \(rejection)")
      if let keyword = expected["keyword"]?.string {
        #expect(rejection.violations.contains { $0.keyword == keyword }, "\(name)")
      }
      if let header = expected["header"]?.string {
        #expect(rejection.violations.contains { $0.keyword == header }, "\(name)")
      }
      let reply = rejection.reply(record: record)
      #expect(reply.key == (rejection.item == nil ? "intake/0/5" : "\(rejection.source ?? "")/\(rejection.item ?? "")"))
    }
  }

  @Test("a reply never holds what was sent") func noPayload() throws {
    let secret = "s3cr3t-value"
    let messages = [
      Fixture.message(Array("{\"workflow\": \"\(secret)\"".utf8)),
      Fixture.message(Fixture.item("h-1", ["ticket": .string(secret), "subject": 5, "channel": .string(secret)])),
      Fixture.message(Fixture.item("h-2", type: secret)), Fixture.message(Fixture.item("h-3", time: secret)),
    ]
    for message in messages {
      let (reply, _) = try #require(try Fixture.rejection(message)).reply(record: "intake/0/5")
      var writer = JSONWriter()
      reply.write(&writer)
      #expect(!String(decoding: writer.finish(), as: UTF8.self).contains(secret))
    }
  }

  @Test("no bytes whatever stop it", arguments: 0..<40) func randomBytes(seed: UInt64) throws {
    var dice = SplitMix64(seed: seed)
    let decider = try Fixture.decider()
    let good = Fixture.item("r-\(seed)", Fixture.ticket(customer: ["email": "a@example.org"]))
    for _ in 0..<200 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...6, using: &dice) {
        let at = Int.random(in: 0..<bytes.count, using: &dice)
        switch Int.random(in: 0..<3, using: &dice) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &dice)
        case 1: bytes.remove(at: at)
        default: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: at)
        }
      }
      let event = try Fixture.event(Fixture.message(bytes), decider)
      switch try #require(event) {
      case .admit, .refuse: break
      default: Issue.record("an item became something else")
      }
      _ = try Fixture.event(Fixture.message(bytes, topic: "executions"), decider)
    }
  }

  @Test("an id with NUL, or one too long, is refused and named by its place") func badIDs() throws {
    for id in ["a\u{0}b", String(repeating: "x", count: 201), ""] {
      let rejection = try #require(try Fixture.rejection(Fixture.message(Fixture.item(id))))
      #expect(rejection.code == .schemaViolation && rejection.violations.map(\.pointer) == ["/id"])
      #expect(rejection.reply(record: "intake/0/5").key == "intake/0/5")
    }
  }

  @Test("many tiny private values, and few large ones, are refused before they take an id") func privateFlood() throws {
    let schema = try Schema(compiling: ["type": "array", "items": ["x-personal": "name"]])
    let sources = SourceRegistry(
      sources: [Source(name: "s", workflows: ["w"], requester: nil, door: nil, tokenHash: nil)], executors: [:])
    let door = Door(
      workflows: ["w": Workflow(name: "w", item: schema)], sources: sources, tokeniser: Fixture.tokeniser,
      sealer: Fixture.sealer, hashes: ItemHashes(key: Fixture.key))
    let decider = IntakeDecider(
      door: door, reader: EnvelopeReader(limit: 512 << 10), executions: ExecutionReader(sources: sources))
    func code(_ values: [JSON]) throws -> Rejection.Code? {
      let body: JSON = ["workflow": "w", "source": "s", "id": "p-1", "data": .array(values)]
      return try Fixture.rejection(Fixture.message(body.canonical), decider)?.code
    }
    #expect(try code((0..<2_000).map { .integer($0) }) == nil)
    #expect(try code((0..<2_001).map { .integer($0) }) == .tooLarge)
    #expect(try code([.string(String(repeating: "x", count: 400_000))]) == .tooLarge)
  }
}
