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

/// Starts a service and runs it until SIGTERM or SIGINT: its lanes on one thread, its HTTP interface beside them.
///
/// - Parameters:
///   - doors: the door topics that it reads.
///   - caller: made once the store is open.
///   - routes: adds the service's own routes.
/// - Throws: what keeps the service from running, in words for an operator.
public func serve<D: Decider>(
  _ decider: D, _ config: RoadConfig, doors: [String] = [], migrations: [Migration] = [],
  caller: any Caller<D.State.Call, D.CallResult>, absorber: (any Absorber)? = nil,
  store: (any Store)? = nil, routes: (Router<BasicRequestContext>, Road<D>) throws -> Void = { _, _ in }
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
  let engine = try engineThread(
    decider, config, doors, migrations, caller, absorber, store, bus, clock, mailbox, metrics, logger)
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
  let group = ServiceGroup(
    configuration: .init(
      services: [
        .init(service: engine, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .cancelGroup),
        // A port that is taken ends the service: nobody could ask it anything.
        .init(service: app, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup),
      ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
  defer {
    bus.close()
    store.close()
  }
  try await group.run()
}

private func engineThread<D: Decider>(
  _ decider: D, _ config: RoadConfig, _ doors: [String], _ migrations: [Migration],
  _ caller: any Caller<D.State.Call, D.CallResult>, _ absorber: (any Absorber)?, _ store: any Store, _ bus: KafkaBus,
  _ clock: SystemClock, _ mailbox: Mailbox<D>, _ metrics: Metrics, _ logger: Logger
) throws -> EngineThread<D> {
  let seal = Seal(key: config.sealKey)
  var lanes = LaneConfig(
    instance: "\(config.service.rawValue)-\(ProcessInfo.processInfo.processIdentifier)-\(Instant.now.microseconds)",
    lanes: config.lanes, doors: doors, extraReaders: config.extraReaders)
  lanes.exclusive = config.database.hasPrefix("sqlite:")
  lanes.leaseSeconds = Double(config.leaseSeconds)
  lanes.renewSeconds = lanes.exclusive ? 1 : lanes.leaseSeconds / 5
  lanes.takesAllOrNone = absorber?.keepsEverything ?? false
  let laneConfig = lanes
  return EngineThread(
    shutdownSeconds: config.shutdownSeconds, logger: logger, wake: { bus.wake() },
    make: {
      LaneEngine(
        decider, store: store, bus: bus, clock: clock, config: laneConfig, seal: seal, caller: caller, absorber: absorber,
        mailbox: mailbox, seed: UInt64.random(in: 0 ... .max)
      ) { alert in
        metrics.increment(
          "countersign_alerts_total", labels: "code=\"\(alert.code.rawValue)\"", help: "what the mechanism noticed")
        logger.warning("\(alert.text)", metadata: ["alert": "\(alert.code.rawValue)", "lane": "\(alert.lane)"])
      }
    }, start: { try $0.start(migrations) })
}
