import JSON
import Lanes
import Messaging
import Storage
import Wire

/// A toy policy: for each case it looks something up (which may be repeated), acts once (which may not), and closes later.
struct Fulfil: Decider {
  enum Event: LaneEvent {
    case admitted(caseID: String, text: String)
    case touch(caseID: String, touch: String)
    case looked(caseID: String), acted(caseID: String, result: String)
    case slow(caseID: String), close(caseID: String)

    var key: String {
      switch self {
      case .admitted(let key, _), .touch(let key, _), .looked(let key), .acted(let key, _), .slow(let key), .close(let key): key
      }
    }
  }

  struct Call: LaneCall {
    let id: String
    var repeatable: Bool { id == "look" }
  }

  struct State: LaneState {
    enum Phase: String { case looking, acting, over }
    var phase: Phase
    var text: String
    var at: Int64

    init(phase: Phase, text: String, at: Int64) {
      self.phase = phase
      self.text = text
      self.at = at
    }

    var timers: [LaneTimer] {
      let at = Instant(microseconds: at)
      return phase == .over ? [LaneTimer("close", due: at.adding(seconds: 5))] : [LaneTimer("slow", due: at.adding(seconds: 120))]
    }
    var calls: [Call] {
      switch phase {
      case .looking: [Call(id: "look")]
      case .acting: [Call(id: "act")]
      case .over: []
      }
    }
    func write(_ writer: inout JSONWriter) {
      writer.object { writer in
        writer.member("phase", phase.rawValue)
        writer.member("text", text)
        writer.member("at", at)
      }
    }
    init(_ json: JSON) throws {
      phase = json["phase"]?.string.flatMap(Phase.init) ?? .over
      text = json["text"]?.string ?? ""
      at = json["at"]?.integer ?? 0
    }
  }

  static let service = Service.policy
  let trap: Trap
  var inputs: [Topic] { [.cases, .effects] }

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> Event? {
    guard let type = message.frame.text("ce_type"), let topic = Topic.named(message.source.topic),
      let record = try? ToyRecord.read(type: type, topic: topic, frame: message.frame)
    else { throw Unreadable("damaged", "no toy record") }
    switch type {
    case ToyRecord.admitted: return .admitted(caseID: record.key, text: record.text)
    case ToyRecord.touch: return .touch(caseID: record.key, touch: record.item)
    default: return nil
    }
  }

  func timer(_ name: String, key: String, due: Instant) -> Event { name == "close" ? .close(caseID: key) : .slow(caseID: key) }

  func ended(_ call: Call, key: String, with result: String?) -> Event {
    call.id == "look" ? .looked(caseID: key) : .acted(caseID: key, result: result ?? "unknown")
  }

  func decide(_ event: Event, _ view: View<State>, now: Instant) throws -> [Output<ToyRecord, Never>] {
    func say(_ topic: Topic, _ type: String, item: String = "", text: String = "") -> [Output<ToyRecord, Never>] {
      [.emit(ToyRecord(topic, type, key: event.key, item: item, text: text, at: now.microseconds))]
    }
    let state = view[event.key]
    switch event {
    case .admitted(_, let text):
      if text == Item.Kind.trapAtCase.rawValue { try trap.spring() }
      guard state == nil else { return [] }
      return say(.permits, ToyRecord.started, text: text)
    case .touch(_, let touch): return say(.outcomes, ToyRecord.touched, item: touch)
    case .looked: return state?.phase == .looking ? say(.permits, ToyRecord.looked) : []
    case .acted(_, let result): return state?.phase == .acting ? say(.outcomes, ToyRecord.outcome, text: result) : []
    case .slow: return say(.outcomes, ToyRecord.outcome, text: "slow")
    case .close:
      if state?.text == Item.Kind.trapAtTimer.rawValue { try trap.spring() }
      return say(.permits, ToyRecord.closed) + say(.outcomes, ToyRecord.closed)
    }
  }

  func evolve(_ state: State?, _ record: ToyRecord) -> State? {
    switch record.type {
    case ToyRecord.started: return State(phase: .looking, text: record.text, at: record.at)
    case ToyRecord.looked: return State(phase: .acting, text: state?.text ?? "", at: state?.at ?? 0)
    case ToyRecord.outcome: return state.map { State(phase: .over, text: $0.text, at: record.at) }
    case ToyRecord.closed: return nil
    default: return state
    }
  }

  func failed(_ failure: Failure, _ state: State?) -> [ToyRecord] {
    guard let subject = failure.subject else { return [] }
    switch failure.type {
    case ToyRecord.touch: return [ToyRecord(.outcomes, ToyRecord.untouched, key: subject)]
    case "timer.close": return [ToyRecord(.outcomes, ToyRecord.closed, key: subject)]
    default: return [ToyRecord(.outcomes, ToyRecord.outcome, key: subject, text: failure.code)]
    }
  }
}

/// A toy audit: it only reads, everything.
struct Watch: Decider {
  struct Event: LaneEvent { let key: String }
  struct State: LaneState {
    var calls: [NoCall] { [] }
    func write(_ writer: inout JSONWriter) { writer.null() }
    init(_ json: JSON) throws {}
  }
  static let service = Service.audit
  var inputs: [Topic] { Topic.streams(of: .intake) + Topic.streams(of: .policy) }

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> Event? { nil }
  func timer(_ name: String, key: String, due: Instant) -> Event { Event(key: key) }
  func ended(_ call: NoCall, key: String, with result: String?) -> Event { Event(key: key) }
  func decide(_ event: Event, _ view: View<State>, now: Instant) throws -> [Output<ToyRecord, Never>] { [] }
  func evolve(_ state: State?, _ record: ToyRecord) -> State? { state }
  func failed(_ failure: Failure, _ state: State?) -> [ToyRecord] { [] }
}
