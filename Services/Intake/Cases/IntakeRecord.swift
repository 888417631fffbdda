import JSON
import Lanes
import Wire

/// What intake says.
indirect enum IntakeRecord: ServiceRecord {
  case admitted(CaseAdmitted, caseID: String)
  case withdrawn(CaseWithdrawn, caseID: String)
  case answered(CaseAnswered, caseID: String)
  case defect(CaseDefect, caseID: String)
  /// Under the ended case.
  case reopened(CaseReopened, caseID: String)
  case reported(EffectReported, caseID: String)
  case replied(IntakeReply, key: String)
  case gateAnswered(GateAnswered, caseID: String)
  case gateClosed(caseID: String)
  case webhook(WebhookNoted, caseID: String)

  private var body: any Body {
    switch self {
    case .admitted(let body, _): body
    case .withdrawn(let body, _): body
    case .answered(let body, _): body
    case .defect(let body, _): body
    case .reopened(let body, _): body
    case .reported(let body, _): body
    case .replied(let body, _): body
    case .gateAnswered(let body, _): body
    case .gateClosed: GateClosed()
    case .webhook(let body, _): body
    }
  }

  var topic: Topic {
    switch self {
    case .admitted, .withdrawn, .answered, .defect, .reopened: .cases
    case .reported: .effects
    case .replied, .gateAnswered, .gateClosed: .replies
    case .webhook: .webhooks
    }
  }

  var type: String { Swift.type(of: body).type }
  func write(_ writer: inout JSONWriter) { body.write(&writer) }

  var key: String {
    switch self {
    case .admitted(_, let key), .withdrawn(_, let key), .answered(_, let key), .defect(_, let key), .reopened(_, let key), .reported(_, let key), .replied(_, let key),
      .gateAnswered(_, let key), .gateClosed(let key), .webhook(_, let key):
      key
    }
  }

  var subject: String? { if case .replied(let reply, _) = self { reply.firstCase } else { key } }

  var facts: [(Fact, String)] {
    switch self {
    case .admitted(let body, _):
      [
        (.workflow, body.workflow), (.payloadHash, body.payloadHash), (.origin, body.origin.text),
        (.ingested, String(body.ingested.microseconds)),
      ]
    case .withdrawn(let body, _): [(.origin, "\(body.source)/\(body.item)")]
    case .answered(let body, _): [(.origin, "\(body.source)/\(body.item)")]
    // Of a case that has ended nothing is told that its figures could count.
    case .defect, .reopened: []
    case .reported(let body, _):
      [(.effect, body.effect), (.permit, body.permit), (.reasons, body.status.rawValue), (.origin, body.executor)]
    case .replied(let reply, let key): [(.reasons, reply.code), (.origin, key)]
    case .gateAnswered(let body, _): [(.reasons, body.change.rawValue)]
    case .gateClosed: []
    case .webhook(let body, _):
      [(.reasons, body.change.rawValue)] + (body.webhook.map { [(.effect, $0.effect), (.permit, $0.permitID)] } ?? [])
    }
  }

  static func read(type: String, topic: Topic, frame: Frame) throws -> IntakeRecord {
    let key = frame.key.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let fields = try Fields(of: frame)
    switch type {
    case CaseAdmitted.type: return .admitted(try CaseAdmitted(fields), caseID: key)
    case CaseAnswered.type: return .answered(try CaseAnswered(fields), caseID: key)
    case CaseDefect.type: return .defect(try CaseDefect(fields), caseID: key)
    case CaseReopened.type: return .reopened(try CaseReopened(fields), caseID: key)
    case CaseWithdrawn.type: return .withdrawn(try CaseWithdrawn(fields), caseID: key)
    case EffectReported.type: return .reported(try EffectReported(fields), caseID: key)
    case IntakeReply.type: return .replied(try IntakeReply(fields), key: key)
    case GateAnswered.type: return .gateAnswered(try GateAnswered(fields), caseID: key)
    case WebhookNoted.type: return .webhook(try WebhookNoted(fields), caseID: key)
    case GateClosed.type: return .gateClosed(caseID: key)
    default: throw WireError("intake writes no \(type)")
    }
  }
}
