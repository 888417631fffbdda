import Wire

/// Everything that the in-memory broker knows; `MemoryBroker` holds it under its lock.
struct MemoryState {
  /// A producer's records for one partition keep their order.
  struct Stream: Hashable {
    let producer: Int
    let partition: TopicPartition
  }

  /// A row on the wire.
  struct Flight {
    let stream: Stream
    let id: Int64
    let frames: [Frame]
  }

  var random: SplitMix64
  var faults: Faults
  /// What shall happen to the next rows, before the dice decide.
  var fates: [Fate] = []
  var away = false
  var now: Int64 = 0
  private(set) var run = ""
  private(set) var logs: [TopicPartition: MemoryLog] = [:]
  private var partitionCounts: [String: Int32]
  private var committed: [String: [TopicPartition: Int64]] = [:]
  private var polls = 0
  private var wire: [Flight] = []
  /// Streams that lost a row on the wire: as with Kafka's sequence numbers, nothing that follows is taken.
  private var severed: Set<Stream> = []
  private var producers = 0
  /// Of the open producers.
  private var reports: [Int: [Report]] = [:]

  init(topics: [String: Int32], seed: UInt64, faults: Faults) {
    random = SplitMix64(seed: seed)
    self.faults = faults
    partitionCounts = topics
    partitionCounts["broker"] = 1
    forget()
  }

  /// All topics are empty, no group has committed, and the run has another name.
  mutating func forget() {
    committed = [:]
    logs = [:]
    for (topic, count) in partitionCounts {
      for partition in 0..<max(0, count) { logs[TopicPartition(topic, partition)] = MemoryLog() }
    }
    run = randomUUID(using: &random)
    var frame = FrameWriter()
    frame.begin(key: "broker".utf8, body: run.utf8)
    frame.end()
    logs[TopicPartition("broker", 0)]?.append(
      MemoryLog.Entry(frame: Frame(frame.bytes[...]), timestamp: now, visibleFrom: 0))
  }

  func checkReachable() throws(BusError) {
    if away { throw BusError(.unavailable, "the broker is away") }
  }

  func partitionCount(of topic: String) throws(BusError) -> Int {
    try checkReachable()
    guard let count = partitionCounts[topic] else { throw BusError(.unknownTopic, "no topic \(topic)") }
    return Int(count)
  }

  func log(_ partition: TopicPartition) throws(BusError) -> MemoryLog {
    try checkReachable()
    guard let log = logs[partition] else { throw BusError(.unknownTopic, "no partition \(partition)") }
    return log
  }

  mutating func change(_ partition: TopicPartition, _ body: (inout MemoryLog) -> Void) {
    if logs[partition] != nil { body(&logs[partition, default: MemoryLog()]) }
  }

  mutating func commit(_ positions: [TopicPartition: Int64], group: String) {
    guard !away else { return }
    committed[group, default: [:]].merge(positions.filter { logs[$0.key] != nil }) { $1 }
  }

  func committed(by group: String, _ partitions: [TopicPartition]) throws(BusError) -> [TopicPartition: Int64] {
    try checkReachable()
    return committed[group, default: [:]].filter { partitions.contains($0.key) }
  }

  // MARK: Reading

  mutating func poll(_ reading: inout MemoryReading, limit: Int, byteLimit: Int) throws(BusError) -> Polled {
    polls += 1
    var polled = Polled()
    guard !away else { return polled }
    var partitions = reading.nextRound()
    let reordered = random.chance(faults.reorder)
    if reordered { partitions.shuffle(using: &random) }
    var bytes = 0
    for partition in partitions {
      guard let log = logs[partition] else {
        reading.stop(partition)
        throw BusError(.unknownTopic, "no partition \(partition)")
      }
      guard var offset = reading.position(of: partition) else { continue }
      guard offset >= log.low, offset <= log.high else {
        reading.stop(partition)
        polled.outOfRange.append(partition)
        continue
      }
      let end = reordered ? Int64.random(in: offset...log.high, using: &random) : log.high
      while offset < end, polled.messages.count < limit, bytes <= byteLimit,
        let entry = log.entry(at: offset), entry.visibleFrom <= polls
      {
        polled.messages.append(
          Message(source: partition, offset: offset, timestamp: entry.timestamp, frame: entry.frame))
        bytes += entry.frame.bytes.count
        offset += 1
      }
      reading.advance(partition, to: offset)
    }
    return polled
  }

