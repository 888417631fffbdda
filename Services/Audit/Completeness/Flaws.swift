import Domain
import JSON
import Messaging
import Storage
import Wire

/// Records that do not tell what they must, counted by what is wrong with which field of which type: a row each, so that a producer
/// that always forgets a field costs one row. Of each the first and the last record are named.
struct Flaws {
  typealias Found = (fact: Fact, flaw: RequiredFields.Flaw)

  struct Key: Hashable {
    let kind: String
    let type: String
    let field: String
  }

  struct Seen: Equatable {
    var count: Int64
    var first: Int64
    var last: Int64
    /// When the last one was written, µs; its case, and its stream with its number there.
    var at: Int64
    var caseID: String
    var stream: String
    var number: Int64

    /// What two halves of the ledger amount to.
    func merged(with other: Seen) -> Seen {
      var latest = other.last > last ? other : self
      latest.count = count + other.count
      latest.first = min(first, other.first)
      return latest
    }
  }

  /// A late timer that its record tells as one in time.
  static let hidden = "hidden"

  private struct Row {
    let name: String
    let fields: [(place: Int, field: RequiredFields.Field)]
  }
  private static let rows = RecordTypes(
    RequiredFields.table.map { row in (row.type, Row(name: row.type, fields: row.fields.map { (CaseFacts.index(of: $0.fact), $0) })) })

  private(set) var seen: [Key: Seen] = [:]

  /// - Returns: nil for a record of a type that the table does not have.
  mutating func check(
    _ headers: RecordHeaders, _ source: TopicPartition, _ caseID: String, position: Int64, body: ArraySlice<UInt8>?
  ) -> (found: [Found], required: Int)? {
    if headers.has(type: RungReached.type) {
      if Self.isHidden(headers, body) { note(Self.hidden, RungReached.type, "late_by", headers, source, caseID, position) }
      return nil
    }
    guard let row = Self.rows[headers] else { return nil }
    var found: [Found] = []
    for (place, field) in row.fields {
      let value = headers.facts.first { $0.fact == place }?.value
      guard let flaw = RequiredFields.flaw(field, value) else { continue }
      found.append((field.fact, flaw))
      note(flaw.rawValue, row.name, shortName(field.fact), headers, source, caseID, position)
    }
    return (found, row.fields.count)
  }

  private mutating func note(
    _ kind: String, _ type: String, _ field: String, _ headers: RecordHeaders, _ source: TopicPartition, _ caseID: String, _ position: Int64
  ) {
    let one = Seen(
      count: 1, first: position, last: position, at: headers.time, caseID: caseID, stream: "\(source)", number: headers.sequence)
    let key = Key(kind: kind, type: type, field: field)
    seen[key] = seen[key].map { $0.merged(with: one) } ?? one
  }

  /// Whether a rung was reached later than its record tells, by the record's own time. One that tells it honestly is no flaw.
  private static func isHidden(_ headers: RecordHeaders, _ body: ArraySlice<UInt8>?) -> Bool {
    guard let body, let json = try? JSON.parse(body, limits: .stored), let due = json["due_at"]?.string.flatMap(Instant.init(rfc3339:))
    else { return false }
    let late = min(max(json["late_by"]?.double ?? 0, 0), 1e9)
    return RungReached(
      due: due.microseconds, late: Int64(late * 1e6), fired: json["fired_at"]?.string.flatMap(Instant.init(rfc3339:))?.microseconds, written: headers.time
    ).isHidden
  }

  func save(_ transaction: any StoreTransaction) throws {
    guard !seen.isEmpty else { return }
    let keys = seen.keys.sorted { ($0.kind, $0.type, $0.field) < ($1.kind, $1.type, $1.field) }
    let known = try transaction.load(Tables.flaws, keys.map(\.row))
    var rows: [Storage.Row] = []
    for (key, row) in zip(keys, known) {
      guard let new = seen[key] else { continue }
      rows.append(key.row + (try row.map { try Seen($0).merged(with: new) } ?? new).row)
    }
    try transaction.upsert(Tables.flaws, rows)
  }

  static func all(_ transaction: any StoreTransaction) throws -> [(key: Key, seen: Seen)] {
    let columns = Tables.flaws.columns.map(\.name).joined(separator: ", ")
    return try transaction.query("SELECT \(columns) FROM flaws ORDER BY kind, type, field", []).map { row in
      (Key(kind: try row[0].text(), type: try row[1].text(), field: try row[2].text()), try Seen(row))
    }
  }
}

extension Flaws.Key {
  fileprivate var row: Row { [.text(kind), .text(type), .text(field)] }
}

extension Flaws.Seen {
  fileprivate var row: Row {
    [.integer(count), .integer(first), .integer(last), .integer(at), .text(caseID), .text(stream), .integer(number)]
  }

  fileprivate init(_ row: Row) throws(StoreError) {
    self.init(
      count: try row[3].integer(), first: try row[4].integer(), last: try row[5].integer(), at: try row[6].integer(),
      caseID: try row[7].text(), stream: try row[8].text(), number: try row[9].integer())
  }
}
