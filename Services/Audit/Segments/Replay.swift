import Glibc
import Ledger
import Storage

extension LedgerFolder {
  /// The last checkpoint that was signed here; nil where there is none.
  ///
  /// - Throws: `damaged` where the file holds no checkpoint of these signers.
  func checkpoint(_ signers: [NoteVerifier]) throws(StoreError) -> Checkpoint? {
    guard access(paths.checkpoint, F_OK) == 0 else { return nil }
    let note = String(decoding: try readFile(paths.checkpoint, from: 0, count: 16_384), as: UTF8.self)
    do throws(NoteError) { return try openNote(note, signers) } catch {
      throw StoreError(
        .damaged, "\(paths.checkpoint) is no checkpoint signed with our key (\(error)). Set LEDGER_NAME and SIGNING_KEY_FILE as before.")
    }
  }

  /// Takes leaves over that lie behind the writer's extent, up to a checkpoint.
  ///
  /// - Parameter visit: each with its position and its content; nil where that was erased.
  /// - Throws: `damaged` where leaves are missing or do not give the checkpoint's root.
  func replay(
    _ writer: LedgerWriter, to checkpoint: Checkpoint, _ visit: (Int64, Leaf, [UInt8]?) throws -> Void
  ) throws {
    while writer.extent.tree.size < checkpoint.size {
      if writer.extent.size % Int64(TilePath.width) == 0, try isAtEnd(writer.extent) { try writer.nextSegment() }
      let (leafBytes, content, contentLength) = try next(writer.extent, checkpoint)
      guard let leaf = Leaf(leafBytes[...]) else {
        throw StoreError(.damaged, "\(paths.leaves(writer.extent.segment)): no leaf at byte \(writer.extent.leafBytes)")
      }
      let position = writer.extent.size
      try writer.adopt(leafBytes[...], contentLength: contentLength)
      try visit(position, leaf, content.matches(leaf) ? content.bytes : nil)
    }
    guard writer.extent.tree.root == checkpoint.root else {
      throw StoreError(
        .damaged,
        "\(paths.folder)/segments: the leaves do not give the root of the checkpoint at \(checkpoint.size). Restore the ledger's folder from its backup.")
    }
  }

  private func isAtEnd(_ extent: Extent) throws(StoreError) -> Bool {
    let path = paths.leaves(extent.segment)
    guard access(path, F_OK) == 0, access(paths.leaves(extent.segment + 1), F_OK) == 0 else { return false }
    return try readFile(path, from: extent.leafBytes, count: 1).isEmpty
  }

  private func next(
    _ extent: Extent, _ checkpoint: Checkpoint
  ) throws(StoreError) -> (leaf: [UInt8], LedgerReader.Content, length: Int64) {
    let missing = StoreError(
      .damaged,
      "\(paths.leaves(extent.segment)): the checkpoint tells of \(checkpoint.size) leaves, \(extent.size) are there. Restore the ledger's folder from its backup.")
    let head = try readFile(paths.leaves(extent.segment), from: extent.leafBytes, count: 2)
    guard head.count == 2 else { throw missing }
    let length = Int(head[0]) << 8 | Int(head[1])
    let leaf = try readFile(paths.leaves(extent.segment), from: extent.leafBytes + 2, count: length)
    let path = paths.contents(extent.segment)
    let contentHead = try readFile(path, from: extent.contentBytes, count: 20)
    guard leaf.count == length, contentHead.count == 20 else { throw missing }
    let size = contentHead[16..<20].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let salt = Array(contentHead[..<16])
    guard size != LedgerWriter.noContent else { return (leaf, .init(salt: salt, bytes: nil), 20) }
    let bytes = try readFile(path, from: extent.contentBytes + 20, count: min(Int(size), 64 << 20))
    guard bytes.count == Int(size) else { throw missing }
    return (leaf, .init(salt: salt, bytes: bytes), 20 + Int64(size))
  }
}
