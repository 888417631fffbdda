import Storage
import Wire

/// The calls that states ask for: which wait for their turn and which are under way.
struct CallBook<Call: LaneCall> {
  private struct ID: Hashable {
    let key: String
    let call: String
  }
  private var waiting: [(call: Call, key: String)] = []
  private var known: Set<ID> = []
  private var underWay = 0

  /// A state asks for a call. Asking again while it waits or runs changes nothing.
  mutating func want(_ call: Call, key: String) {
    if known.insert(ID(key: key, call: call.id)).inserted { waiting.append((call, key)) }
  }

  mutating func next(limit: Int) -> [(call: Call, key: String)] {
    let taken = Array(waiting.prefix(max(0, limit - underWay)))
    waiting.removeFirst(taken.count)
    underWay += taken.count
    return taken
  }

  mutating func end(_ call: Call, key: String) {
    if known.remove(ID(key: key, call: call.id)) != nil { underWay -= 1 }
  }

  /// A call that could not begin waits again.
  mutating func giveBack(_ call: Call, key: String) {
    underWay -= 1
    waiting.append((call, key))
  }

  var hasWaiting: Bool { !waiting.isEmpty }
}

extension LaneEngine {
  /// Begins the calls whose turn it is. One that may not be repeated is written down first, so that a crash between
  /// its beginning and its end is seen afterwards.
  func beginCalls() {
    guard calls.hasWaiting else { return }
    for (call, key) in calls.next(limit: config.callLimit) {
      guard lanes[Wire.lane(of: key, among: config.lanes)] != nil else {
        calls.end(call, key: key)
        continue
      }
      if !call.repeatable {
        let wall = clock.wall
        do {
          _ = try store.transaction { try $0.insert(Tables.begun, [[.text(key), .text(call.id), .integer(wall.microseconds)]]) }
        } catch {
          calls.giveBack(call, key: key)
          continue
        }
      }
      begin(call, key: key, with: caller)
    }
  }

  private func begin(_ call: D.State.Call, key: String, with caller: some Caller<D.State.Call, D.CallResult>) {
    let mailbox = mailbox
    caller.begin(call, key: key) { result in
      mailbox.put(.ended(call: call, key: key, result: result), bounded: false)
    }
  }

  /// After taking a lane: the calls that its states still ask for. One that was begun and may not be repeated ends
  /// without a result.
  func resumeCalls(_ lane: Int32) throws {
    let (states, begun) = try store.read { transaction in
      let rows = try transaction.query(
        "SELECT key, body FROM states WHERE lane = ? AND calls IS NOT NULL", [.integer(Int64(lane))])
      let keys = try transaction.query("SELECT key, call FROM begun", [])
      return (
        try rows.map { (try $0[0].text(), try decode([.null, .null, .null, .null, $0[1]])) },
        Set(try keys.map { "\(try $0[0].text()) \(try $0[1].text())" })
      )
    }
    for (key, state) in states {
      for call in state.calls {
        if begun.contains("\(key) \(call.id)") { resumed.append((call, key)) } else { calls.want(call, key: key) }
      }
    }
  }
}
