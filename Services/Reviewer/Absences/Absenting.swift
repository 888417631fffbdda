import Identity
import JSON
import Lanes
import Wire

/// Something that is said of somebody's absence.
enum AbsenceCommand: Sendable {
  case say(Absence)
  /// It ends now, or never begins.
  case end(String)
}

/// Of one person at most that are not over.
private let mostAhead = 20

extension Desk {
  /// Somebody says when a person is away, and who stands in. What it leads to begins and ends with the clock alone.
  func absent(_ person: String, _ command: AbsenceCommand, by: Person) -> [DeskOutput] {
    guard let who = decider.people.person(id: person) else { return refuse(404, "person.unknown", "Nobody of that name is known here.") }
    guard by.speaks(for: who) else {
      return refuse(403, "away.forbidden", "For somebody else their lead says so (of support-agents, support-leads do), or an officer on duty.")
    }
    let own = decider.absences.now.filter { $0.person == person }
    switch command {
    case .say(let absence): return say(absence, who, own)
    case .end(let id): return end(id, own)
    }
  }

  private func say(_ absence: Absence, _ who: Person, _ own: [Absence]) -> [DeskOutput] {
    if let known = own.first(where: { $0.id == absence.id }) { return [answer(200, told(known))] }
    guard absence.until > absence.from, absence.until > now else {
      return refuse(422, "away.time", "An end that lies ahead, and after the beginning, was expected in `until`.")
    }
    switch decider.people.fault(in: absence) {
    case nil: break
    case "away.long": return refuse(422, "away.long", "At most \(Int(Absence.longestSeconds / 86_400)) days can be said at once.")
    case "person.cannot": return refuse(422, "person.cannot", "Another person than whoever is away was expected in `to`.")
    case "away.own_delegate": return refuse(403, "away.own_delegate", "Whoever says of somebody else that they are away cannot stand in for them: name another person in `to`.")
    case .some(let code): return refuse(403, code, "This cannot be said by you.")
    }
    let ahead = own.filter { $0.until > now }
    if let other = ahead.first(where: { $0.overlaps(absence) }) {
      return refuse(409, "away.overlaps", "\(who.name) is away until \(other.until) already. End that first.", [("absence", told(other))])
    }
    guard ahead.count < mostAhead else { return refuse(409, "away.enough", "\(mostAhead) absences of \(who.name) lie ahead already.") }
    if let delegate = absence.delegate, let other = clash(absence, delegate) {
      return refuse(422, "person.away", "\(name(delegate)) is away too, from \(other.from) until \(other.until). Name somebody who is there.")
    }
    return [.emit(.absence(AbsenceSaid(absence))), answer(201, told(absence))]
  }

  /// When whoever is to stand in is away. A ring of delegates is one of these, since only those who are away have delegates.
  private func clash(_ absence: Absence, _ delegate: String) -> Absence? {
    let human = decider.people.human(delegate)
    return decider.absences.now.first { decider.people.human($0.person) == human && $0.overlaps(absence) }
  }

  private func end(_ id: String, _ own: [Absence]) -> [DeskOutput] {
    guard let known = own.first(where: { $0.id == id }) else { return refuse(404, "away.unknown", "No such absence is known.") }
    guard known.until > now else { return refuse(409, "away.over", "It is over since \(known.until).") }
    let ended = known.ending(max(known.from, now))
    return [.emit(.absence(AbsenceSaid(ended))), answer(200, told(ended))]
  }

  private func told(_ absence: Absence) -> JSON { absence.told(at: now, decider.people) }
}

extension Absence {
  /// As people and programs are told of it.
  func told(at now: Instant, _ people: People) -> JSON {
    let state = until <= now ? "over" : from <= now ? "now" : "ahead"
    return [
      "absence": .string(id), "person": .string(person), "name": .string(people.person(id: person)?.name ?? person),
      "from": .string(from.description), "until": .string(until.description), "state": .string(state),
      "delegate": delegate.map { .string($0) } ?? .null,
      "delegate_name": delegate.map { .string(people.person(id: $0)?.name ?? $0) } ?? .null,
      "by": .string(by), "words": .string(words),
    ]
  }

  /// Reads `{person?, from?, until, to?, words?}`; without `person`, of whoever says so; without `from`, from now on.
  ///
  /// - Parameter idempotency: what the client will send again with the same words; without one, the body and the moment itself.
  init(_ body: JSON, by: Person, now: Instant, idempotency: String) throws(WireError) {
    let fields = try Fields(body)
    func moment(_ name: String) throws(WireError) -> Instant? {
      guard let text = fields.optionalText(name), !text.isEmpty else { return nil }
      guard let moment = Instant(rfc3339: text) else { throw WireError("member \(name): a moment such as 2026-12-24T08:00:00Z was expected") }
      return moment
    }
    guard let until = try moment("until") else { throw WireError("member until: the moment from which the person is there again was expected") }
    let person = fields.optionalText("person").flatMap { $0.isEmpty ? nil : $0 } ?? by.id
    let words = fields.optionalText("words") ?? ""
    guard People.isName(person), words.unicodeScalars.count <= Absence.mostWords, idempotency.utf8.count <= 200 else {
      throw WireError("a person's id, and at most \(Absence.mostWords) characters of words were expected")
    }
    let to = fields.optionalText("to").flatMap { $0.isEmpty ? nil : $0 }
    // Nothing is said of the past: what was decided then stays whose it was.
    let from = max(try moment("from") ?? now, now)
    let name = [person, by.id, until.description, to ?? "", idempotency.isEmpty ? "\(body.text)\n\(from)" : idempotency].joined(separator: "\n")
    self.init(
      id: hex(sha256(Array(name.utf8)).prefix(12)), person: person, from: from, until: until, delegate: to, by: by.id, words: words)
  }
}
