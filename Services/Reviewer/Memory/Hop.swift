import Identity
import JSON
import Storage
import Wire

/// Something that happened to a case at the desk.
struct Hop: Sendable {
  let key: String
  let at: Instant
  let kind: TaskEvent.Kind
  let body: JSON

  /// Of `key, moment, kind, body, …`; nil for a row of another version.
  init?(_ row: Row) {
    guard row.count >= 4, case .text(let key) = row[0], case .integer(let at) = row[1], case .text(let kind) = row[2],
      case .blob(let body) = row[3], let kind = TaskEvent.Kind(rawValue: kind), let body = try? JSON.parse(body, limits: .stored)
    else { return nil }
    (self.key, self.kind, self.body) = (key, kind, body)
    self.at = Instant(microseconds: at)
  }

  func text(_ name: String) -> String { body[name]?.string ?? "" }

  /// The last part of its type: `decided`, `tier.advanced`.
  var what: String { kind.rawValue.split(separator: ".").dropFirst(2).dropLast().joined(separator: ".") }

  /// What happened, in words, with people by their names; and what was said with it.
  func words(_ name: (String) -> String) -> (what: String, said: String) {
    let who = text("person").isEmpty ? "" : name(text("person"))
    let because = [text("code"), text("text").isEmpty ? text("words") : text("text")].filter { !$0.isEmpty }.joined(separator: ": ")
    return switch kind {
    case .opened: ("Asked, version \(body["version"]?.integer ?? 0)", "\(text("route")), \(text("risk")) impact")
    case .claimed: ("\(who) claimed it", until)
    case .released: (who.isEmpty ? "Given back" : "\(who) gave it back", text("why"))
    case .decided: ("\(who) decided\(standingFor(name)): \(text("verb"))", [because, unchecked].filter { !$0.isEmpty }.joined(separator: "; "))
    case .undone where !text("of").isEmpty: ("\(who) took \(name(text("of")))’s decision back", text("reason"))
    case .undone: ("\(who.isEmpty ? "A decision was" : "\(who)’s decision was") taken back", "")
    case .returned: ("Policy did not take the decision", text("reason"))
    case .settled: (body["settling"] == nil ? "Counted; others are still needed" : "Complete", release)
    case .advanced: ("Went up to tier \(body["tier"]?.integer ?? 0), \(Plain.words(text("group")).lowercased())", late)
    case .viewed: viewed(who)
    case .revealed: ("\(who) asked to see a private value", [text("token"), because].joined(separator: ", "))
    case .commented: ("\(who):", because)
    case .held: ("\(who) put it aside", because)
    case .resumed: ("No longer put aside", "")
    case .handed: ("\(who) handed it to \(name(text("to")))", because)
    case .assigned: ("\(who) assigned it to \(name(text("to")))", because)
    case .helpAsked: ("\(who) asked \(name(text("to"))) for help", because)
    case .skipped: ("\(who) left it to others", because)
    case .sourcesChanged: ("\(who) came to decide, and sources had changed", (body["looking"]?["sources"]?.array ?? []).compactMap(\.string).joined(separator: ", "))
    case .reopened: (text("kind") == "appeal" ? "Appealed against by \(text("by"))" : "Reopened by \(name(text("by").split(separator: " ").last.map(String.init) ?? ""))", text("words"))
    case .lookEnded: ("There is no new version for what had changed", text("reason"))
    case .opinion: ("\(who) decided too, after it was decided: \(text("verb"))", because)
    case .notified: ("A message to people outside: \(text("state"))", text("reason"))
    case .closed: ("Ended", text("reason"))
    case .glassAsked: ("\(who) breaks the glass, ticket \(text("ticket"))", text("text"))
    case .glassGranted: ("\(who) may decide alone", until)
    case .glassEnded: (text("result") == "refused" ? "Policy did not let \(who) break the glass" : "\(who) may decide alone no more", text("reason"))
    case .broken: ("Told that \(who) broke the glass", (body["people"]?.array ?? []).compactMap(\.string).map(name).joined(separator: ", "))
    case .glassResolved: ("Told whoever had been called", text("reason"))
    case .raised: ("Alert for \(Plain.words(text("group")).lowercased())", late)
    default: ("\(Plain.words(what))\(who.isEmpty ? "" : ": \(who)")", [because, text("reason")].filter { !$0.isEmpty }.joined(separator: "; "))
    }
  }

  private func standingFor(_ name: (String) -> String) -> String {
    let names = (body["for"]?.array ?? []).compactMap(\.string).map(name)
    return names.isEmpty ? "" : ", standing in for \(names.joined(separator: " and "))"
  }

  private func viewed(_ who: String) -> (String, String) {
    if body["story"] != nil { return ("\(who) read the story", "") }
    return text("source").isEmpty ? ("\(who) looked at version \(body["version"]?.integer ?? 0)", "") : ("\(who) opened a source", text("source"))
  }

  private var until: String { body["until"]?.integer.map { "until \(Plain.moment(Instant(microseconds: $0).description)) UTC" } ?? "" }

  private var release: String {
    body["settling"]?["release"]?.integer.map { "released at \(Plain.moment(Instant(microseconds: $0).description)) UTC" } ?? ""
  }

  private var unchecked: String {
    let names = (body["unchecked"]?.array ?? []).compactMap(\.string)
    return names.isEmpty ? "" : "not looked at again, for want of an answer: \(names.joined(separator: ", "))"
  }

  private var late: String {
    guard let late = body["late_by"]?.double, late >= 1 else { return "" }
    return "\(Plain.span(late)) late"
  }

  var json: JSON {
    ["at": .string(at.description), "what": .string(what), "body": body]
  }
}

extension CaseMemory {
  static let mostHops = 1_000

  /// All that happened to a case, in order.
  func story(of key: String) throws -> [Hop] {
    let rows = try read(
      "SELECT key, moment, kind, body, id FROM hops WHERE key = ? ORDER BY moment, id LIMIT ?", [.text(key), .integer(Int64(Self.mostHops))])
    return rows.compactMap(Hop.init).enumerated()
      .sorted { ($0.element.at, $0.element.rank, $0.offset) < ($1.element.at, $1.element.rank, $1.offset) }.map(\.element)
  }
}

extension Hop {
  /// Of what happened in one moment, what comes first.
  fileprivate var rank: Int {
    switch kind {
    case .opened: 0
    case .advanced, .decided, .claimed, .released: 1
    case .closed: 3
    default: 2
    }
  }
}
