import JSON
import Lanes
import Messaging
import Storage
import Wire

/// A service whose step ends the process, again and again, for some of the cases of which it has no state.
struct Trapping<D: Decider>: Decider {
  static var service: Service { D.service }
  let inner: D
  let trap: Trap
  /// What of an event tells whether it ends the process: the same whenever the event is read anew.
  var mark: @Sendable (D.Event) -> String? = { $0.key }
  /// Looking at one in so many messages ends the process; nil: none does.
  var fatalReading: Int32?

  var inputs: [Topic] { inner.inputs }

  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> D.Event? {
    if let fatalReading, let id = message.frame.text("ce_id"), Wire.lane(of: "reading \(id)", among: fatalReading) == 0 {
      // Nobody can throw out of a reading what is no fault of the message: the process ends at its next step.
      try? trap.spring()
    }
    return try inner.interpret(message, &context)
  }

  func timer(_ name: String, key: String, due: Instant) -> D.Event { inner.timer(name, key: key, due: due) }
  func ended(_ call: D.State.Call, key: String, with result: D.CallResult?) -> D.Event { inner.ended(call, key: key, with: result) }

  func decide(_ event: D.Event, _ view: View<D.State>, now: Instant) throws -> [Output<D.Record, D.Answer>] {
    if view[event.key] == nil, let mark = self.mark(event), Wire.lane(of: "\(D.service.rawValue) \(mark)", among: 25) == 0 {
      try trap.spring()
    }
    return try inner.decide(event, view, now: now)
  }

  func evolve(_ state: D.State?, _ record: D.Record) -> D.State? { inner.evolve(state, record) }
  func failed(_ failure: Failure, _ state: D.State?) -> [D.Record] { inner.failed(failure, state) }
  func rows(of record: D.Record) -> [IndexRow] { inner.rows(of: record) }
  func claim(of record: D.Record) -> KeyEntry? { inner.claim(of: record) }
  func stateKey(of entry: KeyEntry) -> String? { inner.stateKey(of: entry) }
}
