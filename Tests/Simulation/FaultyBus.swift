import Messaging
import Wire

/// The bus as one process sees it. A process that has died reaches nothing more.
final class FaultyBus: Bus, @unchecked Sendable {
  private let life: Life
  private let inner: MemoryBus

  init(_ life: Life, _ inner: MemoryBus) {
    self.life = life
    self.inner = inner
  }

  private func check() throws(BusError) {
    do { try life.boundary() } catch { throw BusError(.fatal, "the process has ended") }
  }

  func partitionCount(of topic: String) throws(BusError) -> Int {
    try check()
    return try inner.partitionCount(of: topic)
  }

  func watermarks(of partition: TopicPartition) throws(BusError) -> Watermarks {
    try check()
    // Kafka has no topic `broker`.
    if partition.topic == Topic.broker.name, !life.world.profile.isForgetful { throw BusError(.unknownTopic, "simulated") }
    let marks = try inner.watermarks(of: partition)
    life.ends[partition] = marks.high
    return marks
  }

  func assign(_ positions: [TopicPartition: Int64]) throws(BusError) {
    try check()
    try inner.assign(positions)
  }

  func poll(limit: Int, byteLimit: Int, wait: Duration) throws(BusError) -> Polled {
    try check()
    if wait > .zero { life.world.wait(wait) }
    return try inner.poll(limit: limit, byteLimit: byteLimit, wait: wait)
  }

  func wake() {}

  func read(_ partition: TopicPartition, _ range: Range<Int64>, visit: (Message) -> Bool) throws(BusError) {
    try check()
    try inner.read(partition, range, visit: visit)
  }

  func commit(_ positions: [TopicPartition: Int64], group: String) throws(BusError) {
    try check()
    life.world.say("\(life.instance) commits \(group) \(positions.map { "\($0)@\($1)" }.sorted())")
    try inner.commit(positions, group: group)
  }

  func committed(by group: String, _ partitions: [TopicPartition]) throws(BusError) -> [TopicPartition: Int64] {
    try check()
    return try inner.committed(by: group, partitions)
  }

  func makeProducer() throws(BusError) -> any Producer {
    try check()
    return FaultyProducer(life, try inner.makeProducer())
  }

  func close() { inner.close() }
}

final class FaultyProducer: Producer, @unchecked Sendable {
  private let life: Life
  private let inner: any Producer

  init(_ life: Life, _ inner: any Producer) {
    self.life = life
    self.inner = inner
  }

  func send(_ outgoing: Outgoing) throws(BusError) -> Bool {
    do { try life.boundary() } catch { throw BusError(.fatal, "the process has ended") }
    life.world.say("\(life.instance) sends \(outgoing.partition) \((Frame.split(outgoing.frames[...]) ?? []).map { $0.integer("ce_sequence") ?? 0 })")
    life.world.sending(outgoing, by: life)
    return try inner.send(outgoing)
  }

  func reports() -> [Report] {
    if life.isDead { return [] }
    let reports = inner.reports()
    for report in reports {
      if report.error?.description.contains("on the wire") ?? false { life.world.hit(.lostOnWire, "") }
      life.world.say("\(life.instance) hears \(report)")
    }
    return reports
  }

  func close() { inner.close() }
}
