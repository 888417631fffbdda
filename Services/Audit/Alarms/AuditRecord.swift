import JSON
import Lanes
import Wire

/// All that audit says.
enum AuditRecord: ServiceRecord {
  case alert(AlertPublished)
  case checkpoint(CheckpointPublished)

  var topic: Topic {
    switch self {
    case .alert: .alerts
    case .checkpoint: .checkpoints
    }
  }

  var type: String {
    switch self {
    case .alert: AlertPublished.type
    case .checkpoint: CheckpointPublished.type
    }
  }

  var key: String {
    switch self {
    case .alert(let alert): alert.key
    case .checkpoint: "ledger"
    }
  }

  var subject: String? { nil }

  var facts: [(Fact, String)] {
    switch self {
    case .alert(let alert): [(.reasons, alert.code)]
    case .checkpoint: []
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .alert(let body): body.write(&writer)
    case .checkpoint(let body): body.write(&writer)
    }
  }

  static func read(type: String, topic: Topic, frame: Frame) throws -> AuditRecord {
    let fields = try Fields(of: frame)
    switch type {
    case AlertPublished.type: return .alert(try AlertPublished(fields))
    case CheckpointPublished.type: return .checkpoint(try CheckpointPublished(fields))
    default: throw WireError("\(type) is no record of audit")
    }
  }
}

/// An alert that stands until it is resolved.
struct Alarm: LaneState {
  let since: Instant

  var calls: [NoCall] { [] }

  init(since: Instant) { self.since = since }

  func write(_ writer: inout JSONWriter) { writer.object { $0.member("since", since) } }
  init(_ json: JSON) throws { since = try Fields(json).instant("since") }
}
