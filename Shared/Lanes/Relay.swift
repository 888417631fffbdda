import Messaging
import Wire

/// Carries committed outbox rows to the broker, in order for each stream, again and again until they are there.
///
/// One thread. It never decides that a row may go: it says which rows are done, and the next transaction deletes them.
final class Relay {
  private struct Row {
    let first: Int64
    let size: Int
    /// Nil where memory was short: read again from the outbox when its turn comes.
    var frames: [UInt8]?
    let count: Int
    var state = State.waiting
  }
  private enum State: Equatable {
    case waiting
    case sent(Int64)
    case delivered(lastOffset: Int64)
  }

  private let bus: any Bus
  /// Reads a row's frames from the outbox; nil where it is gone.
  private let load: (StreamKey, Int64) throws -> [UInt8]?
  /// On a broker that drops records early: the groups that must have read a row before it may go.
  private let readers: ((StreamKey) -> [String])?

  private var producer: (any Producer)?
  private var queues: [StreamKey: [Row]] = [:]
  /// The first number of the newest row of each stream that was ever added: a row is added once, also where it is still in
  /// the outbox when it has left the queue.
  private var newest: [StreamKey: Int64] = [:]
  private var sentRows: [Int64: StreamKey] = [:]
  private var nextID: Int64 = 1
  private var done: [(StreamKey, Int64)] = []
  private var held = 0
  private var inFlight = 0
  private(set) var pendingBytes: Int64 = 0
  private(set) var failures = 0
  /// The highest offset that each stream has reached.
  private var reached: [StreamKey: Int64] = [:]
  /// A record got an offset that the log had given before: on a broker that forgets, the log is another one, and nothing
  /// is held to be read until that is known.
  private(set) var suspectsNewBroker = false
  /// After failures in a row: so many steps pass before it sends again.
  private var pause = 0
  private var failuresInRow = 0

  /// Frames that it keeps in memory, and bytes under way or unread in one partition of a small broker.
  private let memoryLimit = 32 << 20
  private let flightLimit = 16 << 20
  private let unreadLimit = 4 << 20

  init(
    bus: any Bus, readers: ((StreamKey) -> [String])?, load: @escaping (StreamKey, Int64) throws -> [UInt8]?
  ) {
    self.bus = bus
    self.readers = readers
    self.load = load
  }

  /// Bytes that the broker does not have. Goes through all rows.
  var unsentBytes: Int64 {
    queues.values.joined().reduce(0) { sum, row in if case .delivered = row.state { sum } else { sum + Int64(row.size) } }
  }

  /// Whether a lane may go over: its outbox is empty, so that whoever takes it sends nothing again. On a broker with readers to
  /// wait for it is enough that the broker has all rows: they may wait for the very lane to go over.
  func isDrained(of lane: Int32) -> Bool {
    guard readers == nil else {
      return queues.allSatisfy { stream, rows in
        stream.lane != lane || rows.allSatisfy { if case .delivered = $0.state { true } else { false } }
      }
    }
    return !queues.keys.contains { $0.lane == lane } && !done.contains { $0.0.lane == lane }
  }

  /// Whether the broker has the record with this number of a stream, and all before it.
  func hasArrived(_ stream: StreamKey, _ number: Int64) -> Bool {
    (queues[stream] ?? []).allSatisfy { row in if case .delivered = row.state { true } else { row.first > number } }
  }

  /// The log was found to be the one that it was.
  func trustBroker() { suspectsNewBroker = false }

  /// Only we write a stream, so what we send gets offsets from the one on that comes next now.
  func expect(_ stream: StreamKey, from offset: Int64) { reached[stream] = max(reached[stream] ?? -1, offset - 1) }

  /// Takes over a row that is committed. Rows of a stream come in the order of their numbers.
  func add(_ stream: StreamKey, first: Int64, count: Int, size: Int, frames: [UInt8]?) {
    if let known = newest[stream], known >= first { return }
    newest[stream] = first
    let keep = held + size <= memoryLimit
    if keep, frames != nil { held += size }
    queues[stream, default: []].append(Row(first: first, size: size, frames: keep ? frames : nil, count: count))
    pendingBytes += Int64(size)
  }

  /// Forgets the rows of a lane that is no longer ours; what is on the wire may still arrive.
  func drop(_ lane: Int32) {
    for stream in queues.keys.filter({ $0.lane == lane }) {
      for row in queues[stream] ?? [] {
        if case .sent = row.state { inFlight -= row.size }
        release(row)
      }
      queues[stream] = nil
    }
    newest = newest.filter { $0.key.lane != lane }
    reached = reached.filter { $0.key.lane != lane }
    done.removeAll { $0.0.lane == lane }
    sentRows = sentRows.filter { $0.value.lane != lane }
  }

