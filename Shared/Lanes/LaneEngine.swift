import Messaging
import Storage
import Wire

/// The loop that all five services share: take a batch, change the database in one transaction that holds positions,
/// states and outgoing records, relay the records.
///
/// An engine lives on one thread; `mailbox` is how other threads reach it. The host calls `start` once and then `turn`
/// again and again; the simulator does the same with clocks, bus and store of its own. Any error that `turn` throws ends
/// the engine: the process starts anew and takes its lanes anew.
public final class LaneEngine<D: Decider> {
  let decider: D
  let store: any Store
  let bus: any Bus
  let clock: any LaneClock
  let config: LaneConfig
  let seal: Seal
  let caller: any Caller<D.State.Call, D.CallResult>
  let absorber: (any Absorber)?
  public let mailbox: Mailbox<D>
  /// Called on the engine's thread for everything that people should know.
  let notice: @Sendable (LaneAlert) -> Void

  let statesTable = Tables.states(D.State.columns)
  var mint: CaseIDMint

  var lanes: [Int32: Lane] = [:]
  var numbers: [StreamKey: Given] = [:]
  var positions: [TopicPartition: Position] = [:]
  /// States of our lanes as the last transactions left them, so that what comes soon after is not read and parsed again.
  /// Good for as long as nobody else has written into the lane, which its version tells.
  var kept: [String: D.State] = [:]
  let keptLimit = 8_000
  /// Messages read and not handled yet, in order.
  var inbox: [Message] = []
  /// Partitions whose position lies outside their log, as an idle `poll` said.
  var unplaced: [TopicPartition] = []
  /// What waits to be handled alone.
  var singly: [Pending<D>] = []
  /// Where the command that is handled alone was noted.
  var commandNote: Int32?
  var relay: Relay
  var calls = CallBook<D.State.Call>()
  /// Calls that may not be repeated, written down, whose lane has not told the log yet.
  var pledges: [Pledge<D.State.Call>] = []
  var nextDue: Instant?
  /// Streams that stand still because a record is missing.
  var gapped: Set<TopicPartition> = []
  /// The highest number that was seen while the one before it was missing.
  var awaited: [TopicPartition: Int64] = [:]
  /// Positions that moved without a message: the next transaction stores them.
  var released: Set<TopicPartition> = []
  /// Which stream's end was looked at last.
  var endsWatched = 0
  /// Lanes of others into which we have written: the run of the database server, epoch and version as last seen.
  var familiar: [Int32: (server: String, epoch: Int64, version: Int64)] = [:]
  /// Lanes into which another instance has written.
  var outdated: Set<Int32> = []

  /// Whether the database may be older than what was said in lanes that are not ours: their idempotency keys are taken
  /// from the log before any lane is, and before any key.
  var doubtsKeys = true
  /// The run of the database server whose keys are known to be whole.
  var keysServer = ""

  var latest = Instant(microseconds: .min)
  var lastWall = Instant(microseconds: .min)
  var nextUpkeep = Instant(microseconds: .min)
  var nextWatch = Instant(microseconds: .min)
  /// Others work all lanes: commands are carried out in theirs.
  public internal(set) var isStandby = false
  /// Up to where a database that went back has said already what follows from its input (`Absorber.keepsEverything`).
  var saidBefore: [TopicPartition: Int64] = [:]
  var nextExpiry = Instant(microseconds: .min)
  var nextCleaning = Instant(microseconds: .min)
  var holdUntil = Instant(microseconds: .min)
  var holdSteps = 0
  /// Until then messages gather for a larger batch.
  var gatherUntil = Instant(microseconds: .min)
  var committedOffsets: [TopicPartition: Int64] = [:]
  var nextOffsetCommit = Instant(microseconds: .min)
  /// The run of a small broker that forgets everything when it stops; nil on Kafka.
  public internal(set) var brokerRun: String?
  var pendingAlerts: [LaneAlert] = []
  /// Alerts of the start that wait for their lanes.
  var openings: [LaneAlert]
  /// Calls that were begun before a crash and may not be repeated.
  var resumed: [(D.State.Call, String)] = []
  public internal(set) var statistics = LaneStatistics()

