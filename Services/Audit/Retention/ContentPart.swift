import Domain
import Wire

/// Which part of a case a record's content is of. A class may keep each part for a time of its own.
enum ContentPart: String, CaseIterable, Sendable {
  /// What came in and what intake answered.
  case item
  /// What the model was shown, what it proposed, what it was told afterwards.
  case model
  /// The case file, decisions and what people wrote.
  case people
  /// Permits, effects and outcomes.
  case action

  private static let parts: [String: ContentPart] = {
    let table: [(ContentPart, [Topic])] = [
      (.item, [.cases, .replies, .adjudications]), (.model, [.modelRequests, .modelProposals, .feedback]),
      (.people, [.reviewsRequested, .decisions, .reviews, .verdicts, .escalations]), (.action, [.permits, .effects, .webhooks, .outcomes]),
    ]
    return Dictionary(uniqueKeysWithValues: table.flatMap { part, topics in topics.map { ($0.name, part) } })
  }()

  /// Nil of records whose bodies hold no content of a case: dead letters (coordinates and hashes), heads, retention's own, and rungs of a
  /// ladder, by whose times a hidden delay is found (`Flaws`).
  init?(topic: String, type: String) {
    guard type != RungReached.type, let part = Self.parts[topic] else { return nil }
    self = part
  }
}
