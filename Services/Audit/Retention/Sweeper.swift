import Host
import JSON
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
    /// Erasures that are in the ledger and not done yet, and those of them that wait for a hold's end.
    var begun = 0
    var waiting = 0
    var failure: String?
  }

  let sweep: Sweep
  private let checkpointer: Checkpointer
  private let seconds: Int
  private let state = Mutex(Status())
  /// No more are begun while so many are not done.
  private static let mostBegun = 2_000

  init(_ retention: RetentionFile, _ paths: LedgerPaths, _ checkpointer: Checkpointer, everySeconds seconds: Int) {
    sweep = Sweep(retention: retention, paths: paths)
    self.checkpointer = checkpointer
    self.seconds = seconds
  }

  var status: Status { state.withLock { $0 } }

  /// - Parameter isOurs: whether this instance writes the ledger; only then does it destroy.
  func run(_ road: Road<AuditDecider>, while isOurs: @Sendable () -> Bool) async {
    var next = Instant.now
    var (after, looked, held) = ("", 0, 0)
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      guard isOurs() else { continue }
      do {
        var begun = try await finish(road)
        while Instant.now >= next, begun < Self.mostBegun, !Task.isCancelled {
          let page = try await look(after: after, road)
          begun += page.found.count
          (looked, held) = (looked + page.looked, held + page.held)
          if let last = page.last { after = last } else {
            let (seen, kept, now) = (looked, held, road.clock.story)
            state.withLock { ($0.last, $0.looked, $0.held) = (now, seen, kept) }
            (after, looked, held) = ("", 0, 0)
            next = Instant.now.adding(seconds: Double(seconds))
          }
        }
        state.withLock { $0.failure = nil }
      } catch {
        state.withLock { $0.failure = "\(error)" }
        road.logger.warning("contents were not swept: \(error)")
      }
    }
  }

  /// Looks at a page of cases and has said what is to go of them.
  private func look(after: String, _ road: Road<AuditDecider>) async throws -> Sweep.Page {
    let story = road.clock.story.microseconds
    let page = try road.store.read { try sweep.look(after: after, at: story, $0) }
    for found in page.found {
      _ = try await road.perform("\(found.erasing.key)@\(story)") { _ in .erase(found.erasing, unless: found.holds) }
    }
    return page
  }

  private struct Ready {
    let caseID: String
    let erasure: Erasures.Known
    let extent: Extent
  }

  /// Destroys what the ledger has told of and no hold keeps. - Returns: how many erasures are left to be done.
  func finish(_ road: Road<AuditDecider>) async throws -> Int {
    let story = road.clock.story.microseconds
    let (ready, begun, waiting) = try road.store.read { try self.ready(at: story, $0) }
    state.withLock { ($0.begun, $0.waiting) = (begun, waiting) }
    for one in ready {
      // Read anew for each: a hold may have come while the one before was destroyed.
      let done = try road.store.read { transaction -> (contents: Int64, bytes: Int64)? in
        guard let row = try transaction.load(Tables.cases, [[.text(one.caseID)]])[0],
          try !Sweep.isHeld(CaseRow(row), Sweep.heldPeople(transaction), transaction)
        else { return nil }
        return try Eraser(sweep.paths).erase(one.erasure.positions, one.extent, transaction)
      }
      guard let done else { continue }
      let erased = ContentErased(
        caseID: one.caseID, erasing: one.erasure.position, contents: done.contents, bytes: done.bytes, at: road.clock.story)
      _ = try await road.perform("erased/\(one.caseID)/\(one.erasure.position)") { _ in .erased(erased) }
      road.metrics.increment("countersign_erasures_total", help: "cases of which contents were destroyed")
    }
    return begun - ready.count
  }

  private func ready(at story: Int64, _ transaction: any StoreTransaction) throws -> (ready: [Ready], begun: Int, waiting: Int) {
    let prefix = ContentErasing.prefix
    let rows = try transaction.query("SELECT body FROM states WHERE key >= ? AND key < ?", [.text(prefix), .text("\(prefix)~")])
    guard let extent = try Extent(transaction), !rows.isEmpty else { return ([], rows.count, 0) }
    // What no checkpoint tells of yet might be cut off with the end of the ledger, and then nothing would say why the contents are gone.
    let signed = try Checkpointer.last(transaction)?.size ?? 0
    let people = try Sweep.heldPeople(transaction)
    var (ready, waiting): ([Ready], Int) = ([], 0)
    for row in rows {
      guard case .blob(let body) = row[0], case .erasing(let begun) = try AuditState(JSON.parse(body, limits: .stored)),
        story - begun.at.microseconds >= sweep.retention.notice * 3_600_000_000,
        let erasure = try Erasures.undone(begun.caseID, transaction).last, erasure.at == begun.at.microseconds
      else { continue }
      guard erasure.position < signed else {
        checkpointer.hurry()
        continue
      }
      if let known = try transaction.load(Tables.cases, [[.text(begun.caseID)]])[0], try Sweep.isHeld(CaseRow(known), people, transaction) {
        waiting += 1
      } else {
        ready.append(Ready(caseID: begun.caseID, erasure: erasure, extent: extent))
      }
    }
    return (ready, rows.count, waiting)
  }
}
