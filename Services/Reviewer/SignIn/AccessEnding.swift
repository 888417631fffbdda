import Identity
import Lanes
import Logging
import Storage
import Wire

/// What the end of somebody's access does to tasks (Z1): leases are given back, and decisions that are not released lapse.
struct AccessEnding: Sendable {
  let store: any Store
  let perform: @Sendable (_ task: String, Person, Command) async throws -> DeskAnswer
  let logger: Logger

  /// Gives back what somebody holds.
  func free(_ person: Person) async {
    await each("SELECT key FROM states WHERE phase = 'open' AND holder = ?", [.text(person.id)]) { try await perform($0, person, .release) }
  }

  /// - Parameter after: what the person is now; nil where they have no access any more.
  func narrow(_ before: Person, to after: Person?) async {
    let lost = Set(before.groups).subtracting(after?.groups ?? [])
    guard after == nil || !lost.isEmpty else { return }
    logger.notice("roles have ended", metadata: ["person": "\(before.id)", "groups": "\(lost.sorted().joined(separator: " "))"])
    await free(before)
    await each("SELECT key FROM states WHERE phase = 'waiting'", []) { key in
      let task = try await store.aside { try ReviewTask.stored(key, $0) }
      guard let given = task?.given.last(where: { $0.person == before.id }), !lost.isDisjoint(with: given.groups) || after == nil else { return nil }
      return try await perform(key, before, .lapse(given.id))
    }
  }

  private func each(_ query: String, _ values: [Value], _ body: (String) async throws -> DeskAnswer?) async {
    do {
      let rows = try await store.aside { try $0.read { try $0.query(query, values) } }
      for row in rows {
        guard case .text(let key) = row[0] else { continue }
        if let answer = try await body(key), answer.isRefusal { logger.info("\(answer.detail)", metadata: ["case": "\(key)"]) }
      }
    } catch { logger.error("what somebody held could not be given back: \(error)") }
  }
}
