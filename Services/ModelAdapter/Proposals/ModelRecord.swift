import JSON
import Lanes
import Wire

/// All that model-adapter says, on `model.proposals`.
indirect enum ModelRecord: ServiceRecord {
  /// `request` is what stands in `body.request`.
  case pending(String, ProposalPending, request: ModelRequested?)
  case made(String, ProposalMade)
  case failed(String, ProposalFailed, workflow: String)

  var topic: Topic { .modelProposals }

  var type: String {
    switch self {
    case .pending: ProposalPending.type
    case .made: ProposalMade.type
    case .failed: ProposalFailed.type
    }
  }

  var key: String {
    switch self {
    case .pending(let key, _, _), .made(let key, _), .failed(let key, _, _): key
    }
  }

  func write(_ writer: inout JSONWriter) {
    switch self {
    case .pending(_, let body, _): body.write(&writer)
    case .made(_, let body): body.write(&writer)
    case .failed(_, let body, _): body.write(&writer)
    }
  }

  static func read(type: String, topic: Topic, frame: Frame) throws -> ModelRecord {
    let fields = try Fields(of: frame)
    let key = frame.text("ce_subject") ?? ""
    switch type {
    case ProposalPending.type:
      let body = try ProposalPending(fields)
      let request = body.request.isNull ? nil : try ModelRequested(Fields(body.request))
      return .pending(key, body, request: request)
    case ProposalMade.type: return .made(key, try ProposalMade(fields))
    case ProposalFailed.type:
      return .failed(key, try ProposalFailed(fields), workflow: frame.text("cs_workflow") ?? "")
    default: throw WireError("\(type) is no record of model-adapter")
    }
  }

  var facts: [(Fact, String)] {
    switch self {
    case .pending(_, _, let request):
      request.map { [(.workflow, $0.workflow), (.bundle, $0.bundle), (.payloadHash, $0.payloadHash)] } ?? []
    case .made(_, let body):
      [
        (.workflow, body.workflow), (.payloadHash, body.payloadHash), (.model, "\(body.model)/\(body.modelVersion)"),
        (.prompt, body.promptVersion), (.confidence, body.probability.map(ModelRecord.digits) ?? "none"),
        (.sources, ModelRecord.ids(body.sources)),
      ]
    case .failed(_, let body, let workflow):
      [(.workflow, workflow.isEmpty ? "none" : workflow), (.reasons, body.code), (.sources, ModelRecord.ids(body.sources))]
    }
  }

  /// A probability with three digits, enough for an index.
  private static func digits(_ value: Double) -> String {
    let thousandths = Int((min(max(value, 0), 1) * 1000).rounded())
    return "\(thousandths / 1000).\(String(thousandths % 1000 + 1000).dropFirst())"
  }

  private static func ids(_ sources: JSON) -> String {
    let ids = (sources.array ?? []).compactMap { $0["id"]?.string ?? $0["name"]?.string }
    return ids.isEmpty ? "none" : String(ids.joined(separator: ",").prefix(512))
  }
}