  public init(
    _ decider: D, store: any Store, bus: any Bus, clock: any LaneClock, config: LaneConfig, seal: Seal,
    caller: any Caller<D.State.Call, D.CallResult>, absorber: (any Absorber)? = nil, mailbox: Mailbox<D>, seed: UInt64,
    notice: @escaping @Sendable (LaneAlert) -> Void = { _ in }
  ) {
    self.decider = decider
    self.store = store
    self.bus = bus
    self.clock = clock
    self.config = config
    openings = config.openings
    self.seal = seal
    self.caller = caller
    self.absorber = absorber
    self.mailbox = mailbox
    self.notice = notice
    mint = CaseIDMint(seed: seed)
    relay = Relay(bus: bus, readers: nil) { stream, first in
      try store.read { try Outbox.frames(of: stream, first: first, $0) }
    }
  }

  /// Brings the schema up to date, checks the number of lanes against database and broker, and learns the broker's run.
  ///
  /// - Throws: `LaneError` that says what to do.
  public func start(_ migrations: [Migration] = []) throws {
    // The engine before this one, in the same process, may have ended in the middle; others may work its lanes by now.
    absorber?.release()
    try store.migrate(schema(of: D.State.self, migrations))
    try checkLaneCount()
    brokerRun = try readBrokerRun()
    if let brokerRun {
      try resetPositions(brokerRun)
      relay = Relay(bus: bus, readers: { [unowned self] in readingGroups(of: $0.topic) }) { [store] stream, first in
        try store.read { try Outbox.frames(of: stream, first: first, $0) }
      }
    }
  }

  /// One turn of the loop. - Parameter wait: how long it may wait for something to do.
  /// - Returns: whether anything moved.
  @discardableResult
  public func turn(wait: Duration) throws -> Bool {
    let wall = clock.wall
    if wall < lastWall { forgetAppointments(wall) }
    lastWall = wall
    try upkeep(wall)
    if relay.suspectsNewBroker { try checkBrokerRun() }
    var moved = relay.step()
    statistics.relayFailures = relay.failures
    statistics.outboxBytes = relay.pendingBytes
    guard wall >= holdUntil else {
      if !moved { try? idle(min(wait, .milliseconds(5))) }
      return moved
    }
    guard wall >= gatherUntil || mailbox.isAwaited else {
      if !moved { try idle(.microseconds(gatherUntil.microseconds - wall.microseconds)) }
      return moved
    }
    try refreshLanes()
    let gathered = try gather(wait: moved ? .zero : wait)
    let hasHeads = lanes.values.contains { $0.nextHeads <= wall }
    if !gathered.batch.isEmpty || !pendingAlerts.isEmpty || hasHeads || (relay.hasDone && wall >= nextCleaning) {
      try handle(gathered.batch, refused: gathered.refused)
      // After deaths messages go one by one, and each would wait.
      let isCareful = lanes.values.contains(where: \.isCareful)
      if gathered.batch.count < config.fullBatch, inbox.isEmpty, !isCareful {
        gatherUntil = wall.adding(seconds: config.gatherSeconds)
      }
      moved = true
    }
    try keepPledges()
    try beginCalls()
    try commitOffsets(wall)
    return moved
  }

  /// The time of decisions. It never goes back, whatever the clock does.
  var now: Instant {
    latest = max(latest, clock.story)
    return latest
  }

  /// The wall clock was set back: what was to happen at a time that is now far away happens at once.
  private func forgetAppointments(_ wall: Instant) {
    nextUpkeep = min(nextUpkeep, wall)
    nextWatch = min(nextWatch, wall)
    nextExpiry = min(nextExpiry, wall)
    nextCleaning = min(nextCleaning, wall)
    nextOffsetCommit = min(nextOffsetCommit, wall)
    holdUntil = min(holdUntil, wall)
    gatherUntil = min(gatherUntil, wall)
    for lane in lanes.keys {
      lanes[lane]!.nextHeads = min(lanes[lane]!.nextHeads, wall)
      lanes[lane]!.calmSince = nil
      if lanes[lane]!.leaving { lanes[lane]!.leavingSince = min(lanes[lane]!.leavingSince ?? wall, wall) }
    }
  }

