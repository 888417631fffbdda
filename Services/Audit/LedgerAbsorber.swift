import Lanes
import Ledger
import Messaging
import Storage
import Synchronization
import Wire

/// Appends the messages of each batch to the ledger, inside the batch's transaction: segments first, synced, then the
/// index and the size with the transaction. What a transaction that fails leaves in the files is cut off again.
///
/// Used by one engine at a time, on its thread.
final class LedgerAbsorber: Absorber, @unchecked Sendable {
  private let folder: String
  private let wall: @Sendable () -> Int64
  private let signers: [NoteVerifier]
  private let segmentLimit: Int64
  private let published: @Sendable () throws -> Checkpoint?
  private let witnessed: (size: UInt64, witness: String)
  private var opened: LedgerFolder?
  private var writer: LedgerWriter?
  private var headers = RecordHeaders()
  /// Open cases of late, good for as long as `writer` stands where the database stands.
  private var openCases: [String: IndexedCase] = [:]
  private static let openCasesLimit = 20_000
  private static let recoveredAtOnce: Int64 = 16_384
  private let writing = Atomic(false)
  /// What came last: when the oldest record of a case in it was written (story's clock), and when it came (wall clock); µs.
  private let latest = Mutex<(written: Int64, came: Int64)?>(nil)

  /// Records do not hold what the ledger does.
  var keepsEverything: Bool { true }
  /// The folder is locked, what was never committed is cut off and an index that was thrown away is made anew as soon as the lanes are
  /// ours, whether records come or not.
  var isWaiting: Bool { writer == nil }
  /// Whether the folder is locked for this process. Any thread.
  var isWriting: Bool { writing.load(ordering: .acquiring) }

  /// Up to when everything that was written has surely come, µs on the story's clock: now, or when the records were written that come
  /// in at present. Nil until something came. Any thread.
  func horizon(story: Int64, wall: Int64) -> Int64? {
    latest.withLock { latest in latest.map { wall - $0.came > Self.quiet ? story : min(story, $0.written) } }
  }
  private static let quiet: Int64 = 10_000_000

  /// - Parameters:
  ///   - signer: whose checkpoints count when the folder is ahead of the database.
  ///   - earlier: keys that signed before it.
  ///   - published: the largest checkpoint that the world has seen; asked once.
  ///   - witnessed: the largest size that a witness says to have seen, and its name.
  ///   - wall: the wall clock, µs.
  init(
    folder: String, signer: NoteVerifier, earlier: [NoteVerifier] = [], segmentLimit: Int64 = LedgerWriter.segmentBytes,
    published: @escaping @Sendable () throws -> Checkpoint? = { nil }, witnessed: (size: UInt64, witness: String) = (0, ""),
    wall: @escaping @Sendable () -> Int64
  ) {
    self.folder = folder
    signers = [signer] + earlier
    self.segmentLimit = segmentLimit
    self.published = published
    self.witnessed = witnessed
    self.wall = wall
  }

  /// Another instance may lock the folder now.
  func release() {
    opened = nil
    writer = nil
    openCases = [:]
    writing.store(false, ordering: .releasing)
  }

  func absorb(_ messages: [Message], in transaction: any StoreTransaction) throws {
    let writer = try ready(transaction)
    var indexer = Indexer(wall: wall(), known: openCases, transaction)
    // One owner, so that it is changed in place.
    openCases = [:]
    try indexer.prepare(Set(messages.map(\.source)))
    for message in messages {
      let pieces = FramePieces(message.frame)
      headers.read(pieces.headers)
      guard try indexer.isNew(message.source, offset: message.offset, headers) else { continue }
      let position = try writer.append(message, pieces)
      try indexer.add(position: position, message.source, offset: message.offset, headers, body: pieces.body)
    }
    try transaction.upsert(Tables.bundles, writer.flush())
    try indexer.save()
    try writer.extent.save(transaction)
    if indexer.known.count <= Self.openCasesLimit { openCases = indexer.known }
    if let oldest = indexer.oldest {
      let came = wall()
      latest.withLock { $0 = (oldest, came) }
    }
  }

  /// The writer, standing where the database stands.
  private func ready(_ transaction: any StoreTransaction) throws -> LedgerWriter {
    let folder = try opened ?? LedgerFolder(folder)
    let extent = try Extent(transaction, lock: true) ?? Extent(ledger: folder.id)
    if let writer, writer.extent == extent, opened != nil { return writer }
    writer = nil
    openCases = [:]
    if opened == nil {
      try folder.check(extent)
      try folder.checkTail(extent, transaction)
    }
    if opened == nil { try Reindex.makeIfOlder(folder.paths, extent, transaction, wall: wall()) }
    let writer = try LedgerWriter(folder.paths, at: extent, segmentLimit: segmentLimit)
    try recover(writer, folder, transaction)
    if opened == nil { try checkPublished(writer.extent) }
    try writer.cut()
    opened = folder
    self.writer = writer
    writing.store(true, ordering: .releasing)
    return writer
  }

  /// - Throws: `damaged` where the world has seen a larger ledger than this one: going on would make a second one.
  private func checkPublished(_ extent: Extent) throws {
    guard witnessed.size <= extent.tree.size else {
      throw StoreError(
        .damaged,
        "the witness \(witnessed.witness) has seen \(witnessed.size) leaves, \(extent.size) are here. Restore the folder \(folder) and the database from a newer backup.")
    }
    guard let checkpoint = try published(), checkpoint.size > extent.tree.size else { return }
    throw StoreError(
      .damaged,
      "a checkpoint of \(checkpoint.size) leaves was published, \(extent.size) are here. Restore the folder \(folder) and the database from a newer backup.")
  }

  /// A database older than the last checkpoint of the folder: the leaves up to there are indexed anew, so that never two
  /// trees have one size.
  private func recover(_ writer: LedgerWriter, _ folder: LedgerFolder, _ transaction: any StoreTransaction) throws {
    guard let checkpoint = try folder.checkpoint(signers), checkpoint.size > writer.extent.tree.size else { return }
    var indexer = Indexer(wall: wall(), transaction)
    try folder.replay(writer, to: checkpoint) { position, leaf, content in
      // A whole ledger's index would not fit into memory.
      if position % Self.recoveredAtOnce == 0 {
        try transaction.upsert(Tables.bundles, writer.takeBundles())
        try indexer.save()
        indexer = Indexer(wall: wall(), known: indexer.known.count <= Self.openCasesLimit ? indexer.known : [:], transaction)
      }
      try indexer.add(leaf, content, at: position, &headers)
    }
    try transaction.upsert(Tables.bundles, writer.flush())
    try indexer.save()
    try writer.extent.save(transaction)
  }
}
