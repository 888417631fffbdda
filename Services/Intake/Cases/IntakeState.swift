import JSON
import Lanes
import Wire

/// What intake keeps: of a case what its vault holds and what the gate owes, of an item that did not come yet a
/// withdrawal. Of every other case it keeps nothing.
indirect enum IntakeState: LaneState, Equatable {
  case kept(Kept)
  case parked(Parked)

  static let gateTimer = "gate"
  static let parkTimer = "parked"

  var timers: [LaneTimer] {
    switch self {
    case .kept(let kept): kept.gate?.closes.map { [LaneTimer(IntakeState.gateTimer, due: $0)] } ?? []
    case .parked(let parked): [LaneTimer(IntakeState.parkTimer, due: parked.until)]
    }
  }

  var calls: [WebhookCall] {
    if case .kept(let kept) = self, let call = kept.webhook?.call { [call] } else { [] }
  }

  func write(_ writer: inout JSONWriter) {
    writer.object { writer in
      switch self {
      case .kept(let kept):
        writer.member("sealed", kept.sealed)
        if let gate = kept.gate {
          writer.key("gate")
          gate.write(&writer)
        }
        if let webhook = kept.webhook {
          writer.key("webhook")
          webhook.write(&writer)
        }
      case .parked(let parked):
        writer.member("until", parked.until)
        writer.member("source", parked.source)
        writer.member("id", parked.item)
        writer.member("reason", parked.reason)
        writer.member("record", parked.record)
      }
    }
  }

  init(_ json: JSON) throws {
    let fields = try Fields(json)
    guard fields.optional("until") == nil else {
      self = .parked(
        Parked(
          source: try fields.text("source"), item: try fields.text("id"), reason: try fields.text("reason"),
          record: try fields.text("record"), until: try fields.instant("until")))
      return
    }
    self = .kept(
      Kept(
        sealed: fields.optionalText("sealed"), gate: try fields.optional("gate").map { try Gate(Fields($0)) },
        webhook: try fields.optional("webhook").map { try Webhook(Fields($0)) }))
  }
}

/// Of a case.
struct Kept: Sendable, Equatable {
  /// Its private values (`Vault.Sealer`). They stay after its end: people may have to look at them later.
  var sealed: String?
  var gate: Gate?
  var webhook: Webhook?

  var isEmpty: Bool { sealed == nil && gate == nil && webhook == nil }
}

/// A withdrawal that came before its item.
struct Parked: Sendable, Equatable {
  let source: String
  let item: String
  let reason: String
  let record: String
  let until: Instant

  static let seconds = 15.0 * 60
}
