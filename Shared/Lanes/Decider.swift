import JSON
import Messaging
import Storage
import Wire

/// What makes a service this service: pure functions over the state of one key at a time. The mechanism around them
/// (batches, transactions, numbers, relay, timers, calls, recovery) is `LaneEngine`, the same for all.
///
/// No function here reads a clock, waits, or touches a file or a network. The same arguments give the same result on any
/// machine; recovery and the simulator rest on that.
public protocol Decider: Sendable {
  associatedtype Event: LaneEvent
  associatedtype State: LaneState
  associatedtype Record: ServiceRecord
  /// What a command is answered with.
  associatedtype Answer: Sendable
  associatedtype CallResult: Sendable

  static var service: Service { get }

  /// The internal topics it reads. Its door topics come by configuration.
  var inputs: [Topic] { get }

  /// Reads a message: syntax, schema, and what it is about. Nil leaves a message out that is no concern of this service.
  ///
  /// - Throws: why the message can never be handled; the mechanism then calls `failed` and dead-letters it.
  func interpret(_ message: Message, _ context: inout Reading) throws(Unreadable) -> Event?

  /// A timer of the state under `key` is due.
  func timer(_ name: String, key: String, due: Instant) -> Event

  /// A call of the state under `key` has ended; nil where it was begun before a crash and may not be repeated.
  func ended(_ call: State.Call, key: String, with result: CallResult?) -> Event

  /// What follows from `event`. State changes only by the records it emits.
  func decide(_ event: Event, _ view: View<State>, now: Instant) throws -> [Output<Record, Answer>]

  /// The state under `record.key` after the record; nil when nothing is left to wait for.
  func evolve(_ state: State?, _ record: Record) -> State?

  /// The way out of a case whose message could not be handled. It may use the headers alone, and the state under the case's
  /// id.
  func failed(_ failure: Failure, _ state: State?) -> [Record]

  /// Rows of the service's own tables by which people find what the record says. They are written with it, and again when
  /// it is folded in, so they must be the same each time; no step reads them.
  func rows(of record: Record) -> [IndexRow]

  /// The idempotency key that a record of ours holds, so that recovery gives it back.
  func claim(of record: Record) -> KeyEntry?

  /// The key of the state that was claimed with `entry`: what a look-up may go on to change.
  func stateKey(of entry: KeyEntry) -> String?
}

extension Decider {
  public func rows(of record: Record) -> [IndexRow] { [] }
  public func claim(of record: Record) -> KeyEntry? { nil }
  public func stateKey(of entry: KeyEntry) -> String? { nil }
}

/// What has happened: a message read, a command, a timer, a call that ended.
public protocol LaneEvent: Sendable {
  /// The key of the state that it changes.
  var key: String { get }
  /// Keys of states that the decision reads or changes besides.
  var otherKeys: [String] { get }
  /// An idempotency key that the decision takes or finds taken (`View.claimed`).
  var claim: KeyEntry? { get }
  /// An idempotency key that the decision only asks for: `View.claimed` is what it was taken with, by earlier events of
  /// the same batch too, and the state that it names (`Decider.stateKey`) is there. Not beside `claim`.
  var lookUp: [UInt8]? { get }
}

extension LaneEvent {
  public var otherKeys: [String] { [] }
  public var claim: KeyEntry? { nil }
  public var lookUp: [UInt8]? { nil }
}

/// The state of one key, usually a case, for as long as the service waits for something about it.
public protocol LaneState: Sendable {
  associatedtype Call: LaneCall

  /// Columns that the service's own queries need, and their values.
  static var columns: [Column] { get }
  var columns: Row { get }

  /// Timers that run. One fires when it is due, once: the records that follow must end or move it.
  var timers: [LaneTimer] { get }
  /// Calls to the outside world that are owed. One is made until a record that its end leads to takes it away.
  var calls: [Call] { get }

  func write(_ writer: inout JSONWriter)
  init(_ json: JSON) throws
}

extension LaneState {
  public static var columns: [Column] { [] }
  public var columns: Row { [] }
  public var timers: [LaneTimer] { [] }
}

public struct LaneTimer: Sendable, Equatable {
  public let name: String
  public let due: Instant

  public init(_ name: String, due: Instant) {
    self.name = name
    self.due = due
  }
}

public protocol LaneCall: Sendable {
  /// Unique among the calls of one state.
  var id: String { get }
  /// Whether making it again after a crash does no harm (it carries an idempotency key, or only reads).
  var repeatable: Bool { get }
}

/// For services without calls: there is no way to make one.
public struct NoCall: LaneCall {
  public let id: String
  public let repeatable: Bool
  private init() { (id, repeatable) = ("", true) }
}

/// One of the things that a service says.
public protocol ServiceRecord: Sendable {
  var topic: Topic { get }
  /// A versioned CloudEvents type: `countersign.case.admitted.v1`.
  var type: String { get }
  /// The key of the state that it changes; its lane is the record's partition. Also the record's Kafka key.
  var key: String { get }
  /// The case that it is about, where `key` is none.
  var subject: String? { get }
  var facts: [(Fact, String)] { get }

  func write(_ writer: inout JSONWriter)
  /// Gives back, from what `write` wrote, a record with which `evolve` does the same.
  static func read(type: String, topic: Topic, frame: Frame) throws -> Self
}

extension ServiceRecord {
  public var subject: String? { key }
  public var facts: [(Fact, String)] { [] }
}

public enum Output<Record: Sendable, Answer: Sendable>: Sendable {
  case emit(Record)
  /// Answers the command; sent once the transaction is durable.
  case answer(Answer)
}

/// What a decision may look at.
public struct View<State: Sendable>: Sendable {
  let states: [String: State]
  /// What the event's idempotency key was taken with before; nil where it was free, and is the event's now unless it only
  /// looked it up.
  public let claimed: KeyEntry?
  /// The wall clock, for what a sped-up demo must not speed up: the times in permits.
  public let wall: Instant

  public init(states: [String: State], claimed: KeyEntry? = nil, wall: Instant) {
    self.states = states
    self.claimed = claimed
    self.wall = wall
  }

  public subscript(key: String) -> State? { states[key] }
}

/// What reading a message may use besides the message.
public struct Reading: Sendable {
  /// The lane in which the message is read, and how many there are.
  public let lane: Int32
  public let lanes: Int32
  public let now: Instant
  var mint: CaseIDMint

  public init(lane: Int32, lanes: Int32, now: Instant, mint: CaseIDMint) {
    self.lane = lane
    self.lanes = lanes
    self.now = now
    self.mint = mint
  }

  /// A new case id that falls into this lane.
  public mutating func makeCaseID() -> String { mint.next(lane: lane, among: lanes, at: now) }
}

/// Why a message can never be handled.
public struct Unreadable: Error, Sendable, CustomStringConvertible {
  /// A short code of a closed set, for people and metrics.
  public let code: String
  public let description: String

  public init(_ code: String, _ description: String) {
    self.code = code
    self.description = description
  }
}

/// What is known of a message that could not be handled.
public struct Failure: Sendable {
  public let source: TopicPartition
  public let offset: Int64
  public let type: String?
  /// The case, from the headers.
  public let subject: String?
  public let code: String
  public let reason: String
}
