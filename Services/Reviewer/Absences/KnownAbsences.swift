import Logging
import Storage
import Synchronization
import Wire

/// Absences as this instance knows them. A step takes them as it takes people: as they were known when it began. Read once a second, and
/// at once by whoever has just said something.
final class KnownAbsences: Sendable {
  private let known = Mutex<[Absence]>([])

  var now: [Absence] { known.withLock { $0 } }

  func set(_ absences: [Absence]) { known.withLock { $0 = absences } }

  /// - Throws: where the database does not answer.
  func refresh(_ store: any Store) async throws {
    set(try await store.aside { try AbsenceShelf(store: $0).all() })
  }

  /// Keeps up until it is cancelled; forgets once an hour what is over.
  func watch(_ store: any Store, _ logger: Logger, now: @Sendable () -> Instant) async {
    var seconds = 0
    while !Task.isCancelled {
      do {
        if seconds % 3_600 == 0 {
          let moment = now()
          try await store.aside { try AbsenceShelf(store: $0).forget(before: moment) }
        }
        try await refresh(store)
      } catch { logger.info("absences cannot be read: \(error)") }
      seconds += 1
      try? await Task.sleep(for: .seconds(1))
    }
  }
}
