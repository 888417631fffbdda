import Synchronization
import Wire

/// What one client reads.
struct MemoryReading {
  private var positions: [TopicPartition: Int64] = [:]
  private var order: [TopicPartition] = []
  /// Where the next round begins, so that no partition starves under a limit.
  private var first = 0

  init(_ positions: [TopicPartition: Int64]) {
    self.positions = positions
    order = positions.keys.sorted()
  }

  mutating func nextRound() -> [TopicPartition] {
    guard !order.isEmpty else { return [] }
    defer { first = (first + 1) % order.count }
    return Array(order[first...] + order[..<first])
  }

  /// Nil where it was stopped.
  func position(of partition: TopicPartition) -> Int64? { positions[partition] }

  mutating func advance(_ partition: TopicPartition, to offset: Int64) { positions[partition] = offset }

  mutating func stop(_ partition: TopicPartition) {
    positions[partition] = nil
    order.removeAll { $0 == partition }
    first = 0
  }
}

/// A client of a `MemoryBroker`. `poll` returns at once, whatever `wait` says.
public final class MemoryBus: Bus {
  private struct State {
    var reading = MemoryReading([:])
    var closed = false
  }

  private let broker: MemoryBroker
  private let state = Mutex(State())

  init(broker: MemoryBroker) { self.broker = broker }

  public func partitionCount(of topic: String) throws(BusError) -> Int {
    try checkOpen()
    return try broker.withState { state throws(BusError) in try state.partitionCount(of: topic) }
  }

  public func watermarks(of partition: TopicPartition) throws(BusError) -> Watermarks {
    try checkOpen()
    return try broker.withState { state throws(BusError) in
      let log = try state.log(partition)
      return Watermarks(low: log.low, high: log.high)
    }
  }

  public func assign(_ positions: [TopicPartition: Int64]) throws(BusError) {
    try checkOpen()
    try check(positions)
    state.withLock { $0.reading = MemoryReading(positions) }
  }

  public func poll(limit: Int, byteLimit: Int, wait: Duration) throws(BusError) -> Polled {
    try checkOpen()
    return try state.withLock { own throws(BusError) in
      try broker.withState { state throws(BusError) in
        try state.poll(&own.reading, limit: max(0, limit), byteLimit: max(0, byteLimit))
      }
    }
  }

  public func wake() {}

  public func read(
    _ partition: TopicPartition, _ range: Range<Int64>, visit: (Message) -> Bool
  ) throws(BusError) {
    try checkOpen()
    let log = try broker.withState { state throws(BusError) in try state.log(partition) }
    for offset in range.clamped(to: log.low..<log.high) {
      guard let entry = log.entry(at: offset) else { return }
      let message = Message(source: partition, offset: offset, timestamp: entry.timestamp, frame: entry.frame)
      guard visit(message) else { return }
    }
  }

  public func commit(_ positions: [TopicPartition: Int64], group: String) throws(BusError) {
    try checkOpen()
    try check(positions)
    try broker.withState { state throws(BusError) in state.commit(positions, group: group) }
  }

  public func committed(
    by group: String, _ partitions: [TopicPartition]
  ) throws(BusError) -> [TopicPartition: Int64] {
    try checkOpen()
    return try broker.withState { state throws(BusError) in try state.committed(by: group, partitions) }
  }

  public func makeProducer() throws(BusError) -> any Producer {
    try checkOpen()
    return MemoryProducer(broker: broker, number: try broker.withState { $0.openProducer() })
  }

  public func close() { state.withLock { $0.closed = true } }

  private func checkOpen() throws(BusError) {
    if state.withLock({ $0.closed }) { throw BusError(.fatal, "the bus is closed") }
  }

  private func check(_ positions: [TopicPartition: Int64]) throws(BusError) {
    for (partition, offset) in positions where partition.partition < 0 || offset < 0 {
      throw BusError(.fatal, "no such position: \(partition) at \(offset)")
    }
  }
}
