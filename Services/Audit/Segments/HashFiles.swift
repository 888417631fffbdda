import Ledger
import Storage

/// The hashes of a tree on disk: one file for each eighth level, so that a tile is a run of 8 KiB in one file.
///
/// They are not synced with each batch: what a crash may have cost is made anew from the leaves.
struct HashFiles: ~Copyable {
  /// Levels 0, 8, 16, 24, 32: enough for 2^40 leaves.
  static let levels = 5

  private var pending = [[UInt8]](repeating: [], count: levels)
  private let paths: LedgerPaths

  init(_ paths: LedgerPaths) { self.paths = paths }

  /// Takes a hash that the tree has completed.
  mutating func add(_ level: Int, _ hash: TreeHash) {
    guard level & 7 == 0, level >> 3 < Self.levels else { return }
    hash.withUnsafeBytes { pending[level >> 3].append(contentsOf: $0) }
  }

  /// Cuts back to what a tree of `size` leaves has, and forgets what was pending.
  ///
  /// - Returns: false where a file is too short: the hashes must be made anew.
  mutating func settle(size: UInt64) throws(StoreError) -> Bool {
    for level in 0..<Self.levels {
      pending[level].removeAll(keepingCapacity: true)
      var file = try AppendFile(paths.hashes(level))
      let wanted = Int64(size >> UInt64(8 * level)) * Int64(TreeHash.size)
      guard file.length >= wanted else { return false }
      try file.cut(to: wanted)
    }
    return true
  }

  mutating func flush(sync: Bool) throws(StoreError) {
    for level in 0..<Self.levels where !pending[level].isEmpty || sync {
      var file = try AppendFile(paths.hashes(level))
      try file.append(pending[level])
      if sync { try file.sync() }
      pending[level].removeAll(keepingCapacity: true)
    }
  }
}

/// Reads the hashes of committed leaves.
struct HashReader: Sendable {
  let paths: LedgerPaths

  /// The hash of the `1 << level` leaves from `index << level` on.
  func node(level: Int, index: UInt64) throws -> TreeHash {
    let under = level & 7
    let count = 1 << under
    var hashes = try tile(level >> 3, from: index << UInt64(under), count: count)
    guard hashes.count == count else { throw ProofError.outOfRange }
    while hashes.count > 1 {
      hashes = stride(from: 0, to: hashes.count, by: 2).map { nodeHash(hashes[$0], hashes[$0 + 1]) }
    }
    return hashes[0]
  }

  /// At most `count` hashes of a level of tiles.
  func tile(_ tileLevel: Int, from index: UInt64, count: Int) throws(StoreError) -> [TreeHash] {
    guard tileLevel < HashFiles.levels, index < 1 << 50 else { return [] }
    let bytes = try readFile(
      paths.hashes(tileLevel), from: Int64(index) * Int64(TreeHash.size), count: count * TreeHash.size)
    return stride(from: 0, to: bytes.count - bytes.count % TreeHash.size, by: TreeHash.size)
      .compactMap { TreeHash(bytes[$0..<($0 + TreeHash.size)]) }
  }

  var prover: Prover { Prover { try node(level: $0, index: $1) } }
}
