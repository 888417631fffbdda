import Identity
import JSON
import Lanes
import Wire

/// Private values stand in a case as tokens. Whoever decides it may see one at a time, for a purpose, and each time is on record before the value
/// leaves its vault (requirement 11: reveal, purpose, person and time).
extension Desk {
  /// Which service keeps the value behind a token: intake what came with the item, model-adapter what came with evidence.
  enum Holder: String, Sendable {
    case intake
    case adapter = "model-adapter"
  }

  /// Nil where the case file has no such token: what stands in another case is no business of this one.
  static func holder(of token: String, in request: JSON) -> Holder? {
    guard TokenNames.isToken(token) else { return nil }
    if TokenNames(request["data"] ?? .null).knows(token) { return .intake }
    return TokenNames(request).knows(token) ? .adapter : nil
  }

  func reveal(_ person: Person, _ ask: RevealAsk, _ task: ReviewTask) -> [DeskOutput] {
    guard DecisionReason.named(ask.code, for: .reveal) != nil else {
      let codes = DecisionReason.codes(for: .reveal).map { JSON.string($0.code) }
      return refuse(422, "code.unknown", "A purpose is needed to reveal a private value.", [("codes", .array(codes))])
    }
    guard ask.code != "other" || !ask.words.isEmpty else { return refuse(422, "words.missing", "Say in words what for.") }
    guard let holder = Self.holder(of: ask.token, in: task.request) else {
      return refuse(404, "token.unknown", "The case holds no private value under that token.")
    }
    return [
      event(
        .revealed,
        [
          ("person", .string(person.id)), ("token", .string(ask.token)), ("code", .string(ask.code)),
          ("text", ask.words.isEmpty ? nil : .string(ask.words)), ("version", .integer(task.version)),
        ]),
      answer(200, ["token": .string(ask.token), "held_by": .string(holder.rawValue)]),
    ]
  }
}
