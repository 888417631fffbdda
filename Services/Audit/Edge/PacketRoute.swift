import HTTPTypes
import Host
import Hummingbird
import Ledger
import NIOCore
import Storage

extension Edge {
  /// At most so many records stand in one packet.
  static let packetLimit = 10_000

  /// `GET /v1/cases/{id}/packet`: all that is on record of a case, with proofs, in one signed file. 503 with `Retry-After` while no checkpoint
  /// tells of the last record.
  func packet(_ id: String, showsContent: Bool) throws -> Response {
    let id = try checkedID(id)
    let packet: Packet = try road.store.read { transaction in
      let positions = try Entries.positions(of: id, limit: Self.packetLimit + 1, transaction)
      guard let last = positions.last, let extent = try Extent(transaction) else {
        throw Problem(.notFound, "case.unknown", "Audit knows no case \(id).")
      }
      guard positions.count <= Self.packetLimit else {
        throw Problem(.unprocessableContent, "packet.large", "The case has more than \(Self.packetLimit) records.")
      }
      guard let note = try checkpointer.newest(transaction) else { throw unsigned() }
      let size = try checkpointer.keys.open(note).size
      guard UInt64(last) < size else { throw unsigned() }
      return Packet(
        caseID: id, size: size, checkpoint: note, keyChanges: try CheckpointFiles.keyChanges(transaction),
        records: try records(of: id, positions, size, extent, transaction, showsContent: showsContent))
    }
    return Response(
      status: .ok,
      headers: [
        .contentType: "application/json", .cacheControl: "no-store",
        .contentDisposition: "attachment; filename=\"\(id).packet.json\"",
      ], body: .init(byteBuffer: ByteBuffer(bytes: try packet.signed(checkpointer.keys.signer))))
  }

  private func records(
    of id: String, _ positions: [Int64], _ size: UInt64, _ extent: Extent, _ transaction: any StoreTransaction, showsContent: Bool
  ) throws -> [Packet.Record] {
    let reader = LedgerReader(paths)
    let prover = HashReader(paths: paths).prover
    let erasures = try Erasures.byPosition(id, transaction)
    var records: [Packet.Record] = []
    try reader.forEachBundle(of: positions, extent, transaction) { bundle, here in
      let contents = showsContent ? try reader.contents(bundle, here.map(\.place)) : [:]
      for (position, place) in here {
        guard bundle.leaves.indices.contains(place), let leaf = Leaf(bundle.leaves[place]) else {
          throw StoreError(.damaged, "\(paths.folder)/segments: entry \(position) is no leaf")
        }
        let content = contents[place].flatMap { $0.matches(leaf) ? $0 : nil }
        records.append(
          Packet.Record(
            position: position, leaf: Array(bundle.leaves[place]), path: try prover.inclusion(of: UInt64(position), size: size),
            content: content, state: !showsContent ? .withheld : content == nil ? .erased : .present, erasedBy: erasures[position]))
      }
    }
    return records
  }
}
