import JSON
import Lanes
import Messaging
import Storage
import Vault
import Wire

/// The intake service: is what comes through the door well-formed, new, from whom, and what in it is private.
struct IntakeDecider: Decider {
  static let service = Service.intake

  let door: Door
  let reader: EnvelopeReader
  let executions: ExecutionReader
  /// What the built-in executor may call, by the type of the action.
  var webhooks: [String: WebhookTarget] = [:]

  var inputs: [Topic] { [.permits, .outcomes, .adjudications] }

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> IntakeEvent? {
    let frame = message.frame
    let topic = message.source.topic
    if topic == Topic.permits.name || topic == Topic.outcomes.name {
      guard let caseID = frame.text("ce_subject"), let type = frame.text("ce_type"),
        // It is told in the lane of the adjudication, and no agent waits for it.
        type != CaseAdjudicated.type
      else { return nil }
      return .gate(caseID: caseID, type: type, frame: frame)
    }
    let record = "\(topic)/\(message.source.partition)/\(message.offset)"
    do throws(Rejection) {
      if topic == Topic.adjudications.name {
        return door.judge(try Envelope(adjudication: frame), record: record, .topic(topic), &context)
      }
      if topic == Topic.executions.name { return .report(try executions.read(frame, now: context.now)) }
      return door.judge(try reader.read(frame), record: record, .topic(topic), &context)
    } catch {
      return .refuse(error, record: record)
    }
  }

  func timer(_ name: String, key: String, due: Instant) -> IntakeEvent {
    name == IntakeState.gateTimer ? .closeGate(caseID: key) : .giveUp(key: key)
  }

  func ended(_ call: WebhookCall, key: String, with result: WebhookResult?) -> IntakeEvent {
    .performed(caseID: key, result)
  }

  func claim(of record: IntakeRecord) -> KeyEntry? {
    guard case .admitted(let body, let caseID) = record, let content = bytes(hex: body.contentHash) else { return nil }
    return ClaimValue(caseID: caseID, content: content).entry(
      key: door.hashes.claimKey(source: body.source, item: body.item), at: body.ingested.microseconds)
  }

  func stateKey(of entry: KeyEntry) -> String? { ClaimValue(entry.value)?.caseID }

  /// Headers alone: the place at the door, never what stands there.
  func failed(_ failure: Failure, _ state: IntakeState?) -> [IntakeRecord] {
    guard failure.offset >= 0, Topic.named(failure.source.topic)?.kind != .internal else { return [] }
    let record = "\(failure.source.topic)/\(failure.source.partition)/\(failure.offset)"
    return [
      .replied(IntakeReply(status: .rejected, code: failure.code, source: nil, item: nil, record: record), key: record)
    ]
  }
}

/// The bytes of hexadecimal text; nil for anything else.
private func bytes(hex text: String) -> [UInt8]? {
  let digits = text.utf8.compactMap { byte -> UInt8? in
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
  guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
