import Host
import Lanes
import Logging
import Storage
import Synchronization
import Wire

/// Destroys contents by the clock: says so in the ledger, waits until a checkpoint tells of it, destroys, says that it is done. Whenever
/// the process ends in between, the next one goes on where it was.
final class Sweeper: Sendable {
  struct Status: Sendable, Equatable {
    /// When the last look at all cases ended, on the story's clock.
    var last: Instant?
    var looked = 0
    /// Cases whose time is over and that a hold keeps, in that look.
    var held = 0
    /// Erasures that are in the ledger and not done yet, and those of them whose time has come and that a hold keeps.
    var begun = 0
    var waiting = 0
    var failure: String?
    /// Since when no sweep has gone through, real time; nil while they do.
    var failingSince: Instant?

    mutating func note(_ error: (any Error)?, at now: Instant) {
      failure = error.map { "\($0)" }
      failingSince = error == nil ? nil : failingSince ?? now
    }
  }
  /// How long sweeps may fail before people hear of it: a database that is busy, or a disk that is full for a moment, mends itself.
  static let patience = 300.0

  let sweep: Sweep
  private let checkpointer: Checkpointer
  private let seconds: Int
  private let eraser: Eraser
  private let state = Mutex(Status())
  /// Positions of the records of erasures that are done here.
  private let done = Mutex<Set<Int64>>([])

  /// - Parameter beforeWrite: called before anything is overwritten; tests end the process there.
  init(
    _ retention: RetentionFile, _ paths: LedgerPaths, _ checkpointer: Checkpointer, everySeconds seconds: Int,
    beforeWrite: @escaping @Sendable () throws -> Void = {}
  ) {
    sweep = Sweep(retention: retention, paths: paths)
    var eraser = Eraser(paths)
    eraser.beforeWrite = beforeWrite
    self.eraser = eraser
    self.checkpointer = checkpointer
    self.seconds = seconds
  }

  var status: Status { state.withLock { $0 } }

  /// - Parameter isOurs: whether this instance writes the ledger; only then does it destroy.
  func run(_ road: Road<AuditDecider>, while isOurs: @Sendable () -> Bool) async {
    var next = Instant.now
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      guard isOurs() else { continue }
      do {
        try await finish(road)
        if Instant.now >= next {
          try await begin(road)
          next = Instant.now.adding(seconds: Double(seconds))
        }
        await note(nil, road)
      } catch {
        // An end that is asked for in the middle of a sweep is no failure.
        guard !Task.isCancelled else { return }
        await note(error, road)
      }
    }
  }

  private func note(_ error: (any Error)?, _ road: Road<AuditDecider>) async {
    let now = Instant.now
    let status = state.withLock { status in
      status.note(error, at: now)
      return status
    }
    if let error { road.logger.warning("contents were not swept: \(error)") }
    road.metrics.set(
      "countersign_retention_failing_seconds", status.failingSince.map { now.seconds(since: $0) } ?? 0,
      help: "for how long contents whose time is over could not be destroyed")
    let (trouble, stands, isOver) = Self.trouble(status, at: now)
    do {
      let standing = try road.store.read { try AuditState.keys($0) }
      try await road.tell(trouble, stands: stands, isOver: isOver, standing)
    } catch { road.logger.debug("what became of retention could not be told: \(error)") }
  }

  /// What people are told of sweeps that fail, and whether it stands or is over.
  static func trouble(_ status: Status, at now: Instant) -> (trouble: Trouble, stands: Bool, isOver: Bool) {
    let isLate = status.failingSince.map { now.seconds(since: $0) >= patience } ?? false
    let text = "contents whose time is over are not destroyed: \(status.failure ?? "no sweep goes through")"
    return (Trouble(key: "retention/failing", code: .retentionFailing, text: text), isLate, status.failingSince == nil)
  }

  /// Looks at all cases once, and has said what is to go of them.
  func begin(_ road: Road<AuditDecider>) async throws {
    var (after, looked, held) = ("", 0, 0)
    repeat {
      let story = road.clock.story.microseconds
      let page = try road.store.read { try sweep.look(after: after, at: story, $0) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for found in page.found {
          group.addTask { _ = try await road.perform("\(found.erasing.key)@\(story)") { _ in .erase(found.erasing, unless: found.holds) } }
        }
        try await group.waitForAll()
      }
      (looked, held) = (looked + page.looked, held + page.held)
      after = page.last ?? ""
    } while !after.isEmpty && !Task.isCancelled
    let (seen, kept, now) = (looked, held, road.clock.story)
    state.withLock { ($0.last, $0.looked, $0.held) = (now, seen, kept) }
  }

  /// Destroys what the ledger has told of long enough and no hold keeps.
  func finish(_ road: Road<AuditDecider>) async throws {
    let until = road.clock.story.microseconds - sweep.retention.notice * 3_600_000_000
    var after = (at: Int64.min, caseID: "")
    var waiting = 0
    while !Task.isCancelled {
      let start = after
      let page = try road.store.read { try Erasures.going(until: until, after: start, limit: 200, $0) }
      guard let last = page.last else { break }
      for one in page where done.withLock({ !$0.contains(one.position) }) {
        // Read anew for each: a hold may have come while the one before was destroyed.
        guard let gone = try road.store.read({ try self.destroy(one.caseID, one.position, $0) }) else {
          waiting += 1
          continue
        }
        let erased = ContentErased(
          caseID: one.caseID, erasing: one.position, since: Instant(microseconds: one.at), contents: gone.contents, bytes: gone.bytes,
          at: road.clock.story)
        _ = try await road.perform("erased/\(one.caseID)/\(one.position)") { _ in .erased(erased) }
        // Until its record has come into the ledger it is not done a second time.
        done.withLock { _ = $0.insert(one.position) }
        road.metrics.increment("countersign_erasures_total", help: "cases of which contents were destroyed")
      }
      after = (last.at, last.caseID)
    }
    let begun = try road.store.read { try $0.query("SELECT COUNT(*) FROM going", [])[0][0].integer() }
    if begun == 0 { done.withLock { $0 = [] } }
    state.withLock { ($0.begun, $0.waiting) = (Int(begun), waiting) }
  }

  /// - Returns: nil where it has to wait: a hold keeps it, or no checkpoint tells yet that it goes.
  func destroy(_ caseID: String, _ position: Int64, _ transaction: any StoreTransaction) throws -> (contents: Int64, bytes: Int64)? {
    // What no checkpoint tells of might be cut off with the end of the ledger, and then nothing would say why contents are gone.
    guard position < (try Checkpointer.last(transaction)?.size ?? 0) else {
      checkpointer.hurry()
      return nil
    }
    guard let extent = try Extent(transaction), let erasure = try Erasures.at(position, of: caseID, transaction),
      let row = try transaction.load(Tables.cases, [[.text(caseID)]])[0],
      try !Sweep.isHeld(CaseRow(row), Sweep.heldPeople(transaction), transaction)
    else { return nil }
    return try eraser.erase(erasure.positions, extent, transaction)
  }
}
