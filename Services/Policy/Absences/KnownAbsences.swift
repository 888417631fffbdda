import JSON
import Lanes
import Logging
import Storage
import Synchronization
import Wire

/// The absences that policy has noted, as this instance knows them: read twice a second, as the switches are, since an approval's case
/// lies in another lane than what is said of its giver.
final class KnownAbsences: Sendable {
  private let known = Mutex<[Absence]>([])

  var now: [Absence] { known.withLock { $0 } }

  func set(_ absences: [Absence]) { known.withLock { $0 = absences } }

  /// - Throws: `StoreError`.
  func refresh(_ store: any Store) throws {
    let (first, end) = (Absence.key(of: ""), "away0")
    let rows = try store.read { try $0.query("SELECT body FROM states WHERE key > ? AND key < ? ORDER BY key", [.text(first), .text(end)]) }
    set(rows.flatMap { row -> [Absence] in
      guard case .blob(let body) = row[0], let json = try? JSON.parse(body, limits: .stored) else { return [] }
      return (try? AwayBook(json))?.absences ?? []
    })
  }

  func watch(_ store: any Store, _ logger: Logger) async {
    while !Task.isCancelled {
      do { try refresh(store) } catch { logger.info("absences cannot be read: \(error)") }
      try? await Task.sleep(for: .seconds(Stops.readSeconds))
    }
  }
}
