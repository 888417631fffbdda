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

  /// What the lanes remember between the decision and its being done.
  struct Begun: Sendable, Equatable {
    let caseID: String
    let records: Int64
    let at: Instant

    init(_ erasing: ContentErasing) { (caseID, records, at) = (erasing.caseID, erasing.records, erasing.at) }

    var json: JSON { ["case": .string(caseID), "records": .integer(records), "at": .integer(at.microseconds)] }

    init(_ fields: Fields) throws(WireError) {
      caseID = try fields.text("case")
      records = try fields.integer("records")
      at = try fields.instant("at")
    }
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

  /// Those that stand in the ledger and of which it does not say yet that they are done.
  static func undone(_ caseID: String, _ transaction: any StoreTransaction) throws -> [Known] {
    let done = Set(try transaction.query("SELECT erasing FROM erased WHERE case_id = ?", [.text(caseID)]).map { try $0[0].integer() })
    return try known([caseID], transaction)[caseID, default: []].filter { !done.contains($0.position) }
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
