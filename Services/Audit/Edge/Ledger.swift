import Host
import Hummingbird
import JSON
import Ledger
import NIOCore
import Storage
import Wire

extension Edge {
  /// `GET /v1/ledger`: how large it is, its root, the last checkpoint, the keys with which to check it, and what witnesses say.
  func ledger() throws -> Response {
    let (extent, last, newest, changes) = try road.store.read {
      (try Extent($0), try Checkpointer.last($0), try checkpointer.newest($0), try CheckpointFiles.keyChanges($0))
    }
    let tree = extent?.tree ?? CompactRange()
    let cosigned = try last.map { checkpointer.policy.cosigned(try Note($0.note)).map(\.witness.name) } ?? []
    let told: [JSON] = checkpointer.policy.witnesses.map { witness in
      let standing = witnesses.standing(witness.name)
      return [
        "name": .string(witness.name), "key": .string(witness.key.text), "address": witness.url.map { .string($0) } ?? .null,
        "seen": .integer(Int64(clamping: standing.seen)), "failure": standing.failure.map { .string($0) } ?? .null,
        "cosigned": standing.cosigned.map { .string(Instant(microseconds: Int64(clamping: $0) &* 1_000_000).description) } ?? .null,
        "has_last": .bool(cosigned.contains(witness.name)),
      ]
    }
    return jsonResponse([
      "ledger": extent.map { .string($0.ledger) } ?? .null, "size": .integer(Int64(bitPattern: tree.size)),
      "root": .string("\(tree.root)"), "verifier": .string(checkpointer.keys.signer.verifier.text),
      "checkpoint": last.map { ["size": .integer($0.size), "root": .string($0.root), "note": .string($0.note)] } ?? .null,
      "served": newest.map { .string($0) } ?? .null, "witnesses": .array(told),
      "key_changes": .array(changes.map { .string($0) }),
    ])
  }

  /// `GET /v1/ledger/entries/{position}`: one record, with the proof that it is in the ledger as it stands.
  func entry(_ text: String, showsContent: Bool) throws -> Response {
    guard let position = Int64(text), position >= 0 else {
      throw Problem(.badRequest, "position", "A position was expected: a whole number from 0 on.")
    }
    let body: JSON = try road.store.read { transaction in
      guard let extent = try Extent(transaction), position < extent.size, let hop = try read([position], extent, transaction).first
      else { throw Problem(.notFound, "position.unknown", "The ledger has no entry \(position) yet.") }
      let proof = try HashReader(paths: paths).prover.inclusion(of: UInt64(position), size: extent.tree.size)
      let erasures = try hop.header(Header.subject).map { isCaseID($0) ? try Erasures.byPosition($0, transaction) : [:] } ?? [:]
      return [
        "entry": hop.json(showsContent: showsContent, erasures: erasures), "size": .integer(extent.size), "root": .string("\(extent.tree.root)"),
        "proof": .array(proof.map { .string("\($0)") }),
      ]
    }
    return jsonResponse(body)
  }

  /// `GET /v1/ledger/consistency?from=SIZE&to=SIZE`: the proof that nothing before `from` has changed.
  func consistency(_ request: Request) throws -> Response {
    let size = try road.store.read { try Extent($0)?.size ?? 0 }
    let to = try request.number("to", default: size, in: 1...max(size, 1))
    let from = try request.number("from", default: nil, in: 1...max(to, 1))
    guard size > 0 else { throw Problem(.notFound, "ledger.empty", "The ledger is empty.") }
    let prover = HashReader(paths: paths).prover
    return jsonResponse([
      "from": .integer(from), "to": .integer(to), "from_root": .string("\(try prover.root(size: UInt64(from)))"),
      "to_root": .string("\(try prover.root(size: UInt64(to)))"),
      "proof": .array(try prover.consistency(from: UInt64(from), to: UInt64(to)).map { .string("\($0)") }),
    ])
  }

  /// `GET /ledger/checkpoint` (C2SP tlog-tiles): the newest one that as many witnesses as must have cosigned.
  func checkpoint() throws -> Response {
    guard let note = try road.store.read({ try checkpointer.newest($0) }) else {
      throw Problem(.notFound, "checkpoint.none", checkpointer.policy.needsWitnesses
        ? "No checkpoint was signed and cosigned yet." : "No checkpoint was signed yet.")
    }
    return text(note)
  }

