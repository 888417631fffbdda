import JSON
import Lanes
import Messaging
import Storage
import Wire

/// What a producer or a client sends: something to be done once, and how it will behave.
struct Item: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    case plain
    /// Ends the process whenever the door service handles it, the case service does, or a timer of its case fires.
    case trapAtDoor, trapAtCase, trapAtTimer
    /// Leads to a record that is too large, or to a state that the database refuses.
    case huge, unsaveable
  }
  let id: String
  let kind: Kind

  var claimKey: [UInt8] { Array(sha256(id.utf8).prefix(16)) }
}

/// A toy intake: takes items from a door topic and by command, makes cases of them, and says when each is over.
struct Order: Decider {
  enum Event: LaneEvent {
    case submitted(Item, caseID: String, at: Instant)
    case touched(caseID: String, touch: String)
    case ended(caseID: String)

    var key: String {
      switch self {
      case .submitted(_, let key, _), .touched(let key, _), .ended(let key): key
      }
    }
    var claim: KeyEntry? {
      guard case .submitted(let item, let caseID, let at) = self else { return nil }
      return KeyEntry(key: item.claimKey, value: Array(caseID.utf8), at: at.microseconds)
    }
  }

  struct State: LaneState {
    let item: String
    var touches: Int
    var calls: [NoCall] { [] }

    init(item: String, touches: Int) {
      self.item = item
      self.touches = touches
    }

    func write(_ writer: inout JSONWriter) {
      writer.object { writer in
        writer.member("item", item)
        writer.member("touches", touches)
      }
    }
    init(_ json: JSON) throws {
      item = json["item"]?.string ?? ""
      touches = Int(json["touches"]?.integer ?? 0)
    }
  }

  enum Answer: Sendable, Equatable { case accepted(String), duplicate(String), gone }

  static let service = Service.intake
  let trap: Trap
  var inputs: [Topic] { [.outcomes, .permits] }

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> Event? {
    let frame = message.frame
    if message.source.topic == Topic.outcomes.name {
      guard frame.text("ce_type") == ToyRecord.outcome, let subject = frame.text("ce_subject") else { return nil }
      return .ended(caseID: subject)
    }
    guard message.source.topic == Topic.intake.name else { return nil }
    guard let body = frame.body, let json = try? JSON.parse(Array(body), limits: .stored), let id = json["item"]?.string,
      let kind = json["kind"]?.string.flatMap(Item.Kind.init)
    else { throw Unreadable("not_an_item", "the body is no item") }
    return .submitted(Item(id: id, kind: kind), caseID: context.makeCaseID(), at: context.now)
  }

  func timer(_ name: String, key: String, due: Instant) -> Event { .ended(caseID: key) }
  func ended(_ call: NoCall, key: String, with result: String?) -> Event { .ended(caseID: key) }

  func decide(_ event: Event, _ view: View<State>, now: Instant) throws -> [Output<ToyRecord, Answer>] {
    switch event {
    case .submitted(let item, let caseID, _):
      if item.kind == .trapAtDoor { try trap.spring() }
      if let earlier = view.claimed.map({ String(decoding: $0.value, as: UTF8.self) }) {
        return [
          .emit(ToyRecord(.replies, ToyRecord.duplicate, key: "item/\(item.id)", text: earlier)), .answer(.duplicate(earlier)),
        ]
      }
      let text = item.kind == .huge ? String(repeating: "x", count: 9_000) : item.kind.rawValue
      return [.emit(ToyRecord(.cases, ToyRecord.admitted, key: caseID, item: item.id, text: text)), .answer(.accepted(caseID))]
    case .touched(let caseID, let touch):
      guard view[caseID] != nil else { return [.answer(.gone)] }
      return [.emit(ToyRecord(.effects, ToyRecord.touch, key: caseID, item: touch)), .answer(.accepted(touch))]
    case .ended(let caseID):
      guard let state = view[caseID] else { return [] }
      return [.emit(ToyRecord(.replies, ToyRecord.final, key: caseID, item: state.item))]
    }
  }

  func evolve(_ state: State?, _ record: ToyRecord) -> State? {
    switch record.type {
    case ToyRecord.admitted: return State(item: record.item, touches: 0)
    case ToyRecord.touch:
      var state = state
      state?.touches += 1
      return state
    case ToyRecord.final: return nil
    default: return state
    }
  }

  func failed(_ failure: Failure, _ state: State?) -> [ToyRecord] {
    guard let subject = failure.subject else { return [] }
    if Topic.named(failure.source.topic)?.kind == .internal {
      return failure.type == ToyRecord.outcome ? [ToyRecord(.replies, ToyRecord.final, key: subject)] : []
    }
    return [ToyRecord(.replies, ToyRecord.rejected, key: "item/\(subject)", text: failure.code)]
  }

  func claim(of record: ToyRecord) -> KeyEntry? {
    guard record.type == ToyRecord.admitted else { return nil }
    return KeyEntry(key: Item(id: record.item, kind: .plain).claimKey, value: Array(record.key.utf8), at: 0)
  }
}