  /// Handles what is in hand no further, sends what is committed, and gives the lanes back.
  ///
  /// - Parameter until: gives up waiting for the broker then; what is unsent lies in the outbox.
  public func stop(until: Instant) throws {
    for lane in lanes.keys { lanes[lane]!.leavingSince = clock.wall }
    inbox.removeAll()
    mailbox.refuseAll()
    while !lanes.keys.allSatisfy(relay.isDrained), clock.wall < until {
      if !relay.step() { _ = try bus.poll(limit: 0, byteLimit: 0, wait: .milliseconds(2)) }
    }
    nextOffsetCommit = Instant(microseconds: .min)
    try commitOffsets(clock.wall)
    try releaseLanes(Array(lanes.keys))
    let me = config.instance
    try store.transaction { _ = try $0.execute("DELETE FROM instances WHERE id = ?", [.text(me)]) }
    relay.close()
  }

  public var ownedLanes: [Int32] { lanes.keys.sorted() }
  public var stoppedLanes: [Int32: String] { lanes.compactMapValues(\.stopped) }
}

/// What one instance knows of a lane that it works.
struct Lane {
  let epoch: Int64
  var version: Int64
  /// Until when it is leased, as we wrote it.
  var until: Int64
  var history: String
  /// Starts, this one included, of which none got past what lay there.
  var attempts: Int64
  /// What was at work, alone, when the process died, at the last death first; what has been handled since is gone. A line
  /// each in the lane's row.
  var suspects: [String]
  static let mostSuspects = 8
  /// Why nothing is read in it any more.
  var stopped: String?
  /// Input offsets that must be reached before overdue timers may fire.
  var catchUp: [TopicPartition: Int64] = [:]
  /// Since when it is to go to another instance: nothing is read in it any more.
  var leavingSince: Instant?
  var leaving: Bool { leavingSince != nil }

  /// When it was first seen to have caught up; some seconds later its attempts are cleared.
  var calmSince: Instant?

  /// After three starts that got nowhere, something there kills the process: one thing at a time, each noted first, until
  /// all that lay there at the start is handled.
  var isCareful: Bool { attempts >= 3 }
  var nextHeads = Instant(microseconds: .min)
}

public struct LaneStatistics: Sendable {
  public var batches = 0
  public var messages = 0
  public var duplicates = 0
  public var records = 0
  public var poison = 0
  public var retries = 0
  public var relayFailures = 0
  public var outboxBytes: Int64 = 0

  public init() {}
}

/// The mechanism cannot go on.
public enum LaneError: Error, Sendable, CustomStringConvertible {
  /// What is wrong and what to do.
  case cannotStart(String)
  /// The lane belongs to somebody else now.
  case lost(Int32)
  /// Whether the last transaction happened is not known; everything must be read anew.
  case commitUnknown

  public var description: String {
    switch self {
    case .cannotStart(let text): text
    case .lost(let lane): "lane \(lane) was taken by another instance"
    case .commitUnknown: "the answer to a COMMIT was lost"
    }
  }
}

/// On a broker that forgets, our services publish their positions for each of its runs apart: a position of the run before
/// says nothing about the log of this one.
func group(of service: Service, run: String) -> String { "\(service.group)@\(run)" }

extension LaneEngine {
  /// The groups that read a topic: our services named as its readers, audit, and who was named besides.
  func readingGroups(of topic: String) -> [String] {
    guard let topic = Topic.named(topic), topic.kind == .internal, let brokerRun else { return [] }
    let services = topic.readers + (topic.writer == .audit ? [] : [Service.audit])
    return services.map { group(of: $0, run: brokerRun) } + extraReaders(topic)
  }

  /// `relay.readers.extra` names groups as `TOPIC=GROUP`.
  private func extraReaders(_ topic: Topic) -> [String] {
    config.extraReaders.compactMap { entry in
      let parts = entry.split(separator: "=", maxSplits: 1)
      return parts.count == 2 && parts[0] == topic.name ? String(parts[1]) : nil
    }
  }
}