  /// Closes the producer and sends each stream again from its first row that is not known to be there.
  func restart() {
    producer?.close()
    producer = nil
    sentRows.removeAll()
    inFlight = 0
    for stream in queues.keys {
      var isBehind = false
      for index in queues[stream]!.indices {
        if case .delivered = queues[stream]![index].state, !isBehind { continue }
        isBehind = true
        queues[stream]![index].state = .waiting
      }
    }
  }

  /// The broker is a new one and empty: everything that the outbox still holds goes out again.
  func resendAll() {
    restart()
    reached.removeAll()
    for stream in queues.keys { for index in queues[stream]!.indices { queues[stream]![index].state = .waiting } }
  }

  /// Collects reports, retires rows and sends what may be sent. - Returns: whether anything moved.
  func step() -> Bool {
    let collected = collect()
    retire()
    return send() || collected
  }

  private func collect() -> Bool {
    guard let producer else { return false }
    let reports = producer.reports()
    for report in reports {
      if report.error != nil {
        // What was refused may be followed by what was taken: begin again from the first row that is not done.
        noteFailure()
        return true
      }
      failuresInRow = 0
      guard let stream = sentRows.removeValue(forKey: report.id) else { continue }
      guard let index = queues[stream]?.firstIndex(where: { $0.state == .sent(report.id) }) else { continue }
      let row = queues[stream]![index]
      if readers != nil, report.lastOffset - Int64(row.count) < reached[stream] ?? -1 { suspectsNewBroker = true }
      reached[stream] = max(reached[stream] ?? -1, report.lastOffset)
      inFlight -= queues[stream]![index].size
      queues[stream]![index].state = .delivered(lastOffset: report.lastOffset)
    }
    return !reports.isEmpty
  }

  private func noteFailure() {
    failures += 1
    failuresInRow = min(failuresInRow + 1, 6)
    pause = 1 << failuresInRow
    restart()
  }

  private func retire() {
    if suspectsNewBroker { return }
    for (stream, rows) in queues.sorted(by: { ($0.key.lane, $0.key.topic) < ($1.key.lane, $1.key.topic) }) {
      var gone = 0
      let passed = readers == nil ? Int64.max : committed(stream, rows)
      for row in rows {
        guard case .delivered(let offset) = row.state, offset < passed else { break }
        gone += 1
        done.append((stream, row.first))
        release(row)
      }
      guard gone > 0 else { continue }
      if gone == rows.count { queues[stream] = nil } else { queues[stream]!.removeFirst(gone) }
    }
  }

  private func release(_ row: Row) {
    if row.frames != nil { held -= row.size }
    pendingBytes -= Int64(row.size)
  }

  /// The offset up to which all readers of a stream have read; asked for only while something delivered waits for them.
  private func committed(_ stream: StreamKey, _ rows: [Row]) -> Int64 {
    guard let readers, case .delivered = rows.first?.state ?? .waiting else { return 0 }
    let partition = TopicPartition(stream.topic, stream.lane)
    var passed = Int64.max
    for group in readers(stream) {
      guard let offset = (try? bus.committed(by: group, [partition]))?[partition] else { return 0 }
      passed = min(passed, offset)
    }
    return passed
  }

  private func send() -> Bool {
    guard !queues.isEmpty else { return false }
    guard pause == 0 else {
      pause -= 1
      return false
    }
    if producer == nil { producer = try? bus.makeProducer() }
    guard let producer else { return false }
    var moved = false
    for stream in queues.keys.sorted(by: { ($0.lane, $0.topic) < ($1.lane, $1.topic) }) {
      var unread = 0
      for index in queues[stream]!.indices {
        let row = queues[stream]![index]
        guard row.state == .waiting else {
          unread += row.size
          continue
        }
        if inFlight > 0, inFlight + row.size > flightLimit { return moved }
        if readers != nil, unread > 0, unread + row.size > unreadLimit { break }
        // Where the database does not answer or the row is not ours any more, the stream waits.
        guard let frames = try? row.frames ?? load(stream, row.first) else { break }
        let id = nextID
        let outgoing = Outgoing(
          id: id, partition: TopicPartition(stream.topic, stream.lane), frames: frames, count: row.count)
        do {
          guard try producer.send(outgoing) else { return moved }
        } catch {
          noteFailure()
          return false
        }
        nextID += 1
        sentRows[id] = stream
        queues[stream]![index].state = .sent(id)
        inFlight += row.size
        unread += row.size
        moved = true
      }
    }
    return moved
  }

  /// Rows that no one needs any more, for the next transaction to delete.
  func takeDone() -> [(StreamKey, Int64)] {
    defer { done.removeAll() }
    return done
  }

  /// The transaction that should have deleted them failed.
  func giveBack(_ rows: [(StreamKey, Int64)]) { done.insert(contentsOf: rows, at: 0) }

  var hasDone: Bool { !done.isEmpty }

  func close() {
    producer?.close()
    producer = nil
  }
}