  // MARK: Writing

  mutating func openProducer() -> Int {
    producers += 1
    reports[producers] = []
    return producers
  }

  /// What it has on the wire may still arrive.
  mutating func closeProducer(_ producer: Int) { reports[producer] = nil }

  mutating func takeReports(_ producer: Int) -> [Report] {
    guard let taken = reports[producer] else { return [] }
    reports[producer] = []
    return taken
  }

  /// - Throws: `unknownTopic`.
  mutating func send(_ flight: Flight) throws(BusError) {
    guard logs[flight.stream.partition] != nil else {
      throw BusError(.unknownTopic, "no partition \(flight.stream.partition)")
    }
    let drawn = draw(flight.frames.count)
    let fate = fates.isEmpty ? drawn : fates.removeFirst()
    if severed.contains(flight.stream) {
      fail(flight, .unavailable, "lost behind an earlier row")
    } else if away || fate == .hold || wire.contains(where: { $0.stream == flight.stream }) {
      wire.append(flight)
    } else {
      arrive(flight, fate)
    }
  }

  /// Draws the same number of times whatever comes of it, so that one fault does not move the others.
  private mutating func draw(_ count: Int) -> Fate {
    let refused = random.chance(faults.refuse)
    let first = Int.random(in: 0..<max(1, count), using: &random)
    let unheard = random.chance(faults.loseAcknowledgement)
    let twice = random.chance(faults.duplicate)
    let held = random.chance(faults.hold)
    if refused { return .refuse(after: first) }
    return unheard ? .loseAcknowledgement : twice ? .duplicate : held ? .hold : .deliver
  }

  private mutating func arrive(_ flight: Flight, _ fate: Fate) {
    switch fate {
    case .deliver, .hold:
      append(flight.frames, flight)
      succeed(flight)
    case .duplicate:
      append(flight.frames, flight)
      append(flight.frames, flight)
      succeed(flight)
    case .loseAcknowledgement:
      append(flight.frames, flight)
      fail(flight, .unavailable, "no acknowledgement came")
    case .refuse(let first):
      append(flight.frames.prefix(max(0, min(first, flight.frames.count - 1))), flight)
      fail(flight, .fatal, "the broker refused a record")
    }
  }

  private mutating func append(_ frames: some Collection<Frame>, _ flight: Flight) {
    for frame in frames {
      let late = random.chance(faults.delay)
      let more = Int.random(in: 1...max(1, faults.longestDelay), using: &random)
      logs[flight.stream.partition]?.append(
        MemoryLog.Entry(frame: frame, timestamp: now, visibleFrom: late ? polls + 1 + more : 0))
    }
  }

  private mutating func succeed(_ flight: Flight) {
    let last = flight.frames.isEmpty ? -1 : (logs[flight.stream.partition]?.high ?? 0) - 1
    reports[flight.stream.producer]?.append(Report(id: flight.id, lastOffset: last, error: nil))
  }

  private mutating func fail(_ flight: Flight, _ kind: BusError.Kind, _ words: String) {
    reports[flight.stream.producer]?.append(Report(id: flight.id, lastOffset: -1, error: BusError(kind, words)))
  }

  /// Decides about what is on the wire.
  mutating func tick() {
    guard !away else { return }
    var staying: [Flight] = []
    var blocked: Set<Stream> = []
    for flight in wire {
      let lost = random.chance(faults.loseOnWire)
      let held = random.chance(faults.hold)
      if severed.contains(flight.stream) || (lost && !blocked.contains(flight.stream)) {
        severed.insert(flight.stream)
        fail(flight, .unavailable, "lost on the wire")
      } else if held || blocked.contains(flight.stream) {
        blocked.insert(flight.stream)
        staying.append(flight)
      } else {
        arrive(flight, .deliver)
      }
    }
    wire = staying
  }
}
