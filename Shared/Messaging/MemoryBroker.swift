import Synchronization

/// A Kafka in memory for tests and the simulator: no thread, no sleep, no clock; the same seed and the same calls
/// give the same history. Each client stands for one process.
public final class MemoryBroker: Sendable {
  private let state: Mutex<MemoryState>

  /// - Parameter topics: their partition counts. Topic `broker` is added; it holds one record whose body names this
  ///   run.
  public init(topics: [String: Int32], seed: UInt64, faults: Faults = Faults()) {
    state = Mutex(MemoryState(topics: topics, seed: seed, faults: faults))
  }

  /// A process's view, with an assignment of its own.
  public func client() -> MemoryBus { MemoryBus(broker: self) }

  /// The body of the record in topic `broker`.
  public var run: String { state.withLock { $0.run } }

  public var faults: Faults {
    get { state.withLock { $0.faults } }
    set { state.withLock { $0.faults = newValue } }
  }

  /// The timestamp of records from now on, milliseconds since 1970.
  public var now: Int64 {
    get { state.withLock { $0.now } }
    set { state.withLock { $0.now = newValue } }
  }

  /// While true, questions throw `unavailable`, polls bring nothing, commits are lost and what is sent waits on the
  /// wire.
  public var away: Bool {
    get { state.withLock { $0.away } }
    set { state.withLock { $0.away = newValue } }
  }

  /// What shall happen to the next row that any producer sends; several calls line up.
  public func nextRow(_ fate: Fate) { state.withLock { $0.fates.append(fate) } }

  /// Decides about the rows on the wire: each arrives, is lost or stays, as `faults` say.
  public func tick() { state.withLock { $0.tick() } }

  /// Cuts off the last records of a partition: the next ones get their offsets again.
  public func cutEnd(of partition: TopicPartition, by count: Int) {
    state.withLock { $0.change(partition) { $0.cutEnd(count) } }
  }

  /// Drops the oldest records of a partition, as retention does.
  public func dropOldest(of partition: TopicPartition, _ count: Int) {
    state.withLock { $0.change(partition) { $0.dropOldest(count) } }
  }

  /// As the embedded broker when it is started again: all topics are empty, commits are gone, topic `broker` names
  /// another run. What is on the wire stays there.
  public func forget() { state.withLock { $0.forget() } }

  func withState<Value: Sendable>(_ body: (inout MemoryState) throws(BusError) -> Value) throws(BusError) -> Value {
    try state.withLock { state throws(BusError) in try body(&state) }
  }
}
