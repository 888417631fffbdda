import Glibc
import Ledger
import Messaging
import Storage
import Wire

/// Writes the ledger's files. One process, one thread at a time.
///
/// A leaf is at the end of its segment after its length (big-endian, 16 bits), so that a run of 256 is a bundle of C2SP's
/// tlog-tiles as it stands. Its content is at the same place in the order of the content segment:
/// `salt (16) | u32 length (0xFFFFFFFF: none) | bytes`, little-endian.
final class LedgerWriter {
  /// A segment that is as large as this ends at the next bundle.
  static let segmentBytes: Int64 = 64 << 20
  static let noContent: UInt32 = .max

  let paths: LedgerPaths
  private(set) var extent: Extent
  private var leaves: AppendFile
  private var contents: AppendFile
  private var hashes: HashFiles
  private var leafBuffer: [UInt8] = []
  private var contentBuffer: [UInt8] = []
  private var bundles: [Row] = []
  private var salts = Salts()
  private var hashesSyncedSpan: Int64 = -1
  private let segmentLimit: Int64

  /// Opens the files of `extent`. Call `cut` before the first `append`.
  init(_ paths: LedgerPaths, at extent: Extent, segmentLimit: Int64 = LedgerWriter.segmentBytes) throws(StoreError) {
    self.paths = paths
    self.extent = extent
    self.segmentLimit = segmentLimit
    leaves = try AppendFile(paths.leaves(extent.segment))
    contents = try AppendFile(paths.contents(extent.segment))
    hashes = HashFiles(paths)
    guard try hashes.settle(size: extent.tree.size) else {
      throw StoreError(.damaged, "\(paths.folder)/hashes is shorter than the ledger")
    }
  }

  /// Cuts off what lies behind the extent: it was never committed.
  func cut() throws(StoreError) {
    try leaves.cut(to: extent.leafBytes)
    try contents.cut(to: extent.contentBytes)
  }

  /// Adds a record at the end, in memory until `flush`.
  ///
  /// - Returns: its position, counted from 0.
  func append(_ message: Message, _ pieces: FramePieces) throws(StoreError) -> Int64 {
    let position = extent.size
    if position % Int64(TilePath.width) == 0 {
      if max(extent.leafBytes, extent.contentBytes) >= segmentLimit {
        try nextSegment()
        // Left by a transaction that did not come about.
        try cut()
      }
      beginBundle()
    }
    let salt = salts.next()
    let start = leafBuffer.count
    leafBuffer.append(0)
    leafBuffer.append(0)
    let topic = message.source.topic
    let place = (partition: UInt32(bitPattern: message.source.partition), offset: UInt64(bitPattern: message.offset))
    var content = pieces.body
    var isWritten = Leaf.write(
      .body, topic: topic, partition: place.partition, offset: place.offset, content: contentHash(salt, content),
      key: pieces.key, headers: pieces.headers, to: &leafBuffer)
    if !isWritten {
      content = message.frame.bytes
      isWritten = Leaf.write(
        .whole, topic: topic, partition: place.partition, offset: place.offset, content: contentHash(salt, content), key: [],
        headers: [], to: &leafBuffer)
    }
    guard isWritten else { throw StoreError(.refused, "the topic name \(topic) is too long for the ledger") }
    let length = leafBuffer.count - start - 2
    leafBuffer[start] = UInt8(length >> 8)
    leafBuffer[start + 1] = UInt8(length & 255)
    let contentStart = contentBuffer.count
    withUnsafeBytes(of: salt) { contentBuffer.append(contentsOf: $0) }
    let size = content.map { UInt32(truncatingIfNeeded: $0.count) } ?? Self.noContent
    withUnsafeBytes(of: size.littleEndian) { contentBuffer.append(contentsOf: $0) }
    if let content { contentBuffer.append(contentsOf: content) }
    extent.leafBytes += Int64(leafBuffer.count - start)
    extent.contentBytes += Int64(contentBuffer.count - contentStart)
    grow(leafBuffer.withUnsafeBytes { leafHash(UnsafeRawBufferPointer(rebasing: $0[(start + 2)...])) })
    return position
  }

