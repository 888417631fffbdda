import Foundation
import Lanes
import Logging
import Messaging
import ServiceLifecycle
import Storage
import Synchronization
import Wire

/// What the outside may know of a running engine.
public struct EngineState: Sendable {
  public var lanes: [Int32] = []
  public var stopped: [Int32: String] = [:]
  /// Other instances work all lanes.
  public var isStandby = false
  public var statistics = LaneStatistics()
  public var lastTurn = Instant(microseconds: 0)
  public var failure: String?
  /// Raised each time the lanes are taken from the beginning.
  public var starts = 0
  /// The run of a small broker that forgets everything when it stops; nil on Kafka.
  public var brokerRun: String?
}

/// Runs an engine on a thread of its own and starts it anew when it ends by an error that passes.
final class EngineThread<D: Decider>: ServiceLifecycle.Service {
  typealias Make = @Sendable () throws -> LaneEngine<D>

  private let make: Make
  private let start: @Sendable (LaneEngine<D>) throws -> Void
  private let logger: Logger
  private let shutdownSeconds: Int
  private let wake: @Sendable () -> Void
  private let stopping = Atomic(false)
  let state = Mutex(EngineState())

  init(
    shutdownSeconds: Int, logger: Logger, wake: @escaping @Sendable () -> Void, make: @escaping Make,
    start: @escaping @Sendable (LaneEngine<D>) throws -> Void
  ) {
    self.make = make
    self.start = start
    self.logger = logger
    self.shutdownSeconds = shutdownSeconds
    self.wake = wake
  }

  func run() async throws {
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await runThread()
      } onGracefulShutdown: { [self] in
        end()
      }
    } onCancel: { [self] in
      // Another part of the service has failed, such as its HTTP interface, whose port was taken.
      end()
    }
  }

  private func runThread() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let thread = Thread { [self] in
        let result = Result { try loop() }
        continuation.resume(with: result)
      }
      thread.stackSize = 8 << 20
      thread.name = "lanes"
      thread.start()
    }
  }

  private func end() {
    stopping.store(true, ordering: .releasing)
    wake()
  }

  private var isStopping: Bool { stopping.load(ordering: .acquiring) }

  private func loop() throws {
    var pause = 0.2
    while !isStopping {
      do {
        let engine = try make()
        try start(engine)
        state.withLock { $0.starts += 1 }
        logger.info("lanes are being taken")
        while !isStopping {
          try engine.turn(wait: .milliseconds(50))
          publish(engine)
          pause = 0.2
        }
        try engine.stop(until: Instant.now.adding(seconds: Double(shutdownSeconds)))
        logger.info("stopped; everything committed lies in the database")
        return
      } catch let error as NotYet {
        retry(error.description, &pause)
        pause = 1
      } catch let error as LaneError {
        guard case .cannotStart = error else { retry("\(error)", &pause); continue }
        throw error
      } catch let error as StoreError {
        guard error.kind != .damaged, error.kind != .refused else { throw error }
        retry(error.description, &pause)
      } catch let error as BusError {
        guard error.kind == .unavailable || error.kind == .unknownTopic else { throw error }
        retry(error.description, &pause)
      }
    }
  }

  private func retry(_ reason: String, _ pause: inout Double) {
    logger.warning("starting anew in \(pause) s: \(reason)")
    state.withLock {
      $0.failure = reason
      $0.lanes = []
    }
    let end = Instant.now.adding(seconds: pause)
    while !isStopping, Instant.now < end { Thread.sleep(forTimeInterval: 0.05) }
    pause = min(pause * 2, 5)
  }

  private func publish(_ engine: LaneEngine<D>) {
    let now = Instant.now
    state.withLock { state in
      guard now.microseconds - state.lastTurn.microseconds > 200_000 else { return }
      state.lastTurn = now
      state.lanes = engine.ownedLanes
      state.stopped = engine.stoppedLanes
      state.isStandby = engine.isStandby
      state.statistics = engine.statistics
      state.brokerRun = engine.brokerRun
      state.failure = nil
    }
  }
}
