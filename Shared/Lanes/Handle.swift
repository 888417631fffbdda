import JSON
import Messaging
import Storage
import Wire

extension LaneEngine {
  /// Handles a batch: all of it in one transaction where the database lets it, in halves where it refuses the data.
  ///
  /// - Parameter refused: why the only thing in `batch` is given its way out instead.
  func handle(_ batch: [Pending<D>], refused: Unreadable?) throws {
    var rest = keepOwn(batch)[...]
    var size = max(rest.count, 1)
    var refused = refused
    var attempts = 0
    repeat {
      let chunk = Array(rest.prefix(size))
      let committed: Committed<D>
      do {
        committed = try commit(chunk, refused: refused)
      } catch let error as StoreError {
        kept.removeAll()
        attempts += 1
        statistics.retries += 1
        switch error.kind {
        case .conflict where attempts < 10: continue
        case .refused where chunk.count > 1: size = max(1, chunk.count / 2)
        case .refused where refused == nil && attempts < 3: continue
        // It belongs to this one message: it is poison.
        case .refused where refused == nil && !chunk.isEmpty: refused = Unreadable("unsaveable", error.description)
        case .conflict, .unavailable, .full: return hold(rest, error)
        case .refused, .commitUnknown, .damaged:
          for pending in rest { pending.ticket?.end(.failure(.unknown)) }
          throw error.kind == .commitUnknown ? LaneError.commitUnknown : error
        }
        continue
      } catch LaneError.lost(let lane) {
        forget(lane)
        rest = keepOwn(rest)[...]
        size = max(rest.count, 1)
        continue
      }
      rest = rest.dropFirst(chunk.count)
      refused = nil
      attempts = 0
      holdSteps = 0
      size *= 2
      // Outside of what is tried again: it is done now, whatever fails from here on.
      try apply(committed)
    } while !rest.isEmpty
  }

  /// Leaves out what only the owner of its lane may handle, where that is not us any more. Its new owner finds it anew.
  private func keepOwn(_ batch: some Sequence<Pending<D>>) -> [Pending<D>] {
    batch.filter { pending in
      guard let lane = pending.ownedLane(config.lanes), lanes[lane] == nil else { return true }
      if case .ended(let call, let key, _) = pending { calls.end(call.id, key: key) }
      return false
    }
  }

  /// The database cannot take it now: keep what came from the bus and from calls, refuse the commands, wait a little.
  private func hold(_ rest: ArraySlice<Pending<D>>, _ error: StoreError) {
    holdSteps = min(holdSteps + 1, 6)
    holdUntil = clock.wall.adding(seconds: 0.05 * Double(1 << holdSteps))
    var messages: [Message] = []
    for pending in rest {
      switch pending {
      case .message(let message, _, _): messages.append(message)
      case .event(_, _, let ticket): ticket?.end(.failure(error.kind == .full ? .overloaded(retryAfter: 30) : .unavailable))
      case .ended(let call, let key, let result?):
        mailbox.put(.ended(call: call, key: key, result: result), bounded: false)
      case .ended(let call, let key, nil): resumed.append((call, key))
      case .loss(_, let ticket): ticket.end(.failure(.unavailable))
      case .due: break
      }
    }
    inbox = messages + inbox
  }

  /// The transaction is durable: only now does anything of it leave, and memory follows the database.
  private func apply(_ committed: Committed<D>) throws {
    let work = committed.work
    for hear in work.hearers { hear() }
    trace(work)
    numbers = work.numbers
    positions = work.positions
    for (lane, version) in committed.versions where lanes[lane] != nil { lanes[lane]!.version = version }
    for stream in work.streams where lanes[stream.lane] != nil {
      let batch = work.batches[stream]!
      relay.add(
        stream, first: batch.first, count: batch.writer.count, size: batch.writer.bytes.count, frames: batch.writer.bytes)
      statistics.records += batch.writer.count
    }
    statistics.batches += 1
    statistics.messages += work.messages
    statistics.duplicates += work.duplicates
    statistics.poison += work.poison
    for (key, call) in work.ended { calls.end(call, key: key) }
    var wanted: [(key: String, calls: [D.State.Call])] = []
    if kept.count + work.changed.count > keptLimit { kept.removeAll() }
    for key in work.changed {
      let state = work.states[key]
      kept[key] = lanes[Wire.lane(of: key, among: config.lanes)] == nil ? nil : state
      guard let state else { continue }
      if let due = state.timers.map(\.due).min() { nextDue = min(nextDue ?? due, due) }
      let asked = state.calls
      if !asked.isEmpty { wanted.append((key, asked)) }
    }
    // In the order of keys, so that a run is the same each time.
    for (key, asked) in wanted.sorted(by: { $0.key < $1.key }) { for call in asked { calls.want(call, key: key) } }
    for alert in work.alerts { notice(alert) }
    for lane in work.saidHeads {
      lanes[lane]?.nextHeads = work.wall.adding(seconds: config.headsSeconds)
      notePledged(lane)
    }
    for (lane, text) in work.halted { lanes[lane]?.stopped = text }
    for lane in work.losses { lanes[lane]?.stopped = nil }
    if !work.losses.isEmpty { try reassign() }
    noteCatchUp()
    nextCleaning = clock.wall.adding(seconds: 1)
    _ = relay.step()
    for (partition, number) in work.gaps { try lookBack(partition, seen: number) }
  }

  private func trace(_ work: Work<D>) {
    guard let tracer = config.tracer, !work.streams.isEmpty || !work.absorbed.isEmpty else { return }
    tracer.committed(
      TracedBatch(
        messages: work.absorbed, records: work.streams.map { ($0.topic, work.batches[$0]!.writer.bytes) },
        began: work.wall, ended: clock.wall))
  }
}
