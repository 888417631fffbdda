import Wire

/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let topic: String
  public let partition: Int32

  public init(_ topic: String, _ partition: Int32) {
    self.topic = topic
    self.partition = partition
  }

  public var description: String { "\(topic)/\(partition)" }

  public static func < (a: TopicPartition, b: TopicPartition) -> Bool {
    (a.topic, a.partition) < (b.topic, b.partition)
  }
}

/// One record as it was read.
public struct Message: Sendable {
  public let source: TopicPartition
  public let offset: Int64
  /// Kafka's timestamp, milliseconds since 1970; 0 where the broker gave none.
  public let timestamp: Int64
  public let frame: Frame

  public init(source: TopicPartition, offset: Int64, timestamp: Int64, frame: Frame) {
    self.source = source
    self.offset = offset
    self.timestamp = timestamp
    self.frame = frame
  }
}

/// What one `poll` brought.
public struct Polled: Sendable {
  /// In each partition in the order of offsets; across partitions in any order.
  public var messages: [Message] = []
  /// Assigned partitions that cannot be read on: the position lies outside the log (the broker lost or expired
  /// records, or the log was cut). They deliver nothing until `assign` names a new position.
  public var outOfRange: [TopicPartition] = []

  public init() {}
}

/// The first offset that is there and the one that the next record will get.
public struct Watermarks: Sendable, Equatable {
  public let low: Int64
  public let high: Int64
  public init(low: Int64, high: Int64) {
    self.low = low
    self.high = high
  }
}

public struct BusError: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// The broker cannot be reached or did not answer in time: try again later.
    case unavailable
    /// No such topic or partition.
    case unknownTopic
    /// The broker refuses us: credentials, ACL, TLS.
    case denied
    /// Anything that trying again will not mend.
    case fatal
  }
  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// Kafka as the lanes see it. All calls block the calling thread; one thread at a time uses `assign` and `poll`, any
/// thread the rest.
///
/// Two implementations stand behind it: `KafkaBus` and `MemoryBus`. Both pass the contract suite in `Tests/Bus`.
public protocol Bus: Sendable {
  /// - Throws: `unknownTopic` where the broker has no such topic (none is created by asking), `unavailable`.
  func partitionCount(of topic: String) throws(BusError) -> Int

  /// - Throws: `unknownTopic`, `unavailable` (bounded by 5 s).
  func watermarks(of partition: TopicPartition) throws(BusError) -> Watermarks

  /// Replaces what `poll` reads by these partitions, each from the given offset on. No message that was fetched under
  /// an earlier assignment is delivered after it returns.
  func assign(_ positions: [TopicPartition: Int64]) throws(BusError)

  /// Waits until there are messages, `wake` is called or `wait` is over, and returns what is there then.
  ///
  /// A broker that is away is no error: nothing arrives until it is back.
  /// - Parameters:
  ///   - limit: at most so many messages.
  ///   - byteLimit: stops after the message that crosses it.
  func poll(limit: Int, byteLimit: Int, wait: Duration) throws(BusError) -> Polled

  /// Ends a `poll` that waits, or the next one. Any thread.
  func wake()

  /// Reads the records with offsets in `range` that still exist, in order, with a reader of its own, apart from `poll`.
  ///
  /// - Parameter visit: returns false to stop early.
  /// - Throws: `unavailable` where it got no further for 10 s.
  func read(
    _ partition: TopicPartition, _ range: Range<Int64>, visit: (Message) -> Bool
  ) throws(BusError)

  /// Commits, without joining the group, the offset of the next message to read of each partition. Does not wait for
  /// the broker; a lost commit is repaired by the next one.
  func commit(_ positions: [TopicPartition: Int64], group: String) throws(BusError)

  /// The committed offsets of any group; a partition without one is left out.
  func committed(by group: String, _ partitions: [TopicPartition]) throws(BusError) -> [TopicPartition: Int64]

  /// A producer with `acks=all` and idempotence, independent of all others of this bus.
  func makeProducer() throws(BusError) -> any Producer

  func close()
}

/// A run of frames for one partition.
public struct Outgoing: Sendable {
  /// Chosen by the caller, unique in the producer's life.
  public let id: Int64
  public let partition: TopicPartition
  /// Whole frames, one after the other.
  public let frames: [UInt8]
  public let count: Int

  public init(id: Int64, partition: TopicPartition, frames: [UInt8], count: Int) {
    self.id = id
    self.partition = partition
    self.frames = frames
    self.count = count
  }
}

/// What became of an `Outgoing`.
public struct Report: Sendable {
  public let id: Int64
  /// The offset of its last record; -1 where the delivery failed, where there was no record, and where the broker only
  /// confirms that it has a repeated record already.
  public let lastOffset: Int64
  /// Why any of its records was not delivered. After the first report with an error the producer is spent: what it was
  /// sent may be in the log in part. Close it, make another and send again from the first row without a success.
  public let error: BusError?

  public init(id: Int64, lastOffset: Int64, error: BusError?) {
    self.id = id
    self.lastOffset = lastOffset
    self.error = error
  }
}

/// Sends to the broker. One thread at a time.
public protocol Producer: Sendable {
  /// Takes the records over for sending, in the order of the calls for each partition, and returns at once.
  ///
  /// - Returns: false where nothing was taken because the queue is full, or because the broker is away and cannot say
  ///   whether a partition that was not used before is there: collect `reports` and try again.
  /// - Throws: `fatal` (the producer is spent); `unknownTopic` (nothing was taken, the producer is as before).
  func send(_ outgoing: Outgoing) throws(BusError) -> Bool

  /// The reports that have come in since the last call: one for each `Outgoing`, once all of its records have an
  /// answer.
  func reports() -> [Report]

  /// Gives up what is not delivered yet and closes. Records already on the wire may still arrive; none is sent after
  /// it returns.
  func close()
}
