import Host
import Hummingbird
import JSON
import Ledger
import Storage
import Wire

extension Edge {
  /// `GET /v1/ledger/status`: is the ledger well? Size, root, when it was last signed, cosigned, verified by somebody and compared with
  /// its index, and what is missing. `well` is false where a person should look; `because` says at what.
  func ledgerStatus() throws -> Response {
    let now = Instant.now.microseconds
    let (extent, checkpoint, served, verified, streams, owed, flawed) = try road.store.read { transaction in
      (
        try Extent(transaction),
        try transaction.query("SELECT size, at, root FROM checkpoints ORDER BY size DESC LIMIT 1", []).first,
        try checkpointer.newest(transaction), try Verification.last(transaction), try StreamRow.all(transaction), try debts(stopped: standing.now, transaction),
        try Flaws.all(transaction)
      )
    }
    let signedAt = try checkpoint.map { try $0[1].integer() }
    let servedSize = try served.map { try Note($0) }.flatMap(\.claimedSize).flatMap { Int64(exactly: $0) }
    let behind = streams.filter { $0.isBehind(at: now, patience: CompletenessWatch.patience) }
    let gaps = streams.reduce(0) { $0 + $1.gaps }
    var because: [String] = []
    let size = extent?.size ?? 0
    if let signedAt, size > (try checkpoint?[0].integer() ?? 0), now - signedAt > 2 * Int64(road.config.clockScale) * Self.signingPatience {
      because.append("the last checkpoint is of \(time(signedAt)), and records have come since")
    }
    let away = checkpointer.policy.witnesses.filter { witnesses.standing($0.name).failure != nil }.map(\.name)
    if !away.isEmpty { because.append("witnesses do not answer: \(away.joined(separator: ", "))") }
    if let verified, !verified.isSound { because.append("\(verified.by) found it not to be what was signed (\(time(verified.at)))") }
    if indexCheck.json["differences"]?.array?.isEmpty == false { because.append("the index is not what the ledger says") }
    if !behind.isEmpty { because.append("\(behind.count) streams are behind") }
    let overdue = owed["overdue"]?.integer ?? 0
    if overdue > 0 { because.append("\(overdue) transitions are owed and late") }
    return jsonResponse([
      "well": .bool(because.isEmpty), "because": .array(because.map { .string($0) }), "size": .integer(size),
      "root": extent.map { .string("\($0.tree.root)") } ?? .null,
      "checkpoint": try checkpoint.map { ["size": .integer(try $0[0].integer()), "at": .string(time(try $0[1].integer())), "root": .string(try $0[2].text())] } ?? .null,
      "served": servedSize.map { .integer($0) } ?? .null,
      "witnesses": .array(
        checkpointer.policy.witnesses.map { witness in
          let standing = witnesses.standing(witness.name)
          return [
            "name": .string(witness.name), "seen": .integer(Int64(clamping: standing.seen)),
            "failure": standing.failure.map { .string($0) } ?? .null,
          ]
        }),
      "verified": verified.map(\.json) ?? .null, "index_check": indexCheck.json, "gaps": .integer(gaps), "behind": .integer(Int64(behind.count)),
      "debts": .integer(overdue), "flaws": .integer(flawed.reduce(0) { $0 + $1.seen.count }),
    ])
  }

  /// µs; a checkpoint that is twice as old is late.
  private static let signingPatience: Int64 = 300_000_000

  /// `POST /v1/ledger/verifications` (operator's token): somebody has verified the ledger, and tells. A ledger that was found sound must
  /// have that root at that size.
  func verified(_ request: Request) async throws -> Response {
    let bytes = try await request.bytes(upTo: 65_536)
    guard let told = try? JSON.parse(bytes, limits: .stored), let by = told["by"]?.string, !by.isEmpty,
      by.utf8.count <= 200, !by.utf8.contains(0), let size = told["size"]?.integer, size >= 0, let isSound = told["sound"]?.bool,
      let root = told["root"]?.string, root.utf8.count <= 128, !root.utf8.contains(0)
    else { throw Problem(.badRequest, "verification", "by, size, root and sound were expected.") }
    let extent = try road.store.read { try Extent($0) }
    guard size <= extent?.size ?? 0 else {
      throw Problem(.conflict, "verification.size", "Here are \(extent?.size ?? 0) leaves: it was another ledger that has \(size).")
    }
    if isSound, size > 0, "\(try HashReader(paths: paths).prover.root(size: UInt64(size)))" != root {
      throw Problem(.conflict, "verification.root", "At \(size) leaves the root is another one here: it was another ledger.")
    }
    let detail = String((told["detail"]?.string ?? "").unicodeScalars.filter { $0.value != 0 }.prefix(500).map(Character.init))
    let verification = Verification(at: Instant.now.microseconds, by: by, size: size, root: root, isSound: isSound, detail: detail)
    try road.store.transaction { try $0.upsert(Tables.verifications, [verification.row]) }
    return jsonResponse(verification.json, status: .created)
  }
}

/// That somebody has verified the ledger, and what was found.
struct Verification: Equatable {
  let at: Int64
  let by: String
  let size: Int64
  let root: String
  let isSound: Bool
  let detail: String

  var row: Row { [.integer(at), .text(by), .integer(size), .text(root), .integer(isSound ? 1 : 0), .text(detail)] }

  var json: JSON {
    [
      "at": .string(Instant(microseconds: at).description), "by": .string(by), "size": .integer(size), "root": .string(root), "sound": .bool(isSound),
      "detail": .string(detail),
    ]
  }

  static func last(_ transaction: any StoreTransaction) throws -> Verification? {
    let columns = Tables.verifications.columns.map(\.name).joined(separator: ", ")
    return try transaction.query("SELECT \(columns) FROM verifications ORDER BY at DESC LIMIT 1", []).first.map { row in
      Verification(
        at: try row[0].integer(), by: try row[1].text(), size: try row[2].integer(), root: try row[3].text(), isSound: try row[4].integer() == 1,
        detail: try row[5].text())
    }
  }
}
