import JSON
import Lanes
import Messaging
import Wire

/// What audit decides: which alerts it publishes. The records that it keeps go by it into the ledger (`LedgerAbsorber`).
struct AuditDecider: Decider {
  typealias CallResult = Never

  /// What a command is answered with.
  enum Answer: Sendable, Equatable {
    /// Something was said.
    case said
    /// There was nothing to say.
    case nothing
    case hold(Holds.Answer)
    case erasure(Erasures.Answer)
  }

  static let service = Service.audit
  /// All topics that one of the other services numbers.
  let inputs = Topic.all.filter { audited.contains($0) }
  /// What runbooks' links begin with, up to its slash.
  var runbooks = "deploy/docs/runbooks/"

  enum Event: LaneEvent {
    /// A service's own alert, from its heads.
    case told(AlertPublished)
    /// A stream is behind what its writer told of.
    case behind(Stream)
    case caughtUp(key: String)
    case checkpoint(CheckpointPublished)
    /// Audit's own trouble begins, and ends.
    case stands(Trouble)
    case isOver(Trouble)
    /// How a workflow's budgets stand; told where that is new.
    case budgets(BudgetState)
    case hold(HoldChanged)
    /// Contents are to be destroyed, unless a hold stands under one of these keys.
    case erase(ContentErasing, unless: [String])
    case erased(ContentErased)

    var otherKeys: [String] {
      switch self {
      case .erase(_, let holds): holds
      case .hold(let hold) where hold.scope == .case: [ContentErasing.key(hold.value)]
      default: []
      }
    }

    var key: String {
      switch self {
      case .told(let alert): alert.key
      case .behind(let stream): stream.key
      case .caughtUp(let key): key
      case .checkpoint: "ledger"
      case .stands(let trouble), .isOver(let trouble): trouble.key
      case .budgets(let state): state.key
      case .hold(let hold): hold.key
      case .erase(let erasing, _): erasing.key
      case .erased(let erased): ContentErasing.key(erased.caseID)
      }
    }
  }

  /// A stream that is behind.
  struct Stream: Sendable, Equatable {
    let source: TopicPartition
    let number: Int64
    let head: Int64

    var key: String { Self.key(of: source) }
    static func key(of source: TopicPartition) -> String { "behind/\(source)" }
  }

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> Event? {
    guard message.source.topic.hasSuffix(".heads"), message.frame.text("ce_type") == "countersign.alert.raised.v1" else {
      return nil
    }
    let service = String(message.source.topic.dropLast(".heads".count))
    do throws(WireError) {
      let fields = try Fields(of: message.frame)
      let code = try fields.text("code")
      // One that a later version tells of has none yet.
      let known = AlertCode(rawValue: code)
      return .told(
        AlertPublished(
          key: "\(service)/\(message.source.partition)/\(code)", state: .raised, code: code, service: service,
          text: try fields.text("text"),
          at: message.frame.text("ce_time").flatMap { Instant(rfc3339: $0) } ?? context.now, severity: known?.pace.rawValue,
          runbook: known?.runbook(in: runbooks)))
    } catch {
      throw Unreadable("malformed", error.description)
    }
  }

  func timer(_ name: String, key: String, due: Instant) -> Event { .caughtUp(key: key) }
  func ended(_ call: NoCall, key: String, with result: Never?) -> Event { .caughtUp(key: key) }

  func decide(_ event: Event, _ view: View<AuditState>, now: Instant) -> [Output<AuditRecord, Answer>] {
    switch event {
    case .told(let alert): return [.emit(.alert(alert))]
    case .checkpoint(let checkpoint): return [.emit(.checkpoint(checkpoint)), .answer(.said)]
    case .stands(let trouble):
      guard view[trouble.key]?.alarm == nil else { return [.answer(.nothing)] }
      return [.emit(.alert(own(trouble, .standing, now))), .answer(.said)]
    case .isOver(let trouble):
      guard view[trouble.key]?.alarm != nil else { return [.answer(.nothing)] }
      return [.emit(.alert(own(trouble, .resolved, now))), .answer(.said)]
    case .budgets(let state):
      guard (view[event.key]?.alarm?.text ?? "") != Self.summary(state) else { return [.answer(.nothing)] }
      return [.emit(.budget(state)), .answer(.said)]
    case .behind(let stream):
      guard view[event.key] == nil else { return [.answer(.nothing)] }
      let text = "\(stream.source) came in up to number \(stream.number); its writer has told of \(stream.head)"
      return [.emit(.alert(alert(stream.key, .standing, stream.source.topic, text, now))), .answer(.said)]
    case .caughtUp(let key):
      guard view[key] != nil else { return [.answer(.nothing)] }
      let place = String(key.dropFirst("behind/".count))
      let topic = place.split(separator: "/").first.map(String.init) ?? ""
      return [.emit(.alert(alert(key, .resolved, topic, "\(place) is complete again", now))), .answer(.said)]
    case .hold(let change): return Holds.decide(change, view[change.key]?.holds, view[ContentErasing.key(change.value)] != nil, now: now)
    case .erase(let erasing, let keys):
      guard view[erasing.key] == nil else { return [.answer(.erasure(.begun))] }
      // A hold beats retention, also one that was placed a moment ago.
      guard !keys.contains(where: { view[$0]?.holds?.isEmpty == false }) else { return [.answer(.erasure(.held))] }
      return [.emit(.erasing(erasing)), .answer(.erasure(.erasing))]
    case .erased(let erased): return [.emit(.erased(erased)), .answer(.said)]
    }
  }

  private func own(_ trouble: Trouble, _ state: AlertPublished.State, _ now: Instant) -> AlertPublished {
    AlertPublished(
      key: trouble.key, state: state, code: trouble.code.rawValue, service: trouble.service, text: trouble.text, at: now,
      severity: trouble.severity ?? trouble.code.pace.rawValue, runbook: trouble.code.runbook(in: runbooks))
  }

  private func alert(
    _ key: String, _ state: AlertPublished.State, _ topic: String, _ text: String, _ now: Instant
  ) -> AlertPublished {
    let writer = Topic.named(topic)?.writer?.rawValue ?? "unknown"
    return own(Trouble(key: key, code: .streamBehind, text: text, service: writer), state, now)
  }

  /// Empty of a workflow whose budgets hold. How much of one is spent changes all the time, and is not told for that.
  private static func summary(_ state: BudgetState) -> String {
    state.isReady ? "" : "\(state.exhausted.joined(separator: ", ")) until \(state.until ?? "nobody can say when")"
  }

  func evolve(_ state: AuditState?, _ record: AuditRecord) -> AuditState? {
    switch record {
    case .checkpoint: return state
    case .budget(let told):
      return told.isReady ? nil : .alarm(Alarm(since: state?.alarm?.since ?? told.at, code: BudgetState.notReady, text: Self.summary(told)))
    case .alert(let alert):
      switch alert.state {
      case .standing: return .alarm(Alarm(since: alert.at, code: alert.code, text: alert.text))
      // That it was tested is remembered: a rollout asks for it.
      case .resolved: return alert.key.hasPrefix(AuditState.testPrefix) ? .tested(code: alert.code, at: alert.at) : nil
      case .raised: return state
      }
    case .hold(let change):
      let holds = (state?.holds ?? Holds()).after(change)
      return holds.isEmpty ? nil : .holds(holds)
    case .erasing(let erasing): return .erasing(since: erasing.at)
    case .erased: return nil
    }
  }

  /// What cannot be read is in the ledger all the same; no case waits for audit.
  func failed(_ failure: Failure, _ state: AuditState?) -> [AuditRecord] { [] }
}
