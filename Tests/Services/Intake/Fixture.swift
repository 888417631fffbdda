import Foundation
import JSON
import JSONSchema
import Lanes
import Messaging
import Permits
import Vault
import Wire

@testable import countersign_intake

/// An intake with the workflows as they are shipped, and sources of its own.
enum Fixture {
  static let deploy = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "../../../deploy").standardizedFileURL
  static let now = Instant(microseconds: 1_795_000_000_000_000)
  static let key = [UInt8](repeating: 7, count: 32)
  static let tokeniser = Tokeniser(key: key)
  static let sealer = Sealer(key: [UInt8](repeating: 9, count: 32))

  static let workflows = Result {
    let names = ["ticket-summary", "reply-draft", "access-request", "invoice-exception", "compliance-class"]
    return Dictionary(
      uniqueKeysWithValues: try names.map { ($0, try Workflow(folder: deploy.appending(path: "workflows/\($0)"))) })
  }

  static func decider(executor: VerificationKey? = nil, door: String? = nil) throws -> IntakeDecider {
    let sources = [
      source("support-desk", ["ticket-summary", "reply-draft"], requester: ("/customer/email", false), door: door),
      source("iam-portal", ["access-request"], requester: ("/requester", true)),
      source("erp", ["invoice-exception"]), source("compliance-desk", ["compliance-class"]),
    ]
    let registry = SourceRegistry(
      sources: sources, executors: executor.map { [$0.id: KeySet([$0])] } ?? [:])
    return IntakeDecider(
      door: Door(
        workflows: try workflows.get(), sources: registry, tokeniser: tokeniser, sealer: sealer,
        hashes: ItemHashes(key: key)),
      reader: EnvelopeReader(limit: 256 << 10), executions: ExecutionReader(sources: registry))
  }

  private static func source(
    _ name: String, _ workflows: [String], requester: (pointer: String, verified: Bool)? = nil, door: String? = nil
  ) -> Source {
    Source(
      name: name, workflows: workflows, requester: requester, door: door, tokenHash: sha256(Array("token-\(name)".utf8))
    )
  }

  static func reading(lane: Int32 = 0, seed: UInt64 = 1) -> Reading {
    Reading(lane: lane, lanes: 4, now: now, mint: CaseIDMint(seed: seed))
  }

  /// A ticket; `customer` holds private values.
  static func ticket(_ body: String = "The export stops.", customer: JSON? = nil) -> JSON {
    var object = JSONObject([
      ("ticket", "T-1001"), ("subject", "Export stops"), ("body", .string(body)), ("channel", "web"),
    ])
    object["customer"] = customer
    return .object(object)
  }

  static func item(_ id: String, _ data: JSON = ticket(), type: String? = nil, time: String? = nil) -> [UInt8] {
    var object = JSONObject([
      ("workflow", "ticket-summary"), ("source", "support-desk"), ("id", .string(id)), ("data", data),
    ])
    object["type"] = type.map { .string($0) }
    object["time"] = time.map { .string($0) }
    return JSON.object(object).canonical
  }

  static func frame(_ body: [UInt8]?, _ headers: [(String, String?)] = [], key: String? = nil) -> Frame {
    var writer = FrameWriter()
    writer.begin(key: key?.utf8, body: body)
    for (name, value) in headers { writer.header(name, value?.utf8) }
    writer.end()
    return Frame(writer.bytes[...])
  }

  static func message(
    _ body: [UInt8]?, _ headers: [(String, String?)] = [], topic: String = "intake", offset: Int64 = 5
  ) -> Message {
    Message(source: TopicPartition(topic, 0), offset: offset, timestamp: 0, frame: frame(body, headers))
  }

  /// What a message means, read once.
  static func event(_ message: Message, _ decider: IntakeDecider? = nil) throws -> IntakeEvent? {
    var reading = reading()
    return try (decider ?? self.decider()).interpret(message, &reading)
  }

  static func admission(_ message: Message, _ decider: IntakeDecider? = nil) throws -> Admission? {
    if case .admit(let admission)? = try event(message, decider) { admission } else { nil }
  }

  static func rejection(_ message: Message, _ decider: IntakeDecider? = nil) throws -> Rejection? {
    if case .refuse(let rejection, _)? = try event(message, decider) { rejection } else { nil }
  }
}
