import Foundation
import JSON
import JSONSchema
import Lanes
import Testing
import Vault
import Wire

@testable import countersign_intake

/// What policy wants adjudicated comes in as any item does, by a topic that only policy writes.
@Suite("The door for adjudications") struct AdjudicationDoorTests {
  private let data: JSON = [
    "case": "c-1", "workflow": "bench", "round": 1, "ticket": .string(String(repeating: "a", count: 64)),
    "request": ["text": "tok_email_1 asks"], "proposed": ["output": ["class": "price"]], "barred": ["countersign.demo P-ada"],
  ]

  private func decider() throws -> IntakeDecider {
    let source = Source(
      name: AdjudicationAsked.source, workflows: [AdjudicationAsked.workflow], requester: nil, door: "adjudications", tokenHash: nil)
    let registry = SourceRegistry(sources: [source], executors: [:])
    let workflow = try Workflow(folder: Fixture.deploy.appending(path: "builtin/adjudication"))
    return IntakeDecider(
      door: Door(
        workflows: [workflow.name: workflow], sources: registry, tokeniser: Fixture.tokeniser, sealer: Fixture.sealer,
        hashes: ItemHashes(key: Fixture.key)),
      reader: EnvelopeReader(limit: 256 << 10), executions: ExecutionReader(sources: registry))
  }

  private func asked(_ data: JSON) -> [UInt8] {
    var writer = JSONWriter()
    AdjudicationAsked(item: "c-1/1", data: data).write(&writer)
    return writer.finish()
  }

  @Test("becomes a case of the built-in workflow") func admitted() throws {
    let admission = try #require(try Fixture.admission(Fixture.message(asked(data), topic: "adjudications"), decider()))
    #expect(admission.body.workflow == "adjudication" && admission.body.source == "countersign" && admission.body.item == "c-1/1")
    #expect(admission.body.data == data && admission.body.sealed == nil)
  }

  @Test("what is not of the schema is answered") func refused() throws {
    let rejection = try Fixture.rejection(Fixture.message(asked(["case": "c-1"]), topic: "adjudications"), decider())
    #expect(rejection?.code == .schemaViolation)
    #expect(try Fixture.rejection(Fixture.message(Array("[]".utf8), topic: "adjudications"), decider())?.code == .schemaViolation)
  }

  @Test("an outsider cannot send it, whatever source is named") func outsider() throws {
    let item: JSON = ["workflow": "adjudication", "source": "countersign", "id": "c-1/1", "data": data]
    for topic in ["intake", "intake.countersign"] {
      #expect(try Fixture.rejection(Fixture.message(item.canonical, topic: topic), decider())?.code == .sourceUnknown)
    }
  }
}
