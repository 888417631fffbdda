import JSON
import Wire

/// That somebody has broken the glass for a task: they may decide it alone meanwhile.
struct TaskGlass: Sendable, Equatable {
  /// The grant's id.
  let id: String
  let person: String
  let reason: String
  let ticket: String
  /// By the wall clock.
  var until: Instant
  /// Policy has granted it; before, it counts for nothing.
  var isGranted = false

  /// Whether it lets a person decide alone now.
  func covers(_ person: String, at wall: Instant) -> Bool { isGranted && self.person == person && wall <= until }

  var json: JSON {
    [
      "id": .string(id), "person": .string(person), "reason": .string(reason), "ticket": .string(ticket), "until": .integer(until.microseconds),
      "granted": .bool(isGranted),
    ]
  }

  /// As people are told.
  var told: JSON {
    [
      "grant": .string(id), "person": .string(person), "reason": .string(reason), "ticket": .string(ticket), "until": .string(until.description),
      "granted": .bool(isGranted),
    ]
  }

  init(id: String, person: String, reason: String, ticket: String, until: Instant) {
    (self.id, self.person, self.reason, self.ticket, self.until) = (id, person, reason, ticket, until)
  }

  init(_ fields: Fields) throws(WireError) {
    self.init(
      id: try fields.text("id"), person: try fields.text("person"), reason: try fields.text("reason"), ticket: try fields.text("ticket"),
      until: try fields.instant("until"))
    isGranted = try fields.flag("granted")
  }
}

extension ReviewTask {
  /// After what has happened to its grant.
  mutating func takeGlass(_ event: TaskEvent) {
    let until = Instant(microseconds: event["until"]?.integer ?? 0)
    switch event.kind {
    case .glassAsked:
      glass = TaskGlass(
        id: event["grant"]?.string ?? "", person: event.person, reason: event["text"]?.string ?? "", ticket: event["ticket"]?.string ?? "", until: until)
    case .glassGranted:
      guard glass?.id == event["grant"]?.string else { return }
      glass?.isGranted = true
      glass?.until = until
    case .glassEnded: if glass?.id == event["grant"]?.string { glass = nil }
    default: break
    }
  }
}
