/// Why a proof cannot be given or does not hold.
public enum ProofError: Error, Sendable, Equatable {
  /// The sizes or the index do not go together.
  case outOfRange
  /// The proof has too many or too few hashes.
  case wrongLength
  /// The proof leads to another root.
  case mismatch
}

/// Gives proofs from the hashes of perfect subtrees.
///
/// `node(level, index)` is the hash of the leaves from `index << level` on, `1 << level` of them.
public struct Prover {
  private let node: (_ level: Int, _ index: UInt64) throws -> TreeHash

  public init(node: @escaping (_ level: Int, _ index: UInt64) throws -> TreeHash) { self.node = node }

  /// The audit path of a leaf (RFC 6962, section 2.1.1), from the bottom up.
  ///
  /// - Throws: `ProofError.outOfRange`, and what `node` throws.
  public func inclusion(of index: UInt64, size: UInt64) throws -> [TreeHash] {
    guard index < size else { throw ProofError.outOfRange }
    return try path(index, 0, size)
  }

  /// The proof that the tree of `older` leaves is the beginning of that of `newer` (RFC 6962, section 2.1.2).
  public func consistency(from older: UInt64, to newer: UInt64) throws -> [TreeHash] {
    guard older > 0, older <= newer else { throw ProofError.outOfRange }
    return older == newer ? [] : try subproof(older, 0, newer, isWhole: true)
  }

  /// The root of the first `size` leaves.
  public func root(size: UInt64) throws -> TreeHash { size == 0 ? .empty : try root(from: 0, size) }

  private func path(_ index: UInt64, _ start: UInt64, _ size: UInt64) throws -> [TreeHash] {
    guard size > 1 else { return [] }
    let half = split(size)
    if index < half { return try path(index, start, half) + [root(from: start + half, size - half)] }
    return try path(index - half, start + half, size - half) + [root(from: start, half)]
  }

  private func subproof(_ older: UInt64, _ start: UInt64, _ size: UInt64, isWhole: Bool) throws -> [TreeHash] {
    if older == size { return isWhole ? [] : [try root(from: start, size)] }
    let half = split(size)
    if older <= half { return try subproof(older, start, half, isWhole: isWhole) + [root(from: start + half, size - half)] }
    return try subproof(older - half, start + half, size - half, isWhole: false) + [root(from: start, half)]
  }

  /// The root of the `size` leaves from `start` on; `start` is a multiple of the largest power of two in `size`.
  private func root(from start: UInt64, _ size: UInt64) throws -> TreeHash {
    if size.nonzeroBitCount == 1 {
      let level = size.trailingZeroBitCount
      return try node(level, start >> UInt64(level))
    }
    let half = split(size)
    return nodeHash(try root(from: start, half), try root(from: start + half, size - half))
  }
}

/// The largest power of two below `size`, which is above 1.
private func split(_ size: UInt64) -> UInt64 { 1 << UInt64(UInt64.bitWidth - 1 - (size - 1).leadingZeroBitCount) }

/// Checks that a leaf is at `index` of the tree with this root (RFC 9162, section 2.1.3.2).
public func verifyInclusion(
  of leaf: TreeHash, at index: UInt64, size: UInt64, root: TreeHash, proof: [TreeHash]
) throws(ProofError) {
  guard index < size else { throw .outOfRange }
  var place = index
  var last = size - 1
  var hash = leaf
  for sibling in proof {
    guard last > 0 else { throw .wrongLength }
    if place & 1 == 1 || place == last {
      hash = nodeHash(sibling, hash)
      while place & 1 == 0, place > 0 {
        place >>= 1
        last >>= 1
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    place >>= 1
    last >>= 1
  }
  guard last == 0 else { throw .wrongLength }
  guard hash == root else { throw .mismatch }
}

/// Checks that the tree `older` is the beginning of the tree `newer` (RFC 9162, section 2.1.4.2).
public func verifyConsistency(
  from older: (size: UInt64, root: TreeHash), to newer: (size: UInt64, root: TreeHash), proof: [TreeHash]
) throws(ProofError) {
  guard older.size > 0, older.size <= newer.size else { throw .outOfRange }
  if older.size == newer.size {
    guard proof.isEmpty else { throw .wrongLength }
    guard older.root == newer.root else { throw .mismatch }
    return
  }
  var path = proof[...]
  if older.size.nonzeroBitCount == 1 { path = ([older.root] + proof)[...] }
  guard let first = path.popFirst() else { throw .wrongLength }
  var place = older.size - 1
  var last = newer.size - 1
  while place & 1 == 1 {
    place >>= 1
    last >>= 1
  }
  var oldHash = first
  var newHash = first
  for hash in path {
    guard last > 0 else { throw .wrongLength }
    if place & 1 == 1 || place == last {
      oldHash = nodeHash(hash, oldHash)
      newHash = nodeHash(hash, newHash)
      while place & 1 == 0, place > 0 {
        place >>= 1
        last >>= 1
      }
    } else {
      newHash = nodeHash(newHash, hash)
    }
    place >>= 1
    last >>= 1
  }
  guard last == 0 else { throw .wrongLength }
  guard oldHash == older.root, newHash == newer.root else { throw .mismatch }
}
