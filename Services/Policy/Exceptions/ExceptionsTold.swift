import Bundles
import Host
import JSON
import Storage
import Wire

/// What anybody may know of the exceptions: the list in force, each with its state and how often it was used.
struct ExceptionsTold: Sendable {
  let stops: Stops
  let known: KnownExceptions
  let shelf: Shelf

  /// The number of the last list that stands in the stream.
  func told(_ store: any Store) throws -> Int64 {
    try state(ExceptionsListed.key, store)?.book?.version ?? 0
  }

  func all(_ road: Road<PolicyDecider>) throws -> JSON {
    let switches = stops.now
    guard let signed = switches.exceptions else { return ["version": 0, "exceptions": []] }
    let now = road.config.clockScale == 1 ? max(road.clock.story, switches.clock) : road.clock.story
    let uses = try DrawPlace.all(among: road.config.lanes).reduce(ExceptionUses()) { sum, place in
      try state(place.exceptions, road.store)?.exceptionUses.map { sum.adding($0) } ?? sum
    }
    let fault = known.fault(in: signed, shelf.policies)
    var object = JSONObject([
      ("version", .integer(signed.version)), ("hash", .string(signed.hash)), ("by", .string(signed.by)),
      ("at", .string(signed.at.description)),
      ("exceptions", .array((signed.list["exceptions"]?.array ?? []).map { told($0, uses, now, fault) })),
    ])
    object["fault"] = fault.map { .string($0) }
    return .object(object)
  }

  private func told(_ entry: JSON, _ uses: ExceptionUses, _ now: Instant, _ fault: String?) -> JSON {
    guard var object = entry.object else { return entry }
    let starts = entry["starts"]?.string.flatMap { Instant(rfc3339: $0) } ?? now
    let expires = entry["expires"]?.string.flatMap { Instant(rfc3339: $0) } ?? now
    object["state"] = .string(now >= expires ? "ended" : fault != nil ? "unusable" : now < starts ? "pending" : "in_force")
    let used = uses.uses[entry["id"]?.string ?? ""]
    object["uses"] = .integer(used?.count ?? 0)
    object["last_used"] = used.map { .string($0.last.description) }
    return .object(object)
  }

  private func state(_ key: String, _ store: any Store) throws -> PolicyState? {
    let rows = try store.read { try $0.query("SELECT body FROM states WHERE key = ?", [.text(key)]) }
    guard case .blob(let body) = rows.first?.first else { return nil }
    return try PolicyState(JSON.parse(body, limits: .stored))
  }
}
