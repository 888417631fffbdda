import JSON
import Lanes
import Wire

/// All that audit says.
enum AuditRecord: ServiceRecord {
  case alert(AlertPublished)
  case checkpoint(CheckpointPublished)
  case budget(BudgetState)
  case hold(HoldChanged)
  case erasing(ContentErasing)
  case erased(ContentErased)

  var topic: Topic {
    switch self {
    case .alert: .alerts
    case .checkpoint: .checkpoints
    case .budget: .budgets
    case .hold, .erasing, .erased: .retention
    }
  }

  var type: String {
    switch self {
    case .alert: AlertPublished.type
    case .checkpoint: CheckpointPublished.type
    case .budget: BudgetState.type
    case .hold: HoldChanged.type
    case .erasing: ContentErasing.type
    case .erased: ContentErased.type
    }
  }

  var key: String {
    switch self {
    case .alert(let alert): alert.key
    case .checkpoint: "ledger"
    case .budget(let state): state.key
    case .hold(let hold): hold.key
    case .erasing(let erasing): erasing.key
    case .erased(let erased): ContentErasing.key(erased.caseID)
    }
  }

  /// What is said of a case stands among its records.
  var subject: String? {
    switch self {
    case .alert, .checkpoint, .budget: nil
    case .hold(let hold): hold.scope == .case ? hold.value : nil
    case .erasing(let erasing): erasing.caseID
    case .erased(let erased): erased.caseID
    }
  }

  var facts: [(Fact, String)] {
    switch self {
    case .alert(let alert): [(.reasons, alert.code)]
    case .checkpoint: []
    case .budget(let state): [(.workflow, state.workflow), (.reasons, state.isReady ? "ready" : state.exhausted.joined(separator: ","))]
    case .hold(let hold): [(.decision, hold.act.rawValue), (.reviewer, hold.person)] + (hold.scope == .workflow ? [(.workflow, hold.value)] : [])
    case .erasing(let erasing): [(.workflow, erasing.workflow), (.reasons, "retention.\(erasing.retention)")]
    case .erased: []
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .alert(let body): body.write(&writer)
    case .checkpoint(let body): body.write(&writer)
    case .budget(let body): body.write(&writer)
    case .hold(let body): body.write(&writer)
    case .erasing(let body): body.write(&writer)
    case .erased(let body): body.write(&writer)
    }
  }

  static func read(type: String, topic: Topic, frame: Frame) throws -> AuditRecord {
    let fields = try Fields(of: frame)
    switch type {
    case AlertPublished.type: return .alert(try AlertPublished(fields))
    case CheckpointPublished.type: return .checkpoint(try CheckpointPublished(fields))
    case BudgetState.type: return .budget(try BudgetState(fields))
    case HoldChanged.type: return .hold(try HoldChanged(fields))
    case ContentErasing.type: return .erasing(try ContentErasing(fields))
    case ContentErased.type: return .erased(try ContentErased(fields))
    default: throw WireError("\(type) is no record of audit")
    }
  }
}
