import Host
import Hummingbird
import JSON
import Storage
import Wire

extension Edge {
  /// At most so many cases are looked at for a page of a free filter.
  static let mostScanned: Int64 = 5_000

  /// `GET /v1/cases?workflow&outcome&route&since&where&after&limit`: the newest first; `next` is the `after` of the next page. With `where`
  /// (`Where`) a page may be short, or empty, and have a next one: `scanned` says how many cases it looked at.
  func listCases(_ request: Request) throws -> Response {
    var filter = CaseFilter(limit: try request.number("limit", default: 50, in: 1...500))
    filter.labels = ["outcome", "route", "workflow"].compactMap { name in
      request.parameter(name).map { "\(name)=\(String($0.filter { $0 != "\0" }.prefix(200)))" }
    }
    if let since = request.parameter("since") {
      guard let time = Instant(rfc3339: since) else {
        throw Problem(.badRequest, "parameter", "Parameter since: a time as 2026-11-24T08:00:00Z was expected.")
      }
      filter.from = firstCaseID(at: time)
    }
    filter.before = try request.parameter("after").map(checkedID)
    if let text = request.parameter("where") {
      let (found, scanned, next) = try search(filter, text)
      return jsonResponse([
        "cases": .array(found.map(summary)), "scanned": .integer(scanned), "next": next.map { .string($0) } ?? .null,
      ])
    }
    let rows = try road.store.read { try filter.rows($0) }
    return jsonResponse([
      "cases": .array(rows.map(summary)),
      "next": rows.count == Int(filter.limit) ? rows.last.map { .string($0.id) } ?? .null : .null,
    ])
  }

  func readWhere(_ text: String) throws -> Where {
    do { return try Where(text) } catch {
      throw Problem(.badRequest, "where", "Parameter where, character \(error.position): \(error.text).")
    }
  }

  /// The newest cases for which a free filter holds, how many were looked at for that, and where the next page begins.
  func search(_ filter: CaseFilter, _ text: String) throws -> (found: [CaseRow], scanned: Int64, next: String?) {
    let condition = try readWhere(text)
    var filter = filter
    let limit = Int(filter.limit)
    filter.labels += condition.labels.map { String($0.filter { $0 != "\0" }.prefix(220)) }.filter { !filter.labels.contains($0) }
    var (found, scanned, isDone): ([CaseRow], Int64, Bool) = ([], 0, false)
    try road.store.read { transaction in
      while found.count < limit, scanned < Self.mostScanned, !isDone {
        filter.limit = min(500, Self.mostScanned - scanned)
        let rows = try filter.rows(transaction)
        isDone = rows.count < Int(filter.limit)
        for row in rows {
          scanned += 1
          filter.before = row.id
          if condition.holds(for: row) { found.append(row) }
          if found.count == limit { break }
        }
        if found.count == limit { isDone = false }
      }
    }
    return (found, scanned, isDone ? nil : filter.before)
  }

  func checkedID(_ id: String) throws -> String {
    guard isCaseID(id) else { throw Problem(.badRequest, "case", "A case id was expected: a UUID in lower case.") }
    return id
  }

  func summary(_ row: CaseRow) -> JSON {
    var object = JSONObject([
      ("case", .string(row.id)), ("outcome", .string(row.outcome)), ("opened", .string(time(row.opened))),
      ("updated", .string(time(row.updated))), ("records", .integer(row.records)),
    ])
    object["ended"] = row.ended.map { .string(time($0)) }
    for fact in Fact.allCases {
      guard let value = row.facts[fact], fact != .outcome else { continue }
      let name = shortName(fact)
      object[name] = CaseFacts.isCollected(fact) ? .array(row.facts.values(fact).map { .string($0) }) : .string(value)
    }
    return .object(object)
  }

  func time(_ microseconds: Int64) -> String { Instant(microseconds: microseconds).description }
}

/// A fact's name without the prefix of its header.
func shortName(_ fact: Fact) -> String { String(fact.rawValue.dropFirst("cs_".count)) }

/// The smallest id that a case of that time can have (UUID version 7).
func firstCaseID(at time: Instant) -> String {
  let digits = String(max(0, time.microseconds / 1_000) & 0xFFFF_FFFF_FFFF, radix: 16)
  let padded = String(repeating: "0", count: 12 - digits.count) + digits
  return "\(padded.prefix(8))-\(padded.dropFirst(8))"
}
