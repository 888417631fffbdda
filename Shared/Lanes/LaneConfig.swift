import Messaging
import Storage
import Wire

/// What the mechanism of one instance is told at its start.
public struct LaneConfig: Sendable {
  /// This instance among those that share a database; new at every start.
  public var instance: String
  /// The number of lanes; fixed when a database is first used, and equal to the partitions of every internal topic.
  public var lanes: Int32
  /// The database is a file that this process alone has open: leases of others are of the past.
  public var exclusive = false
  /// Door topics that it reads; only intake has any.
  public var doors: [String]
  /// Readers that the relay waits for on a broker that drops records early, besides our own services.
  public var extraReaders: [String]
  /// The most messages of one batch, and the bytes after which a batch is closed.
  public var batchLimit = 4_000
  public var batchBytes = 4 << 20
  /// After a batch of fewer than `fullBatch` it gathers for so long before the next one: a transaction, a sync and a request
  /// to the broker cost as much for one message as for a hundred. What comes after a longer quiet
  /// is handled at once, and so are commands.
  public var gatherSeconds: Double = 0
  public var fullBatch = 500
  /// A record may not be larger, key and headers included.
  public var recordLimit = 900_000
  /// How long a lane stays with an instance that does not renew its lease. The clocks of all instances must agree to a
  /// fraction of it.
  public var leaseSeconds: Double = 10
  /// How often leases are renewed and free lanes looked for.
  public var renewSeconds: Double = 1
  /// One instance works all lanes and the others none; they answer, and take over all of them together.
  public var takesAllOrNone = false
  /// How often a lane says how far its streams are.
  public var headsSeconds: Double = 10
  /// Unsent records, in bytes, above which an instance takes no more work.
  public var outboxLimit: Int64 = 2 << 30
  /// Calls under way at once.
  public var callLimit = 64
  /// How long idempotency keys are kept, at least; nil keeps them for good.
  public var keysKeptSeconds: Double?
  /// What people should know from the start, said once by whoever takes the alert's lane.
  public var openings: [LaneAlert] = []
  /// Told of every batch once it is durable.
  public var tracer: (any LaneTracer)?

  public init(instance: String, lanes: Int32, doors: [String] = [], extraReaders: [String] = []) {
    self.instance = instance
    self.lanes = lanes
    self.doors = doors
    self.extraReaders = extraReaders
  }
}

/// The clocks. Leases, back-off and epochs run on `wall`; the `now` of decisions runs on `story`, which a demo may speed up.
public protocol LaneClock: Sendable {
  var wall: Instant { get }
  var story: Instant { get }
}

/// Makes the calls that states ask for. `end` may be called from any thread, once.
public protocol Caller<Call, Result>: Sendable {
  associatedtype Call: LaneCall
  associatedtype Result: Sendable
  func begin(_ call: Call, key: String, end: @escaping @Sendable (Result) -> Void)
}

/// For services without calls.
public struct NoCaller<Result: Sendable>: Caller {
  public init() {}
  public func begin(_ call: NoCall, key: String, end: @escaping @Sendable (Result) -> Void) {}
}

/// Stores what a service keeps besides its states, inside the batch's transaction (audit's ledger).
public protocol Absorber: Sendable {
  /// - Parameter messages: the messages of this batch that are handled, each once, in the order of their handling.
  func absorb(_ messages: [Message], in transaction: any StoreTransaction) throws

  /// Whether what it keeps cannot be folded from our records: then an older database reads its input again from where it
  /// stands, absorbs all of it, and says nothing a second time.
  var keepsEverything: Bool { get }

  /// Whether it has something to do before the first message: then it absorbs none at the first transaction of lanes that are
  /// at work.
  var isWaiting: Bool { get }

  /// No lane is worked here any more; another instance may be about to absorb. The next `absorb` begins anew.
  func release()
}

extension Absorber {
  public var keepsEverything: Bool { false }
  public var isWaiting: Bool { false }
  public func release() {}
}

/// What the mechanism noticed and people should know: a metric, and a record on `<service>.heads`.
public struct LaneAlert: Sendable, Equatable {
  public enum Code: String, Sendable, CaseIterable {
    case foreign = "record.foreign"
    case regressed = "producer.regressed"
    case zombie = "producer.zombie"
    case gap = "stream.gap"
    case healed = "stream.healed"
    case overrun = "door.overrun"
    case newBroker = "broker.new_run"
    case recovered = "lane.recovered"
    case stopped = "lane.stopped"
    case poison = "message.poison"
    case lossAccepted = "loss.accepted"
    /// A policy file says something else than the bundle in force, which nothing but governance changes.
    case bundleIgnored = "bundle.ignored"
  }
  public let code: Code
  public let lane: Int32
  public let text: String

  public init(code: Code, lane: Int32, text: String) {
    self.code = code
    self.lane = lane
    self.text = text
  }
}
