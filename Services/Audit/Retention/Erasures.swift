import JSON
import Lanes
import Storage
import Wire

/// Which contents are gone, by which record of the ledger.
enum Erasures {
  enum Answer: Sendable, Equatable {
    case erasing
    /// It was decided before and is not done yet.
    case begun
    case held
  }

  /// One erasure, as the index knows it.
  struct Known: Sendable, Equatable {
    /// Of the record that says so.
    let position: Int64
    let at: Int64
    let retention: String
    let days: Int64
    let parts: [String]
    let records: Int64
    let positions: [Int64]

    var through: Int64 { positions.last ?? -1 }

    fileprivate init(_ row: Row) throws {
      position = try row[1].integer()
      at = try row[2].integer()
      retention = try row[3].text()
      days = try row[4].integer()
      parts = try row[5].text().split(separator: ",").map(String.init)
      records = try row[6].integer()
      positions = PositionList.read(try row[7].text()) ?? []
    }
  }

  static func row(_ erasing: ContentErasing, at position: Int64) -> Row {
    [
      .text(erasing.caseID), .integer(position), .integer(erasing.at.microseconds), .text(erasing.retention), .integer(erasing.days),
      .text(erasing.parts.joined(separator: ",")), .integer(erasing.records), .text(PositionList.text(erasing.positions)),
    ]
  }

  static func row(_ erased: ContentErased, at position: Int64) -> Row {
    [
      .text(erased.caseID), .integer(erased.erasing), .integer(position), .integer(erased.at.microseconds), .integer(erased.contents),
      .integer(erased.bytes),
    ]
  }

  /// Of these cases, the oldest first.
  static func known(_ cases: [String], _ transaction: any StoreTransaction) throws -> [String: [Known]] {
    guard !cases.isEmpty else { return [:] }
    let columns = Tables.erasures.columns.map(\.name).joined(separator: ", ")
    let marks = cases.map { _ in "?" }.joined(separator: ", ")
    let rows = try transaction.query(
      "SELECT \(columns) FROM erasures WHERE case_id IN (\(marks)) ORDER BY case_id, position", cases.map { .text($0) })
    var found: [String: [Known]] = [:]
    for row in rows { found[try row[0].text(), default: []].append(try Known(row)) }
    return found
  }

  /// The next ones that the ledger told of before `until` (µs) and that are not done, after `after`.
  static func going(until: Int64, after: (at: Int64, caseID: String), limit: Int64, _ transaction: any StoreTransaction) throws -> [(at: Int64, caseID: String, position: Int64)] {
    try transaction.query(
      "SELECT at, case_id, position FROM going WHERE at <= ? AND (at > ? OR (at = ? AND case_id > ?)) ORDER BY at, case_id LIMIT ?",
      [.integer(until), .integer(after.at), .integer(after.at), .text(after.caseID), .integer(limit)]
    ).map { (try $0[0].integer(), try $0[1].text(), try $0[2].integer()) }
  }

  /// One erasure by the position of its record.
  static func at(_ position: Int64, of caseID: String, _ transaction: any StoreTransaction) throws -> Known? {
    try known([caseID], transaction)[caseID]?.first { $0.position == position }
  }

  /// By which record the content of each record of a case is gone, or about to go.
  static func byPosition(_ caseID: String, _ transaction: any StoreTransaction) throws -> [Int64: Int64] {
    var found: [Int64: Int64] = [:]
    for erasure in try known([caseID], transaction)[caseID, default: []] {
      for position in erasure.positions { found[position] = erasure.position }
    }
    return found
  }
}
