import Domain
import JSON
import Lanes
import Messaging
import Vault
import Wire

typealias ModelOutput = Output<ModelRecord, Never>

enum ModelEvent: LaneEvent {
  case requested(String, ModelRequested)
  case ended(String, call: String, AdapterResult?)
  case timer(String, name: String)

  var key: String {
    switch self {
    case .requested(let key, _), .ended(let key, _, _), .timer(let key, _): key
    }
  }
}

/// Model-adapter's step: which sources to ask, when the evidence is complete, and what is proposed on it.
struct ModelDecider: Decider {
  typealias State = OpenRequest
  static let service = Service.modelAdapter
  let inputs: [Topic] = [.modelRequests]

  let workflows: [String: Workflow]
  let provider: any Provider
  let sealer: Sealer
  /// Seconds of story a second: a demo's speed makes no source slower.
  let clockScale: Int
  /// Seconds after which a request is given up, below the time that policy waits.
  static let patienceSeconds: Double = 180

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> ModelEvent? {
    let frame = message.frame
    guard let type = frame.text("ce_type"), let key = frame.text("ce_subject") else {
      throw Unreadable("headers", "ce_type and ce_subject were expected")
    }
    guard type == ModelRequested.type else { throw Unreadable("type.unknown", "\(type) is not known to this version") }
    do { return .requested(key, try ModelRequested(Fields(of: frame))) } catch { throw Unreadable("body", "\(error)") }
  }

  func timer(_ name: String, key: String, due: Instant) -> ModelEvent { .timer(key, name: name) }

  func ended(_ call: AdapterCall, key: String, with result: AdapterResult?) -> ModelEvent {
    .ended(key, call: call.id, result)
  }

  func decide(_ event: ModelEvent, _ view: View<OpenRequest>, now: Instant) throws -> [ModelOutput] {
    let step = ModelStep(decider: self, key: event.key, state: view[event.key], now: now)
    switch event {
    case .requested(_, let request): return try step.take(request)
    case .ended(_, let call, let result): return try step.settle(call, result)
    case .timer(_, let name): return step.fire(name)
    }
  }

  func evolve(_ state: OpenRequest?, _ record: ModelRecord) -> OpenRequest? { OpenRequest.evolve(state, record) }

  /// The request could not be handled: the case goes to a person without a proposal.
  func failed(_ failure: Failure, _ state: OpenRequest?) -> [ModelRecord] {
    guard let key = failure.subject else { return [] }
    let body = ProposalFailed(
      round: 0, code: ReasonCode.modelFailed.rawValue, reason: "the request could not be handled (\(failure.code))")
    return [.failed(key, body, workflow: "")]
  }
}
