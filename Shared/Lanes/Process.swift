import JSON
import Messaging
import Storage
import Wire

extension LaneEngine {
  /// Handles one thing. It never throws: what cannot be handled becomes a dead letter and the case's way out.
  ///
  /// - Parameter admitted: what `admit` gave for a message.
  /// - Returns: why it could not be handled.
  func process(
    _ pending: Pending<D>, admitted: Cause?, claimed: KeyEntry?, refused: Unreadable?, _ work: inout Work<D>
  ) -> Unreadable? {
    switch pending {
    case .message(let message, let lane, let interpreted):
      guard let admitted else { return nil }
      return processMessage(message, lane, interpreted, admitted, claimed, refused, &work)
    case .event(let asked, let cause, let ticket):
      if let lane = commandNote { work.touched.insert(lane) }
      let result: Result<D.Answer, CommandError>
      var failed: Unreadable?
      do {
        if let refused { throw refused }
        let answer = try step(asked.event, cause, trace: nil, claimed, &work)
        result = answer.map { .success($0) } ?? .failure(.failed("it led to no answer"))
      } catch {
        failed = Self.unreadable(error)
        result = .failure(.failed("\(error)"))
      }
      if let ticket { work.hearers.append { ticket.end(result) } }
      return failed
    case .due(let key): processTimers(key, refused, &work)
    case .ended(let call, let key, let result):
      work.ended.append((key, call.id))
      work.touched.insert(Wire.lane(of: key, among: config.lanes))
      // A state that no longer asks for the call has nothing to learn from its end.
      guard let state = work.states[key], state.calls.contains(where: { $0.id == call.id }) else { return nil }
      do {
        if let refused { throw refused }
        _ = try step(decider.ended(call, key: key, with: result), .call(call.id, key: key), trace: nil, nil, &work)
      } catch {
        fail(
          Failure(
            source: TopicPartition("", 0), offset: -1, type: "call.\(call.id)", subject: key,
            code: Self.unreadable(error).code, reason: "\(error)"), bodyHash: "",
          .call(call.id, key: key), Wire.lane(of: key, among: config.lanes), &work)
      }
    case .loss(let loss, let ticket): processLoss(loss, ticket, &work)
    }
    return nil
  }

  private static func unreadable(_ error: any Error) -> Unreadable {
    error as? Unreadable ?? Unreadable("step.failed", "\(error)")
  }

  /// Whether a message is to be handled now, by its position and its numbers. Called for all messages of a batch in their
  /// order before any of them is handled, so that none that is left for later takes its idempotency key.
  ///
  /// - Returns: the cause of what will follow; nil where it is not handled.
  func admit(_ pending: Pending<D>, _ work: inout Work<D>) -> Cause? {
    guard case .message(let message, let lane, let interpreted) = pending else { return nil }
    let source = message.source
    guard var position = work.positions[source], message.offset >= position.nextOffset, work.gaps[source] == nil,
      lanes[lane]?.stopped == nil, work.halted[lane] == nil
    else { return nil }
    position.nextOffset = message.offset + 1
    if case .foreign = interpreted {
      skip(message, position, .foreign, "a record without our seal stands on \(source) at \(message.offset)", &work)
      return nil
    }
    guard !config.doors.contains(source.topic) else {
      keep(position, source, &work)
      return .message(source, offset: message.offset, epoch: 0, number: 0)
    }
    guard let epoch = message.frame.integer("ce_epoch"), let number = message.frame.integer("ce_sequence"), number > 0
    else {
      skip(message, position, .foreign, "a sealed record without numbers stands on \(source)", &work)
      return nil
    }
    let mark = position.mark == Position.anyNumber ? Mark(epoch: 0, number: number - 1) : position.mark
    switch mark.verdict(epoch: epoch, number: number) {
    case .next:
      position.mark = Mark(epoch: epoch, number: number)
      keep(position, source, &work)
      return .message(source, offset: message.offset, epoch: epoch, number: number)
    case .duplicate:
      work.duplicates += 1
      keep(position, source, &work)
    case .zombie:
      skip(message, position, .zombie, "\(source) \(epoch)/\(number) is of a history older than \(mark)", &work)
    case .regressed:
      halt(lane, .regressed, "the writer of \(source) went back to \(epoch)/\(number); we are at \(mark)", &work)
    case .gap:
      work.gaps[source] = number
    }
    return nil
  }

  private func processMessage(
    _ message: Message, _ lane: Int32, _ interpreted: Interpreted<D>, _ cause: Cause, _ claimed: KeyEntry?,
    _ refused: Unreadable?, _ work: inout Work<D>
  ) -> Unreadable? {
    work.messages += 1
    if absorber != nil || config.tracer != nil { work.absorbed.append(message) }
    if let said = saidBefore[message.source], let number = message.frame.integer("ce_sequence"), number <= said { return nil }
    do {
      if let refused { throw refused }
      switch interpreted {
      case .ignored, .foreign: break
      case .unreadable(let error): throw error
      case .event(let asked):
        // An outsider's trace ends at the door (`Trace`).
        let trace = config.doors.contains(message.source.topic) ? nil : message.frame.header("traceparent")
        _ = try step(asked.event, cause, trace: trace, claimed, &work)
      }
      return nil
    } catch {
      let failed = Self.unreadable(error)
      bury(message, lane, code: failed.code, reason: failed.description, cause, &work)
      return failed
    }
  }

