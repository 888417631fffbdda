import Host
import Lanes
import Ledger
import Logging
import Storage
import Synchronization
import Wire

/// Signs what the ledger is, every so often, when somebody needs it and when the service ends, and publishes it.
///
/// Only a committed size is signed, and the file `checkpoint` is written before anybody can see the note: a folder that
/// was signed at a size is never cut below it.
final class Checkpointer: Sendable {
  let paths: LedgerPaths
  let keys: SigningKeys
  let policy: WitnessPolicy
  private let files: CheckpointFiles
  /// One signs at a time, so that the file never goes back to a smaller size.
  private let desk = Mutex(false)
  private let isWanted = Mutex(false)
  /// Who asks for a checkpoint gets one at most so often, seconds.
  static let soonest: Double = 2

  init(paths: LedgerPaths, keys: SigningKeys, policy: WitnessPolicy = .none) {
    self.paths = paths
    self.keys = keys
    self.policy = policy
    files = CheckpointFiles(paths: paths)
  }

  /// Somebody waits for a checkpoint of what is there now: the next one is not put off.
  func hurry() { isWanted.withLock { $0 = true } }

  /// Signs the ledger as it stands. - Returns: nil where nothing was added since the last one.
  func sign(_ store: any Store, at now: Instant) throws -> CheckpointPublished? {
    try desk.withLock { _ in
      let last = try takeKeyIntoUse(store, at: now)
      guard let extent = try store.read({ try Extent($0) }), extent.size > last?.size ?? 0 else { return nil }
      let root = extent.tree.root
      let note = try keys.signer.sign(Checkpoint(origin: keys.name, size: extent.tree.size, root: root))
      try replaceFile(paths.checkpoint, Array(note.utf8))
      try store.transaction { transaction in
        try transaction.upsert(
          Tables.checkpoints,
          [[.integer(extent.size), .integer(now.microseconds), .text("\(root)"), .text(note), .integer(0)]])
      }
      try files.remember(note)
      return CheckpointPublished(size: extent.size, root: "\(root)", note: note)
    }
  }

  /// Where another key signs from now on, both say so, and both sign the last checkpoint.
  ///
  /// - Returns: the last checkpoint.
  private func takeKeyIntoUse(_ store: any Store, at now: Instant) throws -> CheckpointPublished? {
    let (found, known) = try store.read { (try Self.last($0), try CheckpointFiles.keyChanges($0)) }
    guard let last = found, let change = try keys.change(after: last, known: known) else { return found }
    var note = try Note(last.note)
    note.signatures.insert(try keys.signer.signature(of: note.body), at: 0)
    let both = note.text
    try store.transaction { transaction in
      try transaction.upsert(
        Tables.keyChanges, [[.integer(Int64(known.count + 1)), .integer(now.microseconds), .integer(last.size), .text(change)]])
      _ = try transaction.execute("UPDATE checkpoints SET note = ?, published = 0 WHERE size = ?", [.text(both), .integer(last.size)])
    }
    try files.writeKeys(known + [change])
    try replaceFile(paths.checkpoint, Array(both.utf8))
    try files.remember(both)
    return CheckpointPublished(size: last.size, root: last.root, note: both)
  }

  /// Adds a witness's signature to a checkpoint. - Returns: whether enough have cosigned it now.
  func add(_ cosignature: Note.Signature, to size: Int64, _ store: any Store, at now: Instant) throws -> Bool {
    try desk.withLock { _ in
      var isEnough = false
      var text = ""
      var isLast = false
      try store.transaction { transaction in
        guard let row = try transaction.lock(Tables.checkpoints, [[.integer(size)]])[0] else { return }
        var note = try Note(try row[3].text())
        note.signatures.removeAll { $0.name == cosignature.name && $0.keyID == cosignature.keyID }
        note.signatures.append(cosignature)
        (isEnough, text) = (policy.isSatisfied(by: note), note.text)
        isLast = try Self.last(transaction)?.size == size
        _ = try transaction.execute("UPDATE checkpoints SET note = ? WHERE size = ?", [.text(text), .integer(size)])
        guard isEnough else { return }
        try transaction.upsert(Tables.witnessed, [[.integer(size), .integer(now.microseconds), .text(text)]])
      }
      guard isEnough else { return false }
      if isLast { try replaceFile(paths.checkpoint, Array(text.utf8)) }
      try replaceFile(paths.witnessed, Array(text.utf8))
      try files.remember(text)
      return true
    }
  }

  static func last(_ transaction: any StoreTransaction) throws -> CheckpointPublished? {
    try transaction.query("SELECT size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1", []).first.map {
      CheckpointPublished(size: try $0[0].integer(), root: try $0[1].text(), note: try $0[2].text())
    }
  }

  /// The newest checkpoint that counts: cosigned by as many as must. The note; nil where there is none yet.
  func newest(_ transaction: any StoreTransaction) throws -> String? {
    guard policy.needsWitnesses else { return try Self.last(transaction)?.note }
    return try transaction.query("SELECT note FROM witnessed ORDER BY size DESC LIMIT 1", []).first.map { try $0[0].text() }
  }

  /// Signs and publishes until it is cancelled. One that was signed and not published before goes first.
  ///
  /// - Parameter isOurs: whether this instance writes the ledger; only then does it sign.
  func run(_ road: Road<AuditDecider>, everySeconds seconds: Int, while isOurs: @Sendable () -> Bool) async {
    var next = Instant.now
    var soonest = Instant.now
    var isSettled = false
    while !Task.isCancelled {
      do {
        guard isOurs() else {
          isSettled = false
          try await Task.sleep(for: .seconds(1))
          continue
        }
        if !isSettled {
          try settle(road.store)
          isSettled = true
        }
        try await publishOld(road)
        let now = Instant.now
        if now >= next || (now >= soonest && isWanted.withLock({ $0 })), try signWanted(road.store, at: now) {
          next = Instant.now.adding(seconds: Double(seconds))
          soonest = Instant.now.adding(seconds: Self.soonest)
          try await publishOld(road)
        }
      } catch {
        road.logger.debug("no checkpoint was published: \(error)")
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }

  private func signWanted(_ store: any Store, at now: Instant) throws -> Bool {
    isWanted.withLock { $0 = false }
    return try sign(store, at: now) != nil
  }

  private func settle(_ store: any Store) throws {
    try desk.withLock { _ in try files.settle(store, at: .now) }
  }

  private func publishOld(_ road: Road<AuditDecider>) async throws {
    let waiting = try road.store.read { transaction in
      try transaction.query("SELECT size, root, note FROM checkpoints WHERE published = 0 ORDER BY size", [])
    }
    for row in waiting {
      let checkpoint = CheckpointPublished(size: try row[0].integer(), root: try row[1].text(), note: try row[2].text())
      // A checkpoint that another key has signed, too, is told again.
      let keys = (try? Note(checkpoint.note))?.signatures.count ?? 1
      _ = try await road.perform("checkpoint-\(checkpoint.size)" + (keys > 1 ? "-\(keys)" : "")) { _ in .checkpoint(checkpoint) }
      try road.store.transaction { transaction in
        _ = try transaction.execute("UPDATE checkpoints SET published = 1 WHERE size = ?", [.integer(checkpoint.size)])
      }
    }
  }
}
