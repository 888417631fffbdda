import Messaging
import Storage
import Wire

/// One thing that a batch handles.
enum Pending<D: Decider>: Sendable {
  /// Read, and interpreted where its seal is good or it came through the door.
  indirect case message(Message, lane: Int32, Interpreted<D>)
  case event(Asked<D.Event>, Cause, ticket: Ticket<D.Answer>?)
  /// The timers of a state that are due.
  case due(key: String)
  /// A call that ended, or one that was begun before a crash.
  case ended(D.State.Call, key: String, D.CallResult?)
  case loss(Loss, Ticket<Void>)
}

enum Interpreted<D: Decider>: Sendable {
  case event(Asked<D.Event>)
  case ignored
  case foreign
  case unreadable(Unreadable)
}

/// An event in a box, with what the mechanism asks of it read out once: batches are copied about, and a copy of an event
/// counts a reference for each of its parts.
final class Asked<Event: LaneEvent>: Sendable {
  let event: Event
  let key: String
  let otherKeys: [String]
  let claim: KeyEntry?
  let lookUp: [UInt8]?

  init(_ event: Event) {
    self.event = event
    (key, otherKeys, claim, lookUp) = (event.key, event.otherKeys, event.claim, event.lookUp)
  }
}

extension Pending {
  /// The states that it needs.
  var keys: [String] {
    switch self {
    case .message(_, _, .event(let asked)), .event(let asked, _, _): [asked.key] + asked.otherKeys
    case .due(let key), .ended(_, let key, _): [key]
    case .message, .loss: []
    }
  }

  /// The lane that one must own to handle it; nil for commands.
  func ownedLane(_ lanes: Int32) -> Int32? {
    switch self {
    case .message(_, let lane, _): lane
    case .due(let key), .ended(_, let key, _): Wire.lane(of: key, among: lanes)
    case .event, .loss: nil
    }
  }

  /// What will be decided; nil where it comes from a state or leads to no decision.
  var asked: Asked<D.Event>? {
    switch self {
    case .message(_, _, .event(let asked)), .event(let asked, _, _): asked
    default: nil
    }
  }

  var ticket: Ticket<D.Answer>? { if case .event(_, _, let ticket) = self { ticket } else { nil } }
}

/// What is handled next.
struct Gathered<D: Decider> {
  var batch: [Pending<D>] = []
  /// Why the only thing in it is not handled but given its way out.
  var refused: Unreadable?
}

extension LaneEngine {
  /// What there is to do now: commands, calls that ended, timers, messages.
  func gather(wait: Duration) throws -> Gathered<D> {
    let isCareful = lanes.values.contains(where: \.isCareful)
    commandNote = nil
    if isCareful, !singly.isEmpty { return try alone(singly.removeFirst()) }
    var batch = singly + takeLetters()
    singly.removeAll()
    batch += resumed.map { .ended($0.0, key: $0.1, nil) }
    resumed.removeAll()
    batch += try dueTimers()
    if isCareful, !batch.isEmpty {
      singly = Array(batch.dropFirst())
      return try alone(batch[0])
    }
    guard canRead else {
      if batch.isEmpty { try idle(wait) }
      return Gathered(batch: batch)
    }
    if inbox.isEmpty { try poll(wait: batch.isEmpty ? wait : .zero) }
    if isCareful { return try messageAlone() }
    for message in inbox.prefix(config.batchLimit) { if let pending = prepare(message) { batch.append(pending) } }
    inbox.removeFirst(min(config.batchLimit, inbox.count))
    return Gathered(batch: batch)
  }

  /// Back-pressure is not polling.
  private var canRead: Bool { hasRoom && !lanes.isEmpty }
  /// What has reached the broker and only waits for its readers does not count: those may wait for us to read.
  private var hasRoom: Bool { relay.pendingBytes < config.outboxLimit || relay.unsentBytes < config.outboxLimit }

  private func takeLetters() -> [Pending<D>] {
    guard !lanes.isEmpty || isStandby else { return [] }
    let owned = lanes.isEmpty ? Array(0..<config.lanes) : lanes.keys.sorted()
    return mailbox.take(config.batchLimit).compactMap { letter in
      switch letter {
      case .command(let id, let make, let ticket):
        guard hasRoom else {
          ticket.end(.failure(.overloaded(retryAfter: 5)))
          return nil
        }
        // Commands without a case yet are spread over our lanes, or over all where others work them.
        let lane = owned[Int(Wire.lane(of: id, among: Int32(owned.count)))]
        return .event(Asked(reading(lane) { make(&$0) }), .command(id), ticket: ticket)
      case .ended(let call, let key, let result): return .ended(call, key: key, result)
      case .acceptLoss(let loss, let ticket): return .loss(loss, ticket)
      }
    }
  }

  func reading<Result>(_ lane: Int32, _ body: (inout Reading) -> Result) -> Result {
    var context = Reading(lane: lane, lanes: config.lanes, now: now, mint: mint)
    defer { mint = context.mint }
    return body(&context)
  }

  /// Waits without reading. What the bus says of positions, it says once: it is kept for the next `poll`.
  func idle(_ wait: Duration) throws {
    unplaced += try bus.poll(limit: 0, byteLimit: 0, wait: wait).outOfRange
  }

  private func poll(wait: Duration) throws {
    let polled = try bus.poll(limit: config.batchLimit, byteLimit: config.batchBytes, wait: wait)
    inbox = polled.messages
    let lost = unplaced + polled.outOfRange
    unplaced.removeAll()
    for partition in lost { try overrun(partition) }
  }

