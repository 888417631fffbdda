import Host
import Lanes
import Ledger
import Logging
import Storage
import Wire

/// Signs what the ledger is, every so often and when the service ends, and publishes it.
///
/// Only a committed size is signed, and the file `checkpoint` is written before anybody can see the note: a folder that
/// was signed at a size is never cut below it.
struct Checkpointer: Sendable {
  let paths: LedgerPaths
  let signer: NoteSigner

  /// Signs the ledger as it stands. - Returns: nil where nothing was added since the last one.
  func sign(_ store: any Store, at now: Instant) throws -> CheckpointPublished? {
    let (extent, last) = try store.read { (try Extent($0), try Self.last($0)) }
    guard let extent, extent.size > last?.size ?? 0 else { return nil }
    let root = extent.tree.root
    let note = try signer.sign(Checkpoint(origin: signer.name, size: extent.tree.size, root: root))
    try replaceFile(paths.checkpoint, Array(note.utf8))
    try store.transaction { transaction in
      try transaction.upsert(
        Tables.checkpoints,
        [[.integer(extent.size), .integer(now.microseconds), .text("\(root)"), .text(note), .integer(0)]])
    }
    return CheckpointPublished(size: extent.size, root: "\(root)", note: note)
  }

  static func last(_ transaction: any StoreTransaction) throws -> CheckpointPublished? {
    try transaction.query("SELECT size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1", []).first.map {
      CheckpointPublished(size: try $0[0].integer(), root: try $0[1].text(), note: try $0[2].text())
    }
  }

  /// Signs and publishes until it is cancelled. One that was signed and not published before goes first.
  ///
  /// - Parameter isOurs: whether this instance writes the ledger; only then does it sign.
  func run(_ road: Road<AuditDecider>, everySeconds seconds: Int, while isOurs: @Sendable () -> Bool) async {
    var next = Instant.now
    while !Task.isCancelled {
      do {
        guard isOurs() else {
          try await Task.sleep(for: .seconds(1))
          continue
        }
        try await publishOld(road)
        if Instant.now >= next, try sign(road.store, at: .now) != nil {
          next = Instant.now.adding(seconds: Double(seconds))
          try await publishOld(road)
        }
      } catch {
        road.logger.debug("no checkpoint was published: \(error)")
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }

  private func publishOld(_ road: Road<AuditDecider>) async throws {
    let waiting = try road.store.read { transaction in
      try transaction.query("SELECT size, root, note FROM checkpoints WHERE published = 0 ORDER BY size", [])
    }
    for row in waiting {
      let checkpoint = CheckpointPublished(size: try row[0].integer(), root: try row[1].text(), note: try row[2].text())
      _ = try await road.perform("checkpoint-\(checkpoint.size)") { _ in .checkpoint(checkpoint) }
      try road.store.transaction { transaction in
        _ = try transaction.execute("UPDATE checkpoints SET published = 1 WHERE size = ?", [.integer(checkpoint.size)])
      }
    }
  }
}
