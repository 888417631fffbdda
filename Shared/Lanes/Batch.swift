import Messaging
import Storage
import Wire

/// One thing that a batch handles.
enum Pending<D: Decider>: Sendable {
  /// Read, and interpreted where its seal is good or it came through the door.
  case message(Message, lane: Int32, Interpreted<D>)
  case event(D.Event, Cause, ticket: Ticket<D.Answer>?)
  /// The timers of a state that are due.
  case due(key: String)
  /// A call that ended, or one that was begun before a crash.
  case ended(D.State.Call, key: String, D.CallResult?)
  case loss(Loss, Ticket<Void>)
}

enum Interpreted<D: Decider>: Sendable {
  case event(D.Event)
  case ignored
  case foreign
  case unreadable(Unreadable)
}

extension Pending {
  /// The states that it needs.
  var keys: [String] {
    switch self {
    case .message(_, _, .event(let event)), .event(let event, _, _): [event.key] + event.otherKeys
    case .due(let key), .ended(_, let key, _): [key]
    case .message, .loss: []
    }
  }

  var ticket: Ticket<D.Answer>? { if case .event(_, _, let ticket) = self { ticket } else { nil } }
}

extension LaneEngine {
  /// What there is to do now: commands, calls that ended, timers, messages.
  func gather(wait: Duration) throws -> [Pending<D>] {
    var batch = takeLetters()
    batch += resumed.map { .ended($0.0, key: $0.1, nil) }
    resumed.removeAll()
    batch += try dueTimers()
    guard canRead else {
      if batch.isEmpty { _ = try bus.poll(limit: 0, byteLimit: 0, wait: wait) }
      return batch
    }
    if inbox.isEmpty { try poll(wait: batch.isEmpty ? wait : .zero) }
    if lanes.values.contains(where: \.isCareful) { return try batch.isEmpty ? prepareCarefully() : batch }
    for message in inbox.prefix(config.batchLimit) { if let pending = prepare(message) { batch.append(pending) } }
    inbox.removeFirst(min(config.batchLimit, inbox.count))
    return batch
  }

  /// Back-pressure is not polling.
  private var canRead: Bool { relay.pendingBytes < config.outboxLimit && !lanes.isEmpty }

  private func takeLetters() -> [Pending<D>] {
    guard !lanes.isEmpty else { return [] }
    let owned = lanes.keys.sorted()
    return mailbox.take(config.batchLimit).map { letter in
      switch letter {
      case .command(let id, let make, let ticket):
        // Commands without a case yet are spread over our lanes.
        let lane = owned[Int(Wire.lane(of: id, among: Int32(owned.count)))]
        return .event(reading(lane) { make(&$0) }, .command(id), ticket: ticket)
      case .ended(let call, let key, let result):
        calls.end(call, key: key)
        return .ended(call, key: key, result)
      case .acceptLoss(let loss, let ticket): return .loss(loss, ticket)
      }
    }
  }

  func reading<Result>(_ lane: Int32, _ body: (inout Reading) -> Result) -> Result {
    var context = Reading(lane: lane, lanes: config.lanes, now: clock.story, mint: mint)
    defer { mint = context.mint }
    return body(&context)
  }

  private func poll(wait: Duration) throws {
    let polled = try bus.poll(limit: config.batchLimit, byteLimit: config.batchBytes, wait: wait)
    inbox = polled.messages
    for partition in polled.outOfRange { try overrun(partition) }
  }

  /// One message alone, noted in the lane's row before anything looks at it. One that is found noted has killed the process.
  private func prepareCarefully() throws -> [Pending<D>] {
    guard !inbox.isEmpty else { return [] }
    let message = inbox.removeFirst()
    guard let lane = positions[message.source]?.lane, lanes[lane] != nil else { return [] }
    let note = "\(message.source)/\(message.offset)"
    if lanes[lane]!.note == note {
      lanes[lane]!.attempts = 0
      return [.message(message, lane: lane, .unreadable(Unreadable("crash", "handling it ended the process, twice")))]
    }
    let owner = config.instance
    try store.transaction {
      _ = try $0.execute(
        "UPDATE lanes SET note = ? WHERE lane = ? AND owner = ?", [.text(note), .integer(Int64(lane)), .text(owner)])
    }
    return prepare(message).map { [$0] } ?? []
  }

  /// Checks the seal and reads the message. Nil where its lane is not ours any more or stands still.
  private func prepare(_ message: Message) -> Pending<D>? {
    guard let position = positions[message.source], let lane = lanes[position.lane], lane.stopped == nil, !lane.leaving
    else { return nil }
    let isDoor = config.doors.contains(message.source.topic)
    if !isDoor, !seal.verifies(message.frame, topic: message.source.topic, partition: message.source.partition) {
      return .message(message, lane: position.lane, .foreign)
    }
    let interpreted: Interpreted<D> = reading(position.lane) { context in
      do throws(Unreadable) {
        return try decider.interpret(message, &context).map(Interpreted.event) ?? .ignored
      } catch {
        return .unreadable(error)
      }
    }
    return .message(message, lane: position.lane, interpreted)
  }

  /// States with a timer that is due, in the lanes that have caught up with their input.
  private func dueTimers() throws -> [Pending<D>] {
    let now = clock.story
    guard let due = nextDue, due <= now else { return [] }
    let ready = lanes.filter { $0.value.catchUp.isEmpty && $0.value.stopped == nil && !$0.value.leaving }.keys.sorted()
    var found: [(Int64, String)] = []
    var next: Int64?
    let limit = 500
    try store.read { transaction in
      for lane in ready {
        let rows = try transaction.query(
          "SELECT due, key FROM states WHERE lane = ? AND due IS NOT NULL ORDER BY due, key LIMIT ?",
          [.integer(Int64(lane)), .integer(Int64(limit))])
        for row in rows {
          let due = try row[0].integer()
          if due <= now.microseconds { found.append((due, try row[1].text())) } else { next = min(next ?? due, due); break }
        }
      }
    }
    // Lanes that have not caught up keep the alarm as it is.
    if ready.count == lanes.count, found.isEmpty { nextDue = next.map(Instant.init(microseconds:)) }
    return found.sorted { $0 < $1 }.prefix(limit).map { .due(key: $0.1) }
  }
}
