import Identity
import JSON
import Lanes
import Logging
import Storage
import Synchronization
import Wire

/// Grants that somebody still has to look at, and suspended rights, as this instance knows them: read twice a second, as absences are, since a
/// case lies in another lane than what is noted of a person.
final class KnownGlass: Sendable {
  private let known = Mutex<[GlassBook]>([])

  var now: [GlassBook] { known.withLock { $0 } }

  func set(_ books: [GlassBook]) { known.withLock { $0 = books } }

  /// The human beings who may break no glass now.
  func suspended(_ people: People?) -> Set<String> {
    Set(now.filter(\.isSuspended).map { people?.human($0.person) ?? $0.person })
  }

  /// - Throws: `StoreError`.
  func refresh(_ store: any Store) throws {
    let (first, end) = (GlassNoted.place(of: ""), "glass0")
    let rows = try store.read { try $0.query("SELECT body FROM states WHERE key > ? AND key < ? ORDER BY key", [.text(first), .text(end)]) }
    set(rows.compactMap { row in
      guard case .blob(let body) = row[0], let json = try? JSON.parse(body, limits: .stored) else { return nil }
      return try? GlassBook(json)
    })
  }

  func watch(_ store: any Store, _ logger: Logger) async {
    while !Task.isCancelled {
      do { try refresh(store) } catch { logger.info("grants cannot be read: \(error)") }
      try? await Task.sleep(for: .seconds(Stops.readSeconds))
    }
  }
}
