import Storage
import Wire

/// The calls that states ask for: which wait for their turn and which are under way.
struct CallBook<Call: LaneCall> {
  private struct ID: Hashable {
    let key: String
    let call: String
  }
  private enum Standing { case waiting, underWay }
  private var waiting: [(call: Call, key: String)] = []
  private var known: [ID: Standing] = [:]
  private var underWay = 0

  /// A state asks for a call. Asking again while it waits or runs changes nothing.
  mutating func want(_ call: Call, key: String) {
    let id = ID(key: key, call: call.id)
    guard known[id] == nil else { return }
    known[id] = .waiting
    waiting.append((call, key))
  }

  func knows(_ call: Call, key: String) -> Bool { known[ID(key: key, call: call.id)] != nil }

  mutating func next(limit: Int) -> [(call: Call, key: String)] {
    let taken = Array(waiting.prefix(max(0, limit - underWay)))
    waiting.removeFirst(taken.count)
    // One that has ended meanwhile is not known any more.
    let due = taken.filter { known[ID(key: $0.key, call: $0.call.id)] == .waiting }
    for (call, key) in due { known[ID(key: key, call: call.id)] = .underWay }
    underWay += due.count
    return due
  }

  mutating func end(_ call: String, key: String) {
    if known.removeValue(forKey: ID(key: key, call: call)) == .underWay { underWay -= 1 }
  }

  /// Calls that could not begin wait again.
  mutating func giveBack(_ calls: [(call: Call, key: String)]) {
    for (call, key) in calls { known[ID(key: key, call: call.id)] = .waiting }
    underWay -= calls.count
    waiting.append(contentsOf: calls)
  }

  var hasWaiting: Bool { !waiting.isEmpty }
}

/// A call that may not be repeated and is written down. A copy of the database may lack that, so it begins only once a
/// record of its lane that was numbered later is in the log: by that any older copy is known to be old.
struct Pledge<Call: LaneCall> {
  let call: Call
  let key: String
  let lane: Int32
  /// Of the record, once it is committed.
  var number: Int64?
}

private enum Turn {
  case begin
  /// The state does not ask for it any more, or its lane is not ours.
  case drop
  /// It was begun before, by whom ever, and may not be repeated.
  case unknown
}

extension LaneEngine {
  /// Begins the calls whose turn it is and that are still wanted. One that may not be repeated is written down first, so
  /// that a crash between its beginning and its end is seen afterwards.
  func beginCalls() throws {
    guard calls.hasWaiting else { return }
    let due = calls.next(limit: config.callLimit)
    guard !due.isEmpty else { return }
    let turns: [Turn]
    do {
      turns = due.allSatisfy(\.call.repeatable)
        ? try store.read { try judge(due, $0) }
        : try store.transaction { try writeDown(due, judge(due, $0), $0) }
    } catch let error as StoreError {
      calls.giveBack(due)
      if error.kind == .commitUnknown { throw LaneError.commitUnknown }
      if error.kind == .damaged { throw error }
      statistics.retries += 1
      return
    } catch LaneError.lost(let lane) {
      calls.giveBack(due)
      return forget(lane)
    }
    for ((call, key), turn) in zip(due, turns) {
      switch turn {
      case .begin where call.repeatable: begin(call, key: key, with: caller)
      case .begin: pledge(call, key)
      case .drop: calls.end(call.id, key: key)
      case .unknown: resumed.append((call, key))
      }
    }
  }

  private func judge(_ due: [(call: D.State.Call, key: String)], _ transaction: any StoreTransaction) throws -> [Turn] {
    let rows = try transaction.load(statesTable, due.map { [.text($0.key)] })
    return try zip(due, rows).map { asked, row in
      guard lanes[Wire.lane(of: asked.key, among: config.lanes)] != nil, let row,
        try decode(row).calls.contains(where: { $0.id == asked.call.id })
      else { return .drop }
      return .begin
    }
  }

