import Host
import Hummingbird
import JSON
import Ledger
import NIOCore
import Storage
import Wire

extension Edge {
  /// `GET /v1/ledger`: how large it is, its root, the last checkpoint and the key with which to check it.
  func ledger() throws -> Response {
    let (extent, last) = try road.store.read { (try Extent($0), try Checkpointer.last($0)) }
    let tree = extent?.tree ?? CompactRange()
    return jsonResponse([
      "ledger": extent.map { .string($0.ledger) } ?? .null, "size": .integer(Int64(bitPattern: tree.size)),
      "root": .string("\(tree.root)"), "verifier": .string(verifier.text),
      "checkpoint": last.map { ["size": .integer($0.size), "root": .string($0.root), "note": .string($0.note)] } ?? .null,
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
      return [
        "entry": hop.json(showsContent: showsContent), "size": .integer(extent.size), "root": .string("\(extent.tree.root)"),
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

  /// `GET /ledger/checkpoint` (C2SP tlog-tiles).
  func checkpoint() throws -> Response {
    guard let last = try road.store.read({ try Checkpointer.last($0) }) else {
      throw Problem(.notFound, "checkpoint.none", "No checkpoint was signed yet.")
    }
    return Response(
      status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-cache"],
      body: .init(byteBuffer: ByteBuffer(string: last.note)))
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
