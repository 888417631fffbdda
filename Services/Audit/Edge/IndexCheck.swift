import Foundation
import Host
import Hummingbird
import JSON
import Storage
import Synchronization
import Wire

/// Compares the index with the ledger when an operator asks; one at a time, beside everything else.
final class IndexCheck: Sendable {
  private enum State {
    case never
    case running(Instant)
    case done(Instant, records: Int64, [IndexFold.Difference])
    case failed(Instant, String)
  }
  private let state = Mutex(State.never)
  private let paths: LedgerPaths

  init(_ paths: LedgerPaths) { self.paths = paths }

  /// Begins, unless one is on its way.
  func begin(_ store: any Store) {
    let isFree = state.withLock { state in
      if case .running = state { return false }
      state = .running(.now)
      return true
    }
    guard isFree else { return }
    // It reads for minutes: on a thread of its own, not on one that serves.
    Thread.detachNewThread { [self] in
      let scratch = "\(paths.folder)/index-check.sqlite"
      defer { for suffix in ["", "-wal", "-shm", ".lock"] { unlink(scratch + suffix) } }
      for suffix in ["", "-wal", "-shm"] { unlink(scratch + suffix) }
      let result: State
      do {
        let fresh = try SQLiteStore(path: scratch)
        defer { fresh.close() }
        let (records, differences) = try IndexFold(paths: paths).compare(store, beside: fresh)
        result = .done(.now, records: records, differences)
      } catch { result = .failed(.now, "\(error)") }
      state.withLock { $0 = result }
    }
  }

  var json: JSON {
    state.withLock { state in
      switch state {
      case .never: ["state": "never"]
      case .running(let since): ["state": "running", "at": .string(since.description)]
      case .failed(let at, let why): ["state": "failed", "at": .string(at.description), "failure": .string(why)]
      case .done(let at, let records, let differences):
        [
          "state": "done", "at": .string(at.description), "records": .integer(records),
          "differences": .array(
            differences.map { ["table": .string($0.table), "key": .string($0.key), "position": $0.position.map { .integer($0) } ?? .null] }),
        ]
      }
    }
  }
}
