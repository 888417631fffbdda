import Glibc
import Ledger
import Storage

/// The ledger's folder: who may write it, and whether it is what the database says.
final class LedgerFolder {
  /// Hashes are synced once in so many leaves; twice as many are made anew at each start.
  static let hashSyncEvery: Int64 = 65_536

  let paths: LedgerPaths
  /// Names this folder for good.
  let id: String
  private let lock: Int32

  /// Makes the folder where there is none and locks it for this process.
  ///
  /// - Throws: `unavailable` while another process writes it.
  init(_ folder: String) throws(StoreError) {
    paths = LedgerPaths(folder: folder)
    for path in [folder, "\(folder)/segments", "\(folder)/content", "\(folder)/hashes"] { try makeFolder(path) }
    lock = open(paths.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw AppendFile.error(paths.lock) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw StoreError(.unavailable, "\(folder) is written by another process")
    }
    do throws(StoreError) {
      if access(paths.id, F_OK) != 0 {
        var generator = SystemRandomNumberGenerator()
        let fresh = String(generator.next() as UInt64, radix: 16) + String(generator.next() as UInt64, radix: 16)
        try replaceFile(paths.id, Array(fresh.utf8))
      }
      id = String(decoding: try readFile(paths.id, from: 0, count: 64), as: UTF8.self)
    } catch {
      close(lock)
      throw error
    }
  }

  // Unlocked as well: a child that is being forked just now holds a copy until it is another program.
  deinit {
    _ = flock(lock, LOCK_UN)
    close(lock)
  }

  /// - Throws: `damaged` where the database goes with another folder.
  func check(_ extent: Extent) throws(StoreError) {
    guard extent.ledger == id else {
      throw StoreError(
        .damaged, "\(paths.folder) is not the ledger of this database. Set LEDGER to the folder that was written with it.")
    }
  }

  /// Makes the last hashes anew from the leaves and compares the root with the database's.
  ///
  /// - Throws: `damaged` where leaves are missing or are not those that the database has committed to.
  func checkTail(_ extent: Extent, _ transaction: any StoreTransaction) throws {
    let size = extent.tree.size
    let span = UInt64(Self.hashSyncEvery)
    var from = size / span * span
    from = from >= span ? from - span : 0
    var hashes = HashFiles(paths)
    let reader = HashReader(paths: paths)
    var tree = CompactRange()
    if try hashes.settle(size: from), from > 0 {
      tree = CompactRange(size: from, hashes: try perfect(from).map { try reader.node(level: $0.level, index: $0.index) }) ?? tree
    }
    if tree.size == 0 { _ = try hashes.settle(size: 0) }
    let leaves = LedgerReader(paths)
    while tree.size < size {
      let bundle = try leaves.bundle(Int64(tree.size) / Int64(TilePath.width), extent, transaction)
      for leaf in bundle.leaves {
        tree.append(leaf.withUnsafeBytes { leafHash($0) }) { level, _, node in hashes.add(level, node) }
      }
      if bundle.number % 64 == 63 { try hashes.flush(sync: false) }
    }
    guard tree == extent.tree else {
      throw StoreError(
        .damaged,
        "\(paths.folder)/segments: the leaves do not give the root that the database holds at \(size) leaves. Restore the ledger's folder from its backup.")
    }
    try hashes.flush(sync: true)
  }

  /// The perfect subtrees of a tree, from the left.
  private func perfect(_ size: UInt64) -> [(level: Int, index: UInt64)] {
    var start: UInt64 = 0
    var found: [(Int, UInt64)] = []
    for level in stride(from: 63, through: 0, by: -1) where size & (1 << UInt64(level)) != 0 {
      found.append((level, start >> UInt64(level)))
      start += 1 << UInt64(level)
    }
    return found
  }
}
