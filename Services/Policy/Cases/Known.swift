import JSON
import Lanes
import Logging
import Storage
import Synchronization
import Wire

/// What policy has noted of people, as this instance knows it: read twice a second, as the switches are, since a case lies in another lane than
/// what is noted of a person.
final class Known<Value: Sendable>: Sendable {
  private let known = Mutex<[Value]>([])
  private let what: String
  private let place: String
  private let read: @Sendable (JSON) throws -> [Value]

  /// - Parameters:
  ///   - what: for the log, in the plural.
  ///   - place: what the keys of its states begin with, `away/`.
  ///   - read: what a state says; one that cannot be read says nothing.
  init(_ what: String, at place: String, read: @escaping @Sendable (JSON) throws -> [Value]) {
    (self.what, self.place, self.read) = (what, place, read)
  }

  var now: [Value] { known.withLock { $0 } }

  func set(_ values: [Value]) { known.withLock { $0 = values } }

  /// - Throws: `StoreError`.
  func refresh(_ store: any Store) throws {
    // `0` comes after `/`.
    let end = place.dropLast() + "0"
    let rows = try store.read { try $0.query("SELECT body FROM states WHERE key > ? AND key < ? ORDER BY key", [.text(place), .text(String(end))]) }
    set(rows.flatMap { row -> [Value] in
      guard case .blob(let body) = row[0], let json = try? JSON.parse(body, limits: .stored) else { return [] }
      return (try? read(json)) ?? []
    })
  }

  func watch(_ store: any Store, _ logger: Logger) async {
    while !Task.isCancelled {
      do { try refresh(store) } catch { logger.info("\(what) cannot be read: \(error)") }
      try? await Task.sleep(for: .seconds(Stops.readSeconds))
    }
  }
}
