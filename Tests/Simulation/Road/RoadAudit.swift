import Foundation
import Lanes
import Ledger
import Storage
import Wire

@testable import countersign_audit

/// The audit service of a road, with a ledger in a folder of its own.
final class RoadAudit: Sendable {
  let folder = NSTemporaryDirectory() + "countersign-road-\(UUID().uuidString)"
  private let signer: NoteSigner

  init() throws { signer = try NoteSigner(name: "road/audit", seed: [UInt8](repeating: 6, count: 32)) }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func service(_ trap: Trap) -> SimulatedService {
    let (folder, verifier) = (folder, signer.verifier)
    return SimulatedService(
      Trapping(inner: AuditDecider(), trap: trap, fatalReading: 400), recordLimit: 900_000, migrations: Tables.migrations,
      absorber: { world in LedgerAbsorber(folder: folder, signer: verifier) { world.clock.wall.microseconds } })
  }

  /// The ledger holds each record that was handled, once, and the index is made of it.
  func check(_ slot: Slot, _ world: World) throws {
    guard let extent = try slot.store.read({ try Extent($0) }) else { return world.violate("audit has no ledger") }
    let handled = slot.handled.values.reduce(Int64(0)) { $0 + Int64($1.count) }
    if extent.size != handled { world.violate("the ledger has \(extent.size) records, \(handled) were handled") }
    // Whatever was lost and repeated: what our services write tells what it must.
    for (key, seen) in try slot.store.read({ try Flaws.all($0) }) {
      world.violate("audit: \(key.type) field \(key.field) is \(key.kind) in \(seen.count) records, the last of case \(seen.caseID)")
    }
    try checkFold(slot, world)
  }

  /// The index, made anew from a copy of the ledger alone, is the one that the service has.
  func checkFold(_ slot: Slot, _ world: World) throws {
    guard let extent = try slot.store.read({ try Extent($0) }) else { return }
    let copy = folder + "-fold"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try FileManager.default.copyItem(atPath: folder, toPath: copy)
    let checkpoint = Checkpoint(origin: signer.name, size: extent.tree.size, root: extent.tree.root)
    try replaceFile(LedgerPaths(folder: copy).checkpoint, Array(signer.sign(checkpoint).utf8))
    let fresh = try SQLiteStore(path: ":memory:", readers: 0)
    try fresh.migrate(Tables.migrations)
    let absorber = LedgerAbsorber(folder: copy, signer: signer.verifier) { 0 }
    try fresh.transaction { try absorber.absorb([], in: $0) }
    for table in [Tables.bundles, Tables.entries, Tables.cases, Tables.owing, Tables.flaws, Tables.openCells] {
      let query = "SELECT * FROM \(table.name) ORDER BY \((1...table.keyCount).map(String.init).joined(separator: ", "))"
      let (own, folded) = try (slot.store.read { try $0.query(query, []) }, fresh.read { try $0.query(query, []) })
      if own != folded { world.violate("audit: \(table.name) is not the fold of the ledger") }
    }
  }
}
