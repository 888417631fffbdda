import HTTPTypes
import Host
import Hummingbird
import JSON
import NIOCore
import Storage
import Wire

extension Edge {
  /// `GET /v1/export?format&from&to&after&limit&where&progress`: cases in the order of their ids, all that the KPIs are made of and no content, as
  /// JSON Lines (`jsonl`), CSV (`csv`) or events of OCSF (`ocsf`). `from` and `to` are days (UTC, both count) on which cases opened; `where` is a
  /// free filter over the `limit` cases of the page.
  ///
  /// The header `Countersign-Next` is the `after` of the next page and missing on the last one; with `progress=1`, `Countersign-Progress` is `DONE/OF`:
  /// how many cases lie behind, and how many there are. JSON Lines end with a line `{"next": …}` that says the same.
  func export(_ request: Request) throws -> Response {
    let text = request.parameter("format") ?? ExportFormat.jsonl.rawValue
    guard let format = ExportFormat(rawValue: text) else {
      throw Problem(.badRequest, "parameter", "Parameter format: \(ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")) were expected.")
    }
    let limit = try request.number("limit", default: 1_000, in: 1...5_000)
    let after = try request.parameter("after").map(checkedID) ?? ""
    let condition = try request.parameter("where").map(readWhere)
    let isCounted = try request.number("progress", default: 0, in: 0...1) == 1
    let (from, to) = (try day("from", request), try day("to", request))
    if let from, let to, from > to { throw Problem(.badRequest, "parameter", "Parameters from and to: days in order were expected.") }
    func first(_ day: Int64?) -> String? { day.map { firstCaseID(at: Instant(microseconds: $0 * Contribution.dayLength)) } }
    let (begin, end) = (first(from) ?? "", first(to.map { $0 + 1 }) ?? "g")
    let columns = Tables.cases.columns.map(\.name).joined(separator: ", ")
    let (rows, counts) = try road.store.read { transaction in
      let rows = try transaction.query(
        "SELECT \(columns) FROM cases WHERE case_id > ? AND case_id >= ? AND case_id < ? ORDER BY case_id LIMIT ?",
        [.text(after), .text(begin), .text(end), .integer(limit)]
      ).map { try CaseRow($0) }
      guard isCounted else { return (rows, [Int64]()) }
      let last = rows.last?.id ?? after
      let count = "SELECT count(*) FROM cases WHERE case_id >= ? AND case_id < ?"
      return (
        rows,
        [
          try transaction.query("\(count) AND case_id <= ?", [.text(begin), .text(end), .text(last)])[0][0].integer(),
          try transaction.query(count, [.text(begin), .text(end)])[0][0].integer(),
        ]
      )
    }
    var bytes = after.isEmpty ? format.head : []
    for row in rows where condition?.holds(for: row) ?? true { bytes += format.line(row) }
    let next = rows.count == Int(limit) ? rows.last?.id : nil
    var headers: HTTPFields = [.contentType: format.mediaType, .cacheControl: "no-store"]
    if let next { headers[Self.next] = next }
    if isCounted { headers[Self.progress] = "\(counts[0])/\(counts[1])" }
    if format == .jsonl {
      var last = JSONObject([("next", next.map { .string($0) } ?? .null)])
      if isCounted { (last["done"], last["of"]) = (.integer(counts[0]), .integer(counts[1])) }
      bytes += JSON.object(last).canonical + [0x0A]
    }
    return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  private static var next: HTTPField.Name { HTTPField.Name("Countersign-Next")! }
  private static var progress: HTTPField.Name { HTTPField.Name("Countersign-Progress")! }
}
