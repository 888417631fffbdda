import Foundation
import Hummingbird
import JSON
import KafkaBus
import Lanes
import Logging
import Messaging
import ServiceLifecycle
import Storage
import Synchronization
import UnixSignals
import Wire

/// What a service's HTTP handlers work with.
public struct Road<D: Decider>: Sendable {
  public let config: RoadConfig
  public let mailbox: Mailbox<D>
  public let store: any Store
  public let clock: SystemClock
  public let metrics: Metrics
  public let logger: Logger
  /// The lanes at work in this instance; none where others work them all.
  public let lanes: @Sendable () -> [Int32]

  /// Hands a command to the lanes and waits until what it leads to is durable. - Throws: `CommandError`.
  public func perform(_ id: String, _ make: @escaping @Sendable (inout Reading) -> D.Event) async throws -> D.Answer {
    try await mailbox.submit(id: id, make).value()
  }
}

/// What few services need.
public struct Specials<D: Decider>: Sendable {
  /// The decider of the lanes, where it is not complete from the start; throws `NotYet` until it is.
  var prepared: (@Sendable () throws -> D)?
  /// Sets what the service has a setting of its own for.
  var tune: @Sendable (inout LaneConfig) -> Void
  /// Done beside the lanes until the service stops; it can ask what they are at.
  var chore: (@Sendable (Road<D>, @escaping @Sendable () -> EngineState) async -> Void)?

  public init(
    prepared: (@Sendable () throws -> D)? = nil, tune: @escaping @Sendable (inout LaneConfig) -> Void = { _ in },
    chore: (@Sendable (Road<D>, @escaping @Sendable () -> EngineState) async -> Void)? = nil
  ) {
    self.prepared = prepared
    self.tune = tune
    self.chore = chore
  }
}

/// Starts a service and runs it until SIGTERM or SIGINT: its lanes on one thread, its HTTP interface beside them.
///
/// - Parameters:
///   - doors: the door topics that it reads.
///   - caller: makes the calls that states ask for.
///   - routes: adds the service's own routes.
/// - Throws: what keeps the service from running, in words for an operator.
public func serve<D: Decider>(
  _ decider: D, _ config: RoadConfig, doors: [String] = [], migrations: [Migration] = [],
  caller: any Caller<D.State.Call, D.CallResult>, absorber: (any Absorber)? = nil,
  store: (any Store)? = nil, specials: Specials<D> = Specials(), routes: (Router<BasicRequestContext>, Road<D>) throws -> Void = { _, _ in }
) async throws {
  let level = Logger.Level(rawValue: config.logLevel) ?? .info
  LoggingSystem.bootstrap { _ in
    var handler = JSONLogHandler(label: config.service.rawValue)
    handler.logLevel = level
    return handler
  }
  let logger = Logger(label: config.service.rawValue)
  let store = try store ?? openStore(config.database)
  let bus = try kafkaBus(config)
  let clock = SystemClock(scale: config.clockScale, origin: config.clockOrigin)
  let mailbox = Mailbox<D>(wake: { bus.wake() })
  let metrics = Metrics()
  var lanes = LaneConfig(
    instance: "\(config.service.rawValue)-\(ProcessInfo.processInfo.processIdentifier)-\(Instant.now.microseconds)",
    lanes: config.lanes, doors: doors, extraReaders: config.extraReaders)
  lanes.exclusive = config.database.hasPrefix("sqlite:")
  lanes.leaseSeconds = Double(config.leaseSeconds)
  lanes.renewSeconds = lanes.exclusive ? 1 : lanes.leaseSeconds / 5
  // A hop takes this much longer under load; at 1,000 items a second it saves a third of the CPU.
  lanes.gatherSeconds = 0.02
  lanes.takesAllOrNone = absorber?.keepsEverything ?? false
  specials.tune(&lanes)
  let trace = try config.traceFile.map { try TraceFile($0, config.service, every: config.traceEvery, metrics) }
  lanes.tracer = trace
  let engine = engineThread(
    specials.prepared ?? { decider }, config, lanes, migrations, caller, absorber, store, bus, clock, mailbox, metrics, logger)
  let road = Road(
    config: config, mailbox: mailbox, store: store, clock: clock, metrics: metrics, logger: logger,
    lanes: { engine.state.withLock(\.lanes) })
  let router = Router()
  router.addMiddleware { ProblemMiddleware() }
  addOperatorRoutes(router, engine, road)
  try routes(router, road)
  let app = Application(
    router: router,
    configuration: .init(
      address: .hostname(config.host, port: config.port), serverName: "countersign-\(config.service.rawValue)"),
    onServerRunning: { _ in logger.info("listening on http://\(config.host):\(config.port)") }, logger: logger)
  let work = specials.chore.map { chore in Task { await chore(road) { engine.state.withLock { $0 } } } }
  let group = ServiceGroup(
    configuration: .init(
      services: [
        .init(service: engine, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .cancelGroup),
        // A port that is taken ends the service: nobody could ask it anything.
        .init(service: app, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup),
      ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
  defer {
    work?.cancel()
    trace?.finish()
    bus.close()
    store.close()
  }
  try await group.run()
}

private func engineThread<D: Decider>(
  _ prepared: @escaping @Sendable () throws -> D, _ config: RoadConfig, _ lanes: LaneConfig, _ migrations: [Migration],
  _ caller: any Caller<D.State.Call, D.CallResult>, _ absorber: (any Absorber)?, _ store: any Store, _ bus: KafkaBus,
  _ clock: SystemClock, _ mailbox: Mailbox<D>, _ metrics: Metrics, _ logger: Logger
) -> EngineThread<D> {
  let seal = Seal(key: config.sealKey)
  return EngineThread(
    shutdownSeconds: config.shutdownSeconds, logger: logger, wake: { bus.wake() },
    make: {
      LaneEngine(
        try prepared(), store: store, bus: bus, clock: clock, config: lanes, seal: seal, caller: caller, absorber: absorber,
        mailbox: mailbox, seed: UInt64.random(in: 0 ... .max)
      ) { alert in
        metrics.increment(
          "countersign_alerts_total", labels: "code=\"\(alert.code.rawValue)\"", help: "what the mechanism noticed")
        logger.warning("\(alert.text)", metadata: ["alert": "\(alert.code.rawValue)", "lane": "\(alert.lane)"])
      }
    }, start: { try $0.start(migrations) })
}
