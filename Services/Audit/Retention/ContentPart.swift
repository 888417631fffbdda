import Domain
import Wire

extension ContentPart {
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
