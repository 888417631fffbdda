import Foundation
import JSON
import Lanes
import Messaging
import Storage
import Synchronization
import Vault
import Wire

@testable import countersign_model_adapter

/// The workflow folders as they are shipped.
enum Shipped {
  static let deploy = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "../../../deploy").standardizedFileURL
  /// Read and trained once for all tests.
  static let bench = Result { try Workflow(folder: deploy.appending(path: "benchmarks/workflows/bench")) }
  static let tickets = Result { try Workflow(folder: deploy.appending(path: "workflows/ticket-summary")) }
  static let invoices = Result { try Workflow(folder: deploy.appending(path: "workflows/invoice-exception")) }

  static func workflows() throws -> [String: Workflow] {
    let all = [try bench.get(), try tickets.get(), try invoices.get()]
    return Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
  }
  static let provider = Result { try EmbeddedProvider(workflows().values) }

  static func sample(_ path: String) throws -> JSON {
    try JSON.parse([UInt8](Data(contentsOf: deploy.appending(path: path))))["data"] ?? .null
  }

  static let sealer = Sealer(key: Array(repeating: 7, count: 32))
  static let tokeniser = Tokeniser(key: Array(repeating: 9, count: 32))

  static func decider(_ provider: (any Provider)? = nil) throws -> ModelDecider {
    ModelDecider(
      workflows: try workflows(), provider: try provider ?? Shipped.provider.get(), sealer: sealer, clockScale: 1)
  }
}

let start = Instant(microseconds: 1_800_000_000_000_000)

func request(
  _ workflow: String, _ data: JSON, round: Int64 = 1, proposal: JSON? = nil
) -> ModelRequested {
  ModelRequested(
    workflow: workflow, bundle: "b", round: round, data: data, payloadHash: "p", proposal: proposal, ingested: start,
    requester: nil, personal: [:], deadline: start.adding(seconds: 3600))
}

/// Drives a decider as the lanes do: state changes only by records, each of which is written and read back first.
struct Desk {
  let decider: ModelDecider
  var state: OpenRequest?
  var now = start
  let key = "case-1"

  init(_ decider: ModelDecider) { self.decider = decider }

  /// - Returns: what was said, after a round trip through its bytes.
  mutating func handle(_ event: ModelEvent) throws -> [ModelRecord] {
    let view = View(states: state.map { [key: $0] } ?? [:], wall: now)
    var said: [ModelRecord] = []
    for output in try decider.decide(event, view, now: now) {
      guard case .emit(let record) = output else { continue }
      let again = try Desk.throughBytes(record)
      state = decider.evolve(state, again)
      state = try state.map(Desk.throughBytes)
      said.append(again)
    }
    return said
  }

  static func throughBytes(_ record: ModelRecord) throws -> ModelRecord {
    var body = JSONWriter()
    record.write(&body)
    var frame = FrameWriter()
    frame.begin(key: record.key.utf8, body: body.finish())
    frame.header(Header.subject, record.key)
    for (fact, value) in record.facts { frame.header(fact.rawValue, value) }
    frame.end()
    guard let read = Frame.split(frame.bytes[...])?.first else { throw WireError("no frame") }
    return try ModelRecord.read(type: record.type, topic: record.topic, frame: read)
  }

  static func throughBytes(_ state: OpenRequest) throws -> OpenRequest {
    var writer = JSONWriter()
    state.write(&writer)
    return try OpenRequest(JSON.parse(writer.finish(), limits: .stored))
  }

  mutating func ask(_ request: ModelRequested) throws -> [ModelRecord] { try handle(.requested(key, request)) }

  mutating func end(_ call: String, _ fetched: Fetched) throws -> [ModelRecord] {
    try handle(.ended(key, call: call, .source(fetched)))
  }

  mutating func fire(_ timer: String) throws -> [ModelRecord] { try handle(.timer(key, name: timer)) }
}

extension [ModelRecord] {
  var made: ProposalMade? { if case .made(_, let body)? = last { body } else { nil } }
  var failed: ProposalFailed? { if case .failed(_, let body, _)? = last { body } else { nil } }
  var pending: ProposalPending? { if case .pending(_, let body, _)? = last { body } else { nil } }
}
