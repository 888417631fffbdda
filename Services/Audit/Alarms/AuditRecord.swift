import JSON
import Lanes
import Wire

/// All that audit says.
enum AuditRecord: ServiceRecord {
  case alert(AlertPublished)
  case checkpoint(CheckpointPublished)
  case budget(BudgetState)

  var topic: Topic {
    switch self {
    case .alert: .alerts
    case .checkpoint: .checkpoints
    case .budget: .budgets
    }
  }

  var type: String {
    switch self {
    case .alert: AlertPublished.type
    case .checkpoint: CheckpointPublished.type
    case .budget: BudgetState.type
    }
  }

  var key: String {
    switch self {
    case .alert(let alert): alert.key
    case .checkpoint: "ledger"
    case .budget(let state): state.key
    }
  }

  var subject: String? { nil }

  var facts: [(Fact, String)] {
    switch self {
    case .alert(let alert): [(.reasons, alert.code)]
    case .checkpoint: []
    case .budget(let state): [(.workflow, state.workflow), (.reasons, state.isReady ? "ready" : state.exhausted.joined(separator: ","))]
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .alert(let body): body.write(&writer)
    case .checkpoint(let body): body.write(&writer)
    case .budget(let body): body.write(&writer)
    }
  }

  static func read(type: String, topic: Topic, frame: Frame) throws -> AuditRecord {
    let fields = try Fields(of: frame)
    switch type {
    case AlertPublished.type: return .alert(try AlertPublished(fields))
    case CheckpointPublished.type: return .checkpoint(try CheckpointPublished(fields))
    case BudgetState.type: return .budget(try BudgetState(fields))
    default: throw WireError("\(type) is no record of audit")
    }
  }
}

/// An alert that stands until it is resolved; or that budgets of a workflow are spent (`BudgetState.prefix`).
struct Alarm: LaneState {
  let since: Instant
  /// As it was told; empty where an earlier version kept neither.
  let code: String
  let text: String

  var calls: [NoCall] { [] }

  init(since: Instant, code: String, text: String) { (self.since, self.code, self.text) = (since, code, text) }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("since", since)
      writer.member("code", code)
      writer.member("text", text)
    }
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    self.init(since: try fields.instant("since"), code: fields.optionalText("code") ?? "", text: fields.optionalText("text") ?? "")
  }
}
