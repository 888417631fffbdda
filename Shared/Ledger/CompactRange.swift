/// The least that must be kept of a Merkle tree (RFC 6962) to add leaves and know its root: one hash for each perfect
/// subtree, from the largest, on the left, to the smallest.
public struct CompactRange: Sendable, Equatable {
  /// The number of leaves.
  public private(set) var size: UInt64 = 0
  public private(set) var hashes: [TreeHash] = []

  public init() {}

  /// - Returns: nil where there is not one hash for each bit that is set in `size`.
  public init?(size: UInt64, hashes: [TreeHash]) {
    guard hashes.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.hashes = hashes
  }

  /// Adds a leaf at the end.
  ///
  /// - Parameter completed: called for each perfect subtree that the leaf completes, from level 0, the leaf itself, up:
  ///   its level, its index among those of its level, its hash.
  public mutating func append(_ leaf: TreeHash, completed: (_ level: Int, _ index: UInt64, TreeHash) -> Void = { _, _, _ in }) {
    var node = leaf
    var level = 0
    completed(0, size, node)
    var rest = size
    while rest & 1 == 1 {
      node = nodeHash(hashes.removeLast(), node)
      rest >>= 1
      level += 1
      completed(level, rest, node)
    }
    hashes.append(node)
    size += 1
  }

  public var root: TreeHash {
    guard var root = hashes.last else { return .empty }
    for hash in hashes.dropLast().reversed() { root = nodeHash(hash, root) }
    return root
  }
}
