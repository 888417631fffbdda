import JSON
import Messaging
import Storage
import Wire

extension LaneEngine {
  /// Handles one thing. It never throws: what cannot be handled becomes a dead letter and the case's way out.
  func process(_ pending: Pending<D>, claimed: KeyEntry?, refused: StoreError?, _ work: inout Work<D>) {
    switch pending {
    case .message(let message, let lane, let interpreted):
      processMessage(message, lane, interpreted, claimed, refused, &work)
    case .event(let event, let cause, let ticket):
      var answer: D.Answer?
      do {
        if let refused { throw Unreadable("unsaveable", refused.description) }
        answer = try step(event, cause, trace: nil, claimed, &work)
        if let ticket { work.answers.append((answer, ticket)) }
      } catch {
        ticket?.end(.failure(.failed("\(error)")))
      }
    case .due(let key): processTimers(key, refused, &work)
    case .ended(let call, let key, let result):
      work.ended.append((key, call.id))
      work.touched.insert(Wire.lane(of: key, among: config.lanes))
      // A state that no longer asks for the call has nothing to learn from its end.
      guard let state = work.states[key], state.calls.contains(where: { $0.id == call.id }) else { return }
      do {
        if let refused { throw Unreadable("unsaveable", refused.description) }
        _ = try step(decider.ended(call, key: key, with: result), .call(call.id, key: key), trace: nil, nil, &work)
      } catch {
        fail(
          Failure(
            source: TopicPartition("", 0), offset: -1, type: "call.\(call.id)", subject: key, code: "step.failed",
            reason: "\(error)"), bodyHash: "", .call(call.id, key: key), Wire.lane(of: key, among: config.lanes), &work)
      }
    case .loss(let loss, let ticket): processLoss(loss, ticket, &work)
    }
  }

  private func processMessage(
    _ message: Message, _ lane: Int32, _ interpreted: Interpreted<D>, _ claimed: KeyEntry?, _ refused: StoreError?,
    _ work: inout Work<D>
  ) {
    let source = message.source
    guard var position = work.positions[source], message.offset >= position.nextOffset, work.gaps[source] == nil,
      lanes[lane]?.stopped == nil, work.halted[lane] == nil
    else { return }
    var epoch: Int64 = 0, number: Int64 = 0
    if case .foreign = interpreted {
      position.nextOffset = message.offset + 1
      return skip(message, position, .foreign, "a record without our seal stands on \(source) at \(message.offset)", &work)
    }
    if !config.doors.contains(source.topic) {
      guard let carried = message.frame.integer("ce_epoch"), let given = message.frame.integer("ce_sequence") else {
        position.nextOffset = message.offset + 1
        return skip(message, position, .foreign, "a sealed record without numbers stands on \(source)", &work)
      }
      (epoch, number) = (carried, given)
      let mark = position.isFresh && message.offset == position.nextOffset ? Mark(epoch: 0, number: number - 1) : position.mark
      switch mark.verdict(epoch: epoch, number: number) {
      case .next: position.mark = Mark(epoch: epoch, number: number)
      case .duplicate:
        statistics.duplicates += 1
        position.nextOffset = message.offset + 1
        return keep(position, source, &work)
      case .zombie:
        position.nextOffset = message.offset + 1
        return skip(message, position, .zombie, "\(source) \(epoch)/\(number) is of a history older than \(mark)", &work)
      case .regressed:
        halt(lane, .regressed, "the writer of \(source) went back to \(epoch)/\(number); we are at \(mark)", &work)
        return
      case .gap:
        work.gaps[source] = message.offset
        return
      }
    }
    position.nextOffset = message.offset + 1
    keep(position, source, &work)
    statistics.messages += 1
    let cause = Cause.message(source, offset: message.offset, epoch: epoch, number: number)
    do {
      if let refused { throw Unreadable("unsaveable", refused.description) }
      switch interpreted {
      case .ignored, .foreign: break
      case .unreadable(let error): throw error
      case .event(let event):
        _ = try step(event, cause, trace: message.frame.header("traceparent"), claimed, &work)
      }
    } catch {
      let code = (error as? Unreadable)?.code ?? "step.failed"
      bury(message, lane, code: code, reason: "\(error)", cause, &work)
    }
    if absorber != nil { work.absorbed.append(message) }
  }

  /// One decision: decide, check sizes, and only then let the records count.
  private func step(
    _ event: D.Event, _ cause: Cause, trace: ArraySlice<UInt8>?, _ claimed: KeyEntry?, _ work: inout Work<D>
  ) throws -> D.Answer? {
    let outputs = try decider.decide(event, View(states: work.states, claimed: claimed), now: work.now)
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
    for (record, draft) in drafts { emit(record, draft, cause, trace, &work) }
    return answer
  }

  private func emit(
    _ record: D.Record, _ draft: Draft, _ cause: Cause, _ trace: ArraySlice<UInt8>?, _ work: inout Work<D>
  ) {
    work.append(draft, cause: cause, trace: trace, service: D.service, seal: seal)
    work.states[record.key] = decider.evolve(work.states[record.key], record)
    work.changed.insert(record.key)
  }

  private func processTimers(_ key: String, _ refused: StoreError?, _ work: inout Work<D>) {
    guard let state = work.states[key] else { return }
    let due = state.timers.filter { $0.due <= work.now }.sorted { ($0.due, $0.name) < ($1.due, $1.name) }
    for timer in due where work.states[key]?.timers.contains(timer) ?? false {
      let cause = Cause.timer(timer.name, key: key)
      do {
        if let refused { throw Unreadable("unsaveable", refused.description) }
        _ = try step(decider.timer(timer.name, key: key, due: timer.due), cause, trace: nil, nil, &work)
        if work.states[key]?.timers.contains(timer) ?? false {
          throw Unreadable("timer.stuck", "the timer \(timer.name) fired and is still due")
        }
      } catch {
        fail(
          Failure(
            source: TopicPartition("", 0), offset: -1, type: "timer.\(timer.name)", subject: key,
            code: (error as? Unreadable)?.code ?? "step.failed", reason: "\(error)"), bodyHash: "", cause,
          Wire.lane(of: key, among: config.lanes), &work)
      }
    }
  }

  private func keep(_ position: Position, _ source: TopicPartition, _ work: inout Work<D>) {
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
    statistics.poison += 1
    dead(
      failure.source, failure.offset, code: failure.code, reason: failure.reason, type: failure.type,
      subject: failure.subject, bodyHash: bodyHash, cause, lane, &work)
    for record in decider.failed(failure) { emit(record, Draft(record, lanes: config.lanes), cause, nil, &work) }
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
