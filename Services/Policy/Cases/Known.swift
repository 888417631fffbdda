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
    let states = try store.read { try $0.states(under: place) }
    set(states.flatMap { state -> [Value] in
      guard let json = try? JSON.parse(state.body, limits: .stored) else { return [] }
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