  /// `GET /ledger/keys`: the changes of the log's key, notes with an empty line after each.
  func keyChanges() throws -> Response { text(CheckpointHistory.text(try road.store.read { try CheckpointFiles.keyChanges($0) })) }

  /// `GET /ledger/checkpoints?after&limit`: checkpoints of more than `after` leaves, the smallest first, with an empty line after each.
  func checkpointHistory(_ request: Request) throws -> Response {
    let after = try request.number("after", default: 0, in: 0...Int64.max)
    let limit = try request.number("limit", default: 1_000, in: 1...10_000)
    let notes = try road.store.read { transaction in
      try transaction.query("SELECT note FROM checkpoints WHERE size > ? ORDER BY size LIMIT ?", [.integer(after), .integer(limit)])
        .map { try $0[0].text() }
    }
    return text(CheckpointHistory.text(notes))
  }

  /// `GET /v1/ledger/entries/{position}/proof`: the proof that one record is in the ledger, as a file (C2SP tlog-proof) that holds the leaf,
  /// too.
  func proof(_ position: String) throws -> Response {
    guard let position = Int64(position), position >= 0 else {
      throw Problem(.badRequest, "position", "A position was expected: a whole number from 0 on.")
    }
    let proof: TlogProof = try road.store.read { transaction in
      guard let extent = try Extent(transaction), position < extent.size, let note = try checkpointer.newest(transaction) else {
        throw Problem(.notFound, "position.unknown", "The ledger has no entry \(position) yet.")
      }
      let size = try checkpointer.keys.open(note).size
      guard UInt64(position) < size else { throw unsigned() }
      let bundle = try LedgerReader(paths).bundle(position / Int64(TilePath.width), extent, transaction)
      let leaf = Array(bundle.leaves[Int(position % Int64(TilePath.width))])
      let path = try HashReader(paths: paths).prover.inclusion(of: UInt64(position), size: size)
      return TlogProof(extra: leaf, index: UInt64(position), path: path, checkpoint: note)
    }
    return text(proof.text)
  }

  /// What was asked for is there, and no checkpoint tells of it yet: one is made now.
  func unsigned() -> Problem {
    checkpointer.hurry()
    var problem = Problem(
      .serviceUnavailable, "checkpoint.early",
      "No checkpoint tells of it yet\(checkpointer.policy.needsWitnesses ? ", or too few witnesses have cosigned one" : ""); one is being signed. Ask again.")
    problem.retryAfter = 1
    return problem
  }

  private func text(_ text: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-cache"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  /// `GET /ledger/tile/…` (C2SP tlog-tiles): hashes, and the leaves themselves, which hold facts and no contents.
  func tile(_ text: String) throws -> Response {
    guard let path = TilePath(text) else { throw Problem(.badRequest, "tile", "A tile's path was expected.") }
    let bytes: [UInt8] = try road.store.read { transaction in
      guard let extent = try Extent(transaction), path.index < 1 << 40 else { return [] }
      switch path.kind {
      case .hashes(let level):
        let there = extent.tree.size >> UInt64(8 * level)
        guard path.index * UInt64(TilePath.width) + UInt64(path.count) <= there else { return [] }
        let hashes = try HashReader(paths: paths).tile(level, from: path.index * UInt64(TilePath.width), count: path.count)
        return hashes.count == path.count ? hashes.flatMap(\.bytes) : []
      case .entries:
        guard path.index * UInt64(TilePath.width) + UInt64(path.count) <= extent.tree.size else { return [] }
        let bundle = try LedgerReader(paths).bundle(Int64(path.index), extent, transaction)
        return bundle.leaves.prefix(path.count).flatMap { [UInt8($0.count >> 8), UInt8($0.count & 255)] + $0 }
      }
    }
    guard !bytes.isEmpty else { throw Problem(.notFound, "tile.unknown", "The ledger has no such tile yet.") }
    return Response(
      status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: "max-age=31536000, immutable"],
      body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