  /// Takes a leaf and its content over that lie in the files already, behind the extent.
  func adopt(_ leaf: ArraySlice<UInt8>, contentLength: Int64) throws(StoreError) {
    if extent.size % Int64(TilePath.width) == 0 { beginBundle() }
    extent.leafBytes += Int64(leaf.count + 2)
    extent.contentBytes += contentLength
    grow(leaf.withUnsafeBytes { leafHash($0) })
  }

  /// Goes on in a new segment. Only between bundles.
  func nextSegment() throws(StoreError) {
    try sync()
    extent.segment += 1
    extent.leafBytes = 0
    extent.contentBytes = 0
    leaves = try AppendFile(paths.leaves(extent.segment))
    contents = try AppendFile(paths.contents(extent.segment))
  }

  private func grow(_ hash: TreeHash) {
    extent.tree.append(hash) { level, _, node in hashes.add(level, node) }
  }

  private func contentHash(_ salt: Salts.Salt, _ content: ArraySlice<UInt8>?) -> TreeHash {
    withUnsafeBytes(of: salt) { salt in
      guard let content else { return Leaf.contentHash(salt: salt, nil) }
      return content.withUnsafeBytes { Leaf.contentHash(salt: salt, $0) }
    }
  }

  private func beginBundle() {
    bundles.append([
      .integer(extent.size / Int64(TilePath.width)), .integer(Address(segment: extent.segment, offset: extent.leafBytes).packed),
      .integer(Address(segment: extent.segment, offset: extent.contentBytes).packed),
    ])
  }

  /// Makes all that was appended durable.
  ///
  /// - Returns: rows of `Tables.bundles` that go with it.
  func flush() throws(StoreError) -> [Row] {
    try sync()
    // So much of the hashes may have to be made anew after a crash (`LedgerFolder.checkTail`).
    let span = extent.size / LedgerFolder.hashSyncEvery
    try hashes.flush(sync: span != hashesSyncedSpan)
    hashesSyncedSpan = span
    return takeBundles()
  }

  /// Rows of `Tables.bundles` that were not taken yet.
  func takeBundles() -> [Row] {
    defer { bundles.removeAll(keepingCapacity: true) }
    return bundles
  }

  private func sync() throws(StoreError) {
    try leaves.append(leafBuffer)
    try contents.append(contentBuffer)
    try contents.sync()
    try leaves.sync()
    leafBuffer.removeAll(keepingCapacity: true)
    contentBuffer.removeAll(keepingCapacity: true)
  }
}

/// Random salts, taken from the system in runs.
struct Salts {
  typealias Salt = (UInt64, UInt64)
  private var pool: [Salt] = []

  mutating func next() -> Salt {
    if let salt = pool.popLast() { return salt }
    // One call of the system for 16: the standard library's generator makes one for each number.
    pool = Array(repeating: (0, 0), count: 16)
    if pool.withUnsafeMutableBytes({ getentropy($0.baseAddress, $0.count) }) != 0 {
      var generator = SystemRandomNumberGenerator()
      pool = (0..<16).map { _ in (generator.next(), generator.next()) }
    }
    return pool.removeLast()
  }
}

/// The parts of a frame as they lie in it (see `Frame`).
struct FramePieces {
  /// The key with its length before it.
  let key: ArraySlice<UInt8>
  let body: ArraySlice<UInt8>?
  /// The headers with their count before them.
  let headers: ArraySlice<UInt8>

  init(_ frame: Frame) {
    let bytes = frame.bytes
    let start = bytes.startIndex + 4
    let bodyAt = start + 4 + (frame.key?.count ?? 0)
    let body = frame.body
    key = bytes[start..<bodyAt]
    self.body = body
    headers = bytes[(bodyAt + 4 + (body?.count ?? 0))...]
  }
}
