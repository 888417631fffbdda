/// A way to people outside of the desk.
struct Channel: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// Slack's incoming webhook; the address is the secret.
    case slack
    /// PagerDuty Events API v2, with an integration's routing key.
    case pagerDuty(routingKey: String)
    /// A POST signed after Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature`).
    case webhook(key: [UInt8])
  }
  let name: String
  let kind: Kind
  let url: String
  /// Whether its host may stand in a private network.
  let isPrivate: Bool
  /// The channel that takes over where this one does not deliver.
  var fallback: String?
}