  /// One message alone. It is noted before anything looks at it.
  private func messageAlone() throws -> Gathered<D> {
    let known = duplicates()
    guard known.isEmpty else { return Gathered(batch: known) }
    guard !inbox.isEmpty else { return Gathered() }
    let message = inbox.removeFirst()
    // As in `prepare`: after one that is left for later, none that follows it may be handled.
    guard let lane = workedLane(of: message) else { return Gathered() }
    if try note("\(message.source)/\(message.offset)", lane) {
      let unread = Interpreted<D>.unreadable(Self.crash)
      return Gathered(batch: [.message(message, lane: lane, unread)], refused: Self.crash)
    }
    return Gathered(batch: prepare(message).map { [$0] } ?? [])
  }

  /// Takes what stands first in hand and was handled before: nothing looks into it, so it can do no harm, and after many
  /// deaths there is much of it.
  private func duplicates() -> [Pending<D>] {
    var found: [Pending<D>] = []
    for message in inbox.prefix(config.batchLimit) {
      guard let lane = workedLane(of: message), let position = positions[message.source],
        !config.doors.contains(message.source.topic), position.mark != Position.anyNumber, isSealed(message),
        let epoch = message.frame.integer("ce_epoch"), let number = message.frame.integer("ce_sequence"), number > 0,
        position.mark.verdict(epoch: epoch, number: number) == .duplicate
      else { break }
      found.append(.message(message, lane: lane, .ignored))
    }
    inbox.removeFirst(found.count)
    return found
  }

  private func alone(_ pending: Pending<D>) throws -> Gathered<D> {
    let killed = switch pending {
    case .due(let key): try note("timer \(key)", Wire.lane(of: key, among: config.lanes))
    case .ended(let call, let key, _): try note("call \(call.id) \(key)", Wire.lane(of: key, among: config.lanes))
    case .event(let asked, .command, _): try noteCommand(asked)
    case .message, .event, .loss: false
    }
    return Gathered(batch: [pending], refused: killed ? Self.crash : nil)
  }

  /// Whoever sends a command again gives it another id, and at the door another case: it is known by its idempotency key,
  /// else by its case. Its note lies in any lane of ours, as it may be about a case of another's.
  private func noteCommand(_ asked: Asked<D.Event>) throws -> Bool {
    let thing = "command \(asked.claim.map { hex($0.key) } ?? asked.key)"
    let own = lanes.keys.sorted()
    let holding = own.first { lanes[$0]!.suspects.contains { $0 == thing || $0 == "again \(thing)" } }
    let lane = holding ?? own[Int(Wire.lane(of: thing, among: Int32(own.count)))]
    commandNote = lane
    return try note(thing, lane)
  }

  private static var crash: Unreadable { Unreadable("crash", "handling it ended the process, twice") }

  /// Writes down, in the lane's row, what is about to be handled, before those of the other suspects: what comes first in
  /// each life must not hide what ended the last one.
  ///
  /// - Returns: whether it was at work at two deaths of the process. At one it may only have been what was at work when
  ///   somebody killed the process.
  private func note(_ thing: String, _ lane: Int32) throws -> Bool {
    var suspects = lanes[lane]?.suspects ?? []
    let thing = thing.replacing("\n", with: " ")
    let isCulprit = suspects.contains("again \(thing)")
    let isSuspect = suspects.contains(thing)
    suspects.removeAll { $0 == thing || $0 == "again \(thing)" }
    lanes[lane]?.suspects = suspects
    if isCulprit { return true }
    let text = ([isSuspect ? "again \(thing)" : thing] + suspects).prefix(Lane.mostSuspects).joined(separator: "\n")
    let (owner, epoch) = (config.instance, lanes[lane]?.epoch ?? 0)
    do {
      try store.transaction {
        _ = try $0.execute(
          "UPDATE lanes SET note = ? WHERE lane = ? AND owner = ? AND epoch = ? AND note <> ?",
          [.text(text), .integer(Int64(lane)), .text(owner), .integer(epoch), .text(recovering)])
      }
    } catch let error as StoreError where error.kind != .commitUnknown && error.kind != .damaged {
      // Not written, not protected: the note of the thing before it is as good as none.
      statistics.retries += 1
    }
    return false
  }

  /// The lane in which a message is handled; nil where that is not ours any more, goes to another instance or stands still.
  private func workedLane(of message: Message) -> Int32? {
    guard let lane = positions[message.source]?.lane, let own = lanes[lane], own.stopped == nil, !own.leaving else { return nil }
    return lane
  }

  private func isSealed(_ message: Message) -> Bool {
    seal.verifies(message.frame, topic: message.source.topic, partition: message.source.partition)
  }

  /// Checks the seal and reads the message. Nil where its lane is not worked here.
  private func prepare(_ message: Message) -> Pending<D>? {
    guard let lane = workedLane(of: message) else { return nil }
    if !config.doors.contains(message.source.topic), !isSealed(message) { return .message(message, lane: lane, .foreign) }
    let interpreted: Interpreted<D> = reading(lane) { context in
      do throws(Unreadable) {
        return try decider.interpret(message, &context).map { .event(Asked($0)) } ?? .ignored
      } catch {
        return .unreadable(error)
      }
    }
    return .message(message, lane: lane, interpreted)
  }

  /// States with a timer that is due, in the lanes that have caught up with their input.
  private func dueTimers() throws -> [Pending<D>] {
    let now = now
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
