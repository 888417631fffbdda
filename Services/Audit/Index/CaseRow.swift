import Domain
import Storage
import Wire

/// One case in the index.
struct CaseRow: Sendable, Equatable {
  static let open = "open"
  /// It is of its record, not of the case.
  private static let due = CaseFacts.index(of: .due)

  let id: String
  var facts = CaseFacts()
  /// What the KPIs need of it.
  var measures = CaseMeasures()
  /// Times of its first and last record, and of its outcome; µs.
  var opened: Int64 = .max
  var updated: Int64 = .min
  var ended: Int64?
  var records: Int64 = 0

  init(_ id: String) { self.id = id }

  mutating func fold(_ headers: RecordHeaders, topic: String, body: ArraySlice<UInt8>? = nil) {
    records += 1
    opened = min(opened, headers.time)
    updated = max(updated, headers.time)
    if topic == Topic.outcomes.name, headers.has(type: CaseEnded.type) { ended = max(ended ?? .min, headers.time) }
    for (fact, value) in headers.facts where fact != Self.due { facts.fold(fact, value, time: headers.time) }
    measures.fold(headers, body)
  }

  mutating func merge(_ other: CaseRow) {
    records += other.records
    opened = min(opened, other.opened)
    updated = max(updated, other.updated)
    if let end = other.ended { ended = max(ended ?? .min, end) }
    facts.merge(other.facts)
    measures.merge(other.measures)
  }

  /// Only an outcome ends a case; what else speaks of one (an executor's status) does not count.
  var outcome: String { ended == nil ? Self.open : facts[.outcome] ?? "ended" }

  /// What it is found by (`Tables.labels`), each in its place; empty where it has none.
  var labels: [String] {
    [("outcome", outcome), ("route", facts[.route]), ("workflow", facts[.workflow]), ("effect", hasEffect ? facts[.bundle] : nil)].map { name, value in
      value.map { "\(name)=\($0)" } ?? ""
    }
  }
  static let unlabelled = ["", "", "", ""]

  private var hasEffect: Bool { ended != nil && [Outcome.executed.rawValue, Outcome.effectUnknown.rawValue].contains(outcome) }

  var row: Row {
    [
      .text(id), .integer(opened), .integer(updated), ended.map { .integer($0) } ?? .null, .integer(records),
      .blob(facts.bytes + measures.bytes),
    ]
  }

  init(_ row: Row) throws(StoreError) {
    id = try row[0].text()
    opened = try row[1].integer()
    updated = try row[2].integer()
    ended = row[3] == .null ? nil : try row[3].integer()
    records = try row[4].integer()
    let bytes = try row[5].blob()
    let (facts, measuresAt) = try CaseFacts.read(bytes)
    self.facts = facts
    // A row of a version before the KPIs has none.
    if measuresAt < bytes.count { measures = try CaseMeasures(bytes[(measuresAt + 1)...]) }
  }
}