  /// One decision: decide, check sizes, and only then let the records count.
  private func step(
    _ event: D.Event, _ cause: Cause, trace: ArraySlice<UInt8>?, _ claimed: KeyEntry?, _ work: inout Work<D>
  ) throws -> D.Answer? {
    let outputs = try decider.decide(event, View(states: work.states, claimed: claimed, wall: work.wall), now: work.now)
    var answer: D.Answer?
    var drafts: [(D.Record, Draft)] = []
    for output in outputs {
      switch output {
      case .answer(let given): answer = given
      case .emit(let record):
        let draft = Draft(record, lanes: config.lanes)
        guard draft.size <= config.recordLimit else {
          throw Unreadable("too_large", "\(draft.type) would take \(draft.size) bytes, more than \(config.recordLimit)")
        }
        drafts.append((record, draft))
      }
    }
    // Recovery does not read tables: none of them may be what ends a step.
    var more = drafts.count { $0.1.topic.kind != .table }
    for (record, draft) in drafts {
      if draft.topic.kind != .table { more -= 1 }
      emit(record, draft, cause, more: more, trace, &work)
    }
    return answer
  }

  private func emit(
    _ record: D.Record, _ draft: Draft, _ cause: Cause, more: Int, _ trace: ArraySlice<UInt8>?, _ work: inout Work<D>
  ) {
    guard work.isReady(draft, key: record.key) else { return }
    work.append(draft, cause: cause, more: more, trace: trace, service: D.service, seal: seal)
    work.states[record.key] = decider.evolve(work.states[record.key], record)
    work.changed.insert(record.key)
    work.rows += decider.rows(of: record)
  }

  private func processTimers(_ key: String, _ refused: Unreadable?, _ work: inout Work<D>) {
    guard let state = work.states[key] else { return }
    let due = state.timers.filter { $0.due <= work.now }.sorted { ($0.due, $0.name) < ($1.due, $1.name) }
    for timer in due where work.states[key]?.timers.contains(timer) ?? false {
      let cause = Cause.timer(timer.name, key: key)
      do {
        if let refused { throw refused }
        _ = try step(decider.timer(timer.name, key: key, due: timer.due), cause, trace: nil, nil, &work)
        if work.states[key]?.timers.contains(timer) ?? false {
          throw Unreadable("timer.stuck", "the timer \(timer.name) fired and is still due")
        }
      } catch {
        fail(
          Failure(
            source: TopicPartition("", 0), offset: -1, type: "timer.\(timer.name)", subject: key,
            code: Self.unreadable(error).code, reason: "\(error)"), bodyHash: "", cause,
          Wire.lane(of: key, among: config.lanes), &work)
      }
    }
  }

  func keep(_ position: Position, _ source: TopicPartition, _ work: inout Work<D>) {
    work.positions[source] = position
    work.changedPositions.insert(source)
    work.touched.insert(position.lane)
  }

  /// Leaves a record out that must not be handled, and says so. Its mark does not move.
  private func skip(
    _ message: Message, _ position: Position, _ code: LaneAlert.Code, _ text: String, _ work: inout Work<D>
  ) {
    keep(position, message.source, &work)
    work.alerts.append(LaneAlert(code: code, lane: position.lane, text: text))
    if code == .foreign {
      let subject = message.frame.text("ce_subject")
      dead(message.source, message.offset, code: "foreign", reason: text, type: message.frame.text("ce_type"), subject: subject,
        bodyHash: hex(sha256(message.frame.body ?? [])), .mechanism, position.lane, &work)
    }
  }

  /// A message that can never be handled: coordinates, hash and reason to the dead letters, and the case's way out.
  func bury(
    _ message: Message, _ lane: Int32, code: String, reason: String, _ cause: Cause, _ work: inout Work<D>
  ) {
    fail(
      Failure(
        source: message.source, offset: message.offset, type: message.frame.text("ce_type"),
        subject: message.frame.text("ce_subject"), code: code, reason: reason),
      bodyHash: hex(sha256(message.frame.body ?? [])), cause, lane, &work)
  }

  private func fail(_ failure: Failure, bodyHash: String, _ cause: Cause, _ lane: Int32, _ work: inout Work<D>) {
    work.poison += 1
    // The batch runs again with the state where it is not at hand.
    if let subject = failure.subject, !work.loaded.contains(subject) { work.missing.keys.insert(subject) }
    let state = failure.subject.flatMap { work.states[$0] }
    for record in decider.failed(failure, state) { emit(record, Draft(record, lanes: config.lanes), cause, more: 1, nil, &work) }
    // The last of its step, in the lane of the message.
    dead(
      failure.source, failure.offset, code: failure.code, reason: failure.reason, type: failure.type,
      subject: failure.subject, bodyHash: bodyHash, cause, lane, &work)
  }

  private func dead(
    _ source: TopicPartition, _ offset: Int64, code: String, reason: String, type: String?, subject: String?,
    bodyHash: String, _ cause: Cause, _ lane: Int32, _ work: inout Work<D>
  ) {
    var body = JSONWriter()
    body.object { writer in
      writer.member("topic", source.topic)
      writer.member("partition", Int(source.partition))
      writer.member("offset", offset)
      writer.member("code", code)
      writer.member("reason", String(reason.prefix(500)))
      writer.member("type", type.map { String($0.prefix(200)) })
      writer.member("body_sha256", bodyHash)
    }
    let draft = Draft(
      topic: D.service.dead, lane: lane, type: "countersign.message.dead.v1", key: "lane-\(lane)",
      subject: subject.map { String($0.prefix(200)) }, facts: [(.reasons, code)], body: body.finish())
    work.append(draft, cause: cause, trace: nil, service: D.service, seal: seal)
  }
}
