import Crypto
import Ledger
import Testing

/// RFC 6962, section 2.1, word for word and without any cleverness: hashes, audit paths and consistency proofs of a list of leaves.
private enum Plain {
  static func hash(_ prefix: UInt8, _ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: [prefix] + bytes)) }

  static func split(_ count: Int) -> Int {
    var half = 1
    while half * 2 < count { half *= 2 }
    return half
  }

  static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
    guard leaves.count > 1 else { return leaves.first.map { hash(0, $0) } ?? Array(SHA256.hash(data: [UInt8]())) }
    let cut = leaves.startIndex + split(leaves.count)
    return hash(1, root(leaves[..<cut]) + root(leaves[cut...]))
  }

  static func path(_ index: Int, _ leaves: ArraySlice<[UInt8]>) -> [[UInt8]] {
    guard leaves.count > 1 else { return [] }
    let half = split(leaves.count), cut = leaves.startIndex + half
    return index < half
      ? path(index, leaves[..<cut]) + [root(leaves[cut...])] : path(index - half, leaves[cut...]) + [root(leaves[..<cut])]
  }

  static func consistency(_ older: Int, _ leaves: ArraySlice<[UInt8]>, isWhole: Bool = true) -> [[UInt8]] {
    if older == leaves.count { return isWhole ? [] : [root(leaves)] }
    let half = split(leaves.count), cut = leaves.startIndex + half
    return older <= half
      ? consistency(older, leaves[..<cut], isWhole: isWhole) + [root(leaves[cut...])]
      : consistency(older - half, leaves[cut...], isWhole: false) + [root(leaves[..<cut])]
  }
}

/// Every shape of inclusion and consistency up to a size, and every way to damage one, as transparency-dev/merkle's vectors have them.
@Suite struct ShapeTests {
  static let largest = 20
  let leaves: [[UInt8]] = (0..<largest).map { Array("leaf \($0)".utf8) }

  private func hash(_ bytes: [UInt8]) throws -> TreeHash { try #require(TreeHash(bytes)) }

  private var prover: Prover {
    var nodes: [String: TreeHash] = [:]
    var range = CompactRange()
    for leaf in leaves { range.append(leafHash(leaf)) { nodes["\($0)/\($1)"] = $2 } }
    return Prover { level, index throws in
      guard let node = nodes["\(level)/\(index)"] else { throw ProofError.outOfRange }
      return node
    }
  }

  @Test func everyShapeOfInclusionIsTheSpecificationsAndNoDamagedOneHolds() throws {
    let prover = prover
    var (shapes, damaged) = (0, 0)
    for size in 1...Self.largest {
      let root = try hash(Plain.root(leaves[..<size]))
      for index in 0..<size {
        let wanted = try Plain.path(index, leaves[..<size]).map(hash)
        #expect(try prover.inclusion(of: UInt64(index), size: UInt64(size)) == wanted, "size \(size), index \(index)")
        let leaf = leafHash(leaves[index])
        try verifyInclusion(of: leaf, at: UInt64(index), size: UInt64(size), root: root, proof: wanted)
        shapes += 1
        var wrong: [(TreeHash, UInt64, UInt64, TreeHash, [TreeHash])] = [
          (leaf, UInt64(index), UInt64(size), leaf == root ? .empty : leaf, wanted),
          (.empty, UInt64(index), UInt64(size), root, wanted),
          (leaf, UInt64(size), UInt64(size), root, wanted),
          (leaf, UInt64(index), UInt64(index), root, wanted),
          (leaf, UInt64(index), UInt64(size), root, wanted + [root]),
          (leaf, UInt64(index), UInt64(size), root, [.empty] + wanted),
          (leaf, UInt64(index ^ 2), UInt64(size), root, wanted),
          (leaf, UInt64(index) &- 1, UInt64(size), root, wanted),
          (leaf, UInt64(index), UInt64(size) * 2 + 2, root, wanted),
        ]
        for place in wanted.indices {
          var proof = wanted
          proof[place] = .empty
          wrong.append((leaf, UInt64(index), UInt64(size), root, proof))
          proof.remove(at: place)
          wrong.append((leaf, UInt64(index), UInt64(size), root, proof))
        }
        if wanted.count > 1 { wrong.append((leaf, UInt64(index), UInt64(size), root, wanted.reversed())) }
        for (leaf, index, size, root, proof) in wrong where !(size == 1 && index == 0 && proof.isEmpty && leaf == root) {
          #expect(throws: ProofError.self, "size \(size), index \(index), \(proof.count) hashes") {
            try verifyInclusion(of: leaf, at: index, size: size, root: root, proof: proof)
          }
          damaged += 1
        }
      }
    }
    #expect(shapes == Self.largest * (Self.largest + 1) / 2)
    #expect(damaged > 10 * shapes)
  }

  @Test func everyShapeOfConsistencyIsTheSpecificationsAndNoDamagedOneHolds() throws {
    let prover = prover
    var shapes = 0
    for newer in 1...Self.largest {
      for older in 1...newer {
        let wanted = try Plain.consistency(older, leaves[..<newer]).map(hash)
        let (old, new) = (try hash(Plain.root(leaves[..<older])), try hash(Plain.root(leaves[..<newer])))
        #expect(try prover.consistency(from: UInt64(older), to: UInt64(newer)) == wanted, "\(older) to \(newer)")
        try verifyConsistency(from: (UInt64(older), old), to: (UInt64(newer), new), proof: wanted)
        shapes += 1
        var wrong: [((UInt64, TreeHash), (UInt64, TreeHash), [TreeHash])] = [
          ((UInt64(older), .empty), (UInt64(newer), new), wanted),
          ((UInt64(older), old), (UInt64(newer), .empty), wanted),
          ((UInt64(older), old), (UInt64(newer), new), wanted + [old]),
          ((UInt64(older), old), (UInt64(newer), new), [new] + wanted),
          ((0, old), (UInt64(newer), new), wanted),
          ((UInt64(newer) + 1, old), (UInt64(newer), new), wanted),
        ]
        if older < newer {
          wrong.append(((UInt64(older), new), (UInt64(newer), old), wanted))
          wrong.append(((UInt64(older), old), (UInt64(newer), new), []))
        }
        for place in wanted.indices {
          var proof = wanted
          proof[place] = .empty
          wrong.append(((UInt64(older), old), (UInt64(newer), new), proof))
          proof.remove(at: place)
          wrong.append(((UInt64(older), old), (UInt64(newer), new), proof))
        }
        for (from, to, proof) in wrong {
          #expect(throws: ProofError.self, "\(from.0) to \(to.0), \(proof.count) hashes") { try verifyConsistency(from: from, to: to, proof: proof) }
        }
      }
    }
    #expect(shapes == Self.largest * (Self.largest + 1) / 2)
  }
}
