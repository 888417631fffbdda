import JSON
import Lanes
import Storage
import Wire

/// What has been said of people's absences: rows that follow from the reviewer's own records, written with them. A day after its end
/// an absence is forgotten.
struct AbsenceShelf: Sendable {
  let store: any Store

  static let table = Table(
    "absences", keyCount: 2, [Column("person", .text), Column("id", .text), Column("until", .integer), Column("body", .blob)],
    indexes: [Table.Index(["until"])])
  static let migration = Migration("reviewer-absences", [.create(table)])

  static func rows(of record: ReviewerRecord) -> [IndexRow] {
    guard case .absence(let said) = record else { return [] }
    var writer = JSONWriter()
    said.absence.write(&writer)
    return [
      IndexRow(table, [.text(said.absence.person), .text(said.absence.id), .integer(said.absence.until.microseconds), .blob(writer.finish())])
    ]
  }

  /// All that is not forgotten, the first to begin first. - Throws: `StoreError`.
  func all() throws -> [Absence] {
    try store.read { try $0.query("SELECT body FROM absences", []) }.compactMap { row in
      guard case .blob(let body) = row[0], let json = try? JSON.parse(body, limits: .stored) else { return nil }
      return try? Absence(Fields(json))
    }.sorted { ($0.from, $0.id) < ($1.from, $1.id) }
  }

  /// - Throws: `StoreError`.
  func forget(before now: Instant) throws {
    try store.transaction { transaction in
      _ = try transaction.execute("DELETE FROM absences WHERE until < ?", [.integer(now.adding(seconds: -Absence.keptSeconds).microseconds)])
    }
  }
}
