import Host
import Hummingbird
import JSON
import Messaging
import Storage
import Wire

extension Edge {
  /// `GET /v1/completeness`: is every record that our services wrote in the ledger, what do cases owe, and what do
  /// records not tell? `complete` is about the records alone.
  func completeness() throws -> Response {
    let now = Instant.now.microseconds
    let stopped = standing.now
    let (streams, size, owed, flawed, routes) = try road.store.read {
      (try StreamRow.all($0), try Extent($0)?.size ?? 0, try debts(stopped: stopped, $0), try flaws($0), try completenessByRoute($0))
    }
    let rows: [JSON] = streams.map { stream in
      [
        "topic": .string(stream.source.topic), "partition": .integer(Int64(stream.source.partition)),
        "first": .integer(stream.first), "number": .integer(stream.number), "epoch": .integer(stream.epoch),
        "head": .integer(stream.head), "waiting_seconds": .integer(stream.head > stream.number ? (now - stream.headSince) / 1_000_000 : 0),
        "gaps": .integer(stream.gaps), "late": .integer(stream.late), "foreign": .integer(stream.foreign),
        "behind": .bool(stream.isBehind(at: now, patience: CompletenessWatch.patience)),
      ]
    }
    let records = streams.reduce(0) { $0 + ($1.first == 0 ? 0 : $1.number - $1.first + 1 - $1.gaps) }
    let isWhole = streams.allSatisfy { $0.gaps == 0 && !$0.isBehind(at: now, patience: CompletenessWatch.patience) }
    return jsonResponse([
      "complete": .bool(isWhole && records == size), "records": .integer(records), "ledger": .integer(size),
      "gaps": .integer(streams.reduce(0) { $0 + $1.gaps }), "foreign": .integer(streams.reduce(0) { $0 + $1.foreign }),
      "behind": .integer(Int64(streams.filter { $0.isBehind(at: now, patience: CompletenessWatch.patience) }.count)),
      "stopped": .array(stopped.sorted { $0.key < $1.key }.map { ["lane": .integer(Int64($0.key)), "why": .string($0.value)] }),
      "debts": owed, "flaws": flawed, "routes": routes, "streams": .array(rows),
    ])
  }

  /// `GET /v1/security?kind&after&limit`: foreign records, refused decisions, permits and sources, the newest first.
  func security(_ request: Request) throws -> Response {
    let limit = try request.number("limit", default: 100, in: 1...500)
    let after = try request.number("after", default: .max, in: 0...Int64.max)
    var condition = "position < ?"
    var arguments: [Value] = [.integer(after)]
    if let kind = request.parameter("kind") {
      guard let kind = Finding.Kind(rawValue: kind) else {
        let known = Finding.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw Problem(.badRequest, "parameter", "Parameter kind: one of \(known) was expected.")
      }
      condition += " AND kind = ?"
      arguments.append(.text(kind.rawValue))
    }
    let columns = Tables.security.columns.map(\.name).joined(separator: ", ")
    let sql = "SELECT \(columns) FROM security WHERE \(condition) ORDER BY position DESC LIMIT ?"
    let (rows, counts) = try road.store.read { transaction in
      (
        try transaction.query(sql, arguments + [.integer(limit)]),
        try transaction.query("SELECT kind, count(*) FROM security GROUP BY kind ORDER BY kind", [])
      )
    }
    let findings: [JSON] = try rows.map { row in
      let caseID = try row[3].text()
      return [
        "position": .integer(try row[0].integer()), "time": .string(time(try row[1].integer())), "kind": .string(try row[2].text()),
        "case": caseID.isEmpty ? .null : .string(caseID), "code": .string(try row[4].text()), "place": .string(try row[5].text()),
        "detail": .string(try row[6].text()),
      ]
    }
    return jsonResponse([
      "findings": .array(findings),
      "counts": .object(JSONObject(try counts.map { (try $0[0].text(), .integer(try $0[1].integer())) })),
      "next": rows.count == Int(limit) ? rows.last?[0].json ?? .null : .null,
    ])
  }
}

extension Value {
  fileprivate var json: JSON? { if case .integer(let value) = self { .integer(value) } else { nil } }
}