  private func writeDown(
    _ due: [(call: D.State.Call, key: String)], _ turns: [Turn], _ transaction: any StoreTransaction
  ) throws -> [Turn] {
    for lane in Set(due.map { Wire.lane(of: $0.key, among: config.lanes) }).sorted() where lanes[lane] != nil {
      try checkOwned(lane, transaction)
    }
    let known = try transaction.load(Tables.begun, due.map { [.text($0.key), .text($0.call.id)] })
    var turns = turns
    var rows: [Row] = []
    for (index, asked) in due.enumerated() where !asked.call.repeatable && turns[index] == .begin {
      if known[index] != nil {
        turns[index] = .unknown
      } else {
        rows.append([.text(asked.key), .text(asked.call.id), .integer(clock.wall.microseconds)])
      }
    }
    try transaction.insert(Tables.begun, rows)
    return turns
  }

  private func pledge(_ call: D.State.Call, _ key: String) {
    let lane = Wire.lane(of: key, among: config.lanes)
    pledges.append(Pledge(call: call, key: key, lane: lane))
    lanes[lane]?.nextHeads = .init(microseconds: .min)
  }

  /// The heads of a lane are committed.
  func notePledged(_ lane: Int32) {
    for index in pledges.indices where pledges[index].lane == lane && pledges[index].number == nil {
      pledges[index].number = numbers[StreamKey(topic: D.service.heads.name, lane: lane)]?.number
    }
  }

  /// Begins what the log knows to begin, where it is still wanted. In a lane that is to go to another instance nothing
  /// begins: its next owner may do it, and would have to hold it to be done.
  func keepPledges() throws {
    let ready = pledges.filter { pledge in
      guard let number = pledge.number, let lane = lanes[pledge.lane], !lane.leaving else { return false }
      return relay.hasArrived(StreamKey(topic: D.service.heads.name, lane: pledge.lane), number)
    }
    guard !ready.isEmpty else { return }
    let turns: [Turn]
    do {
      turns = try store.read { try judge(ready.map { ($0.call, $0.key) }, $0) }
    } catch let error as StoreError where error.kind != .damaged {
      statistics.retries += 1
      return
    }
    let isReady = Set(ready.map { "\($0.call.id)@\($0.key)" })
    pledges.removeAll { isReady.contains("\($0.call.id)@\($0.key)") }
    for (pledge, turn) in zip(ready, turns) {
      // One that nobody wants any more ends without a result, so that nothing of it stays written down.
      if turn == .begin {
        begin(pledge.call, key: pledge.key, with: caller)
      } else {
        resumed.append((pledge.call, pledge.key))
      }
    }
  }

  /// A lane is given back: what has not begun there is free for its next owner.
  func withdrawPledges(_ lane: Int32, _ transaction: any StoreTransaction) throws {
    try transaction.delete(Tables.begun, pledges.filter { $0.lane == lane }.map { [.text($0.key), .text($0.call.id)] })
  }

  func forgetPledges(_ lane: Int32) {
    for pledge in pledges where pledge.lane == lane { calls.end(pledge.call.id, key: pledge.key) }
    pledges.removeAll { $0.lane == lane }
  }

  private func begin(_ call: D.State.Call, key: String, with caller: some Caller<D.State.Call, D.CallResult>) {
    let mailbox = mailbox
    caller.begin(call, key: key) { result in
      mailbox.put(.ended(call: call, key: key, result: result), bounded: false)
    }
  }

  /// The calls that a lane's states ask for. One that was begun elsewhere and may not be repeated ends without a result.
  func resumeCalls(_ lane: Int32, _ transaction: any StoreTransaction) throws {
    let rows = try transaction.query(
      "SELECT key, body FROM states WHERE lane = ? AND calls IS NOT NULL", [.integer(Int64(lane))])
    for row in rows {
      let key = try row[0].text()
      for call in try decode([.null, .null, .null, .null, row[1]]).calls where !calls.knows(call, key: key) {
        if !call.repeatable, try transaction.load(Tables.begun, [[.text(key), .text(call.id)]])[0] != nil {
          if !resumed.contains(where: { $0.1 == key && $0.0.id == call.id }) { resumed.append((call, key)) }
        } else {
          calls.want(call, key: key)
        }
      }
    }
  }
}
