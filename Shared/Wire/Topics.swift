/// A topic of the product. The table below is the only place that names them.
public struct Topic: Sendable, Hashable {
  public enum Kind: Sendable {
    /// Outsiders write it; only intake reads it.
    case door
    /// One of our services writes it, numbered; partition p is lane p.
    case `internal`
    /// Copies of rows in the owner's database, one partition, compacted.
    case table
  }
  public let name: String
  public let kind: Kind
  /// Nil for door topics and for the embedded broker's own.
  public let writer: Service?
  /// Our services that act on it; audit reads every internal topic besides.
  public let readers: [Service]
  public let retentionHours: Int

  private init(_ name: String, _ kind: Kind, from writer: Service?, to readers: Service..., hours: Int = 168) {
    self.name = name
    self.kind = kind
    self.writer = writer
    self.readers = readers
    self.retentionHours = hours
  }

  public static func == (a: Topic, b: Topic) -> Bool { a.name == b.name }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  public static let intake = Topic("intake", .door, from: nil, to: .intake, hours: 24)
  public static let executions = Topic("executions", .door, from: nil, to: .intake, hours: 24)
  public static let replies = Topic("intake.replies", .internal, from: .intake)
  public static let cases = Topic("cases", .internal, from: .intake, to: .policy)
  public static let effects = Topic("effects", .internal, from: .intake, to: .policy)
  /// What the built-in webhook executor has begun. It holds permits: only audit reads it.
  public static let webhooks = Topic("webhooks", .internal, from: .intake)
  public static let modelRequests = Topic("model.requests", .internal, from: .policy, to: .modelAdapter)
  public static let modelProposals = Topic("model.proposals", .internal, from: .modelAdapter, to: .policy)
  public static let reviewsRequested = Topic("reviews.requested", .internal, from: .policy, to: .reviewer)
  public static let decisions = Topic("decisions", .internal, from: .reviewer, to: .policy)
  public static let reviews = Topic("reviews", .internal, from: .reviewer)
  public static let openReviews = Topic("reviews.open", .table, from: .reviewer)
  public static let escalations = Topic("escalations", .internal, from: .reviewer)
  public static let permits = Topic("permits", .internal, from: .policy, to: .intake)
  public static let verdicts = Topic("verdicts", .internal, from: .policy)
  public static let outcomes = Topic("outcomes", .internal, from: .policy, to: .intake)
  /// What policy wants judged by people who know nothing of the first decision; intake makes cases of it.
  public static let adjudications = Topic("adjudications", .internal, from: .policy, to: .intake)
  public static let feedback = Topic("feedback", .internal, from: .policy)
  public static let governance = Topic("governance", .table, from: .policy)
  public static let people = Topic("people", .table, from: .reviewer)
  public static let alerts = Topic("alerts", .internal, from: .audit)
  public static let checkpoints = Topic("checkpoints", .internal, from: .audit)
  public static let budgets = Topic("budgets", .internal, from: .audit, to: .policy)
  /// Which contents audit keeps, and which it destroys; it reads them back, so that they stand in the ledger.
  public static let retention = Topic("retention", .internal, from: .audit, to: .audit)
  public static let broker = Topic("broker", .table, from: nil)

  /// Audit keeps its own dead letters in the ledger too: they tell of foreign records on topics that only it reads.
  private static let dead = Service.allCases.filter { $0 != .audit }.map { Topic("\($0.rawValue).dead", .internal, from: $0) }
    + [Topic("audit.dead", .internal, from: .audit, to: .audit)]
  private static let heads = Service.allCases.map { Topic("\($0.rawValue).heads", .internal, from: $0) }

  public static let all: [Topic] =
    [
      intake, executions, replies, cases, effects, webhooks, modelRequests, modelProposals, reviewsRequested, decisions, reviews,
      openReviews, escalations, verdicts, permits, outcomes, adjudications, feedback, governance, people, alerts, checkpoints, budgets, retention, broker,
    ] + dead + heads

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  public static func named(_ name: String) -> Topic? { byName[name] }

  /// What a service writes and numbers.
  public static func streams(of service: Service) -> [Topic] {
    all.filter { $0.writer == service && $0.kind == .internal }
  }
}
