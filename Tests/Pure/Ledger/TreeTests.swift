import Crypto
import Ledger
import Testing

/// RFC 6962, section 2.1, word for word: what everything else is compared with.
private func plainRoot(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
  if leaves.isEmpty { return Array(SHA256.hash(data: [UInt8]())) }
  if leaves.count == 1 { return Array(SHA256.hash(data: [0] + leaves.first!)) }
  var half = 1
  while half * 2 < leaves.count { half *= 2 }
  let cut = leaves.startIndex + half
  return Array(SHA256.hash(data: [1] + plainRoot(leaves[..<cut]) + plainRoot(leaves[cut...])))
}

/// A tree that remembers every perfect subtree.
private struct Remembering {
  var range = CompactRange()
  var nodes: [String: TreeHash] = [:]
  var roots: [TreeHash] = [.empty]

  init(_ leaves: [[UInt8]]) {
    for leaf in leaves {
      range.append(leafHash(leaf)) { nodes["\($0)/\($1)"] = $2 }
      roots.append(range.root)
    }
  }

  var prover: Prover {
    Prover { level, index throws in
      guard let node = nodes["\(level)/\(index)"] else { throw ProofError.outOfRange }
      return node
    }
  }
}

@Suite struct TreeTests {
  let leaves = (0..<70).map { number in [UInt8](repeating: UInt8(number), count: number) }

  @Test func rootsAreThoseOfTheSpecificationAtEverySize() {
    let tree = Remembering(leaves)
    for size in 0...leaves.count { #expect(tree.roots[size].bytes == plainRoot(leaves[..<size]), "size \(size)") }
  }

  @Test func rootsAreTheKnownOnesOfCertificateTransparency() {
    // The test vectors of the certificate-transparency project for RFC 6962.
    let known: [[UInt8]] = [[], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
      [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57], Array(0x60...0x6F)]
    let tree = Remembering(known)
    #expect("\(tree.roots[0])" == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect("\(tree.roots[1])" == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    #expect("\(tree.roots[8])" == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
  }

  @Test func everyInclusionProofHoldsAndNoOtherDoes() throws {
    let tree = Remembering(leaves)
    for size in 1...leaves.count {
      for index in 0..<size {
        let proof = try tree.prover.inclusion(of: UInt64(index), size: UInt64(size))
        let leaf = leafHash(leaves[index])
        let root = tree.roots[size]
        try verifyInclusion(of: leaf, at: UInt64(index), size: UInt64(size), root: root, proof: proof)
        #expect(throws: ProofError.self) {
          try verifyInclusion(of: leafHash([9, 9, 9]), at: UInt64(index), size: UInt64(size), root: root, proof: proof)
        }
        #expect(throws: ProofError.self) {
          try verifyInclusion(of: leaf, at: UInt64(index), size: UInt64(size), root: root, proof: proof + [leaf])
        }
        if !proof.isEmpty {
          #expect(throws: ProofError.self) {
            try verifyInclusion(of: leaf, at: UInt64(index), size: UInt64(size), root: root, proof: proof.dropLast())
          }
        }
      }
    }
  }

  @Test func everyConsistencyProofHoldsAndNoOtherDoes() throws {
    let tree = Remembering(leaves)
    for newer in 1...leaves.count {
      for older in 1...newer {
        let proof = try tree.prover.consistency(from: UInt64(older), to: UInt64(newer))
        let old = (UInt64(older), tree.roots[older]), new = (UInt64(newer), tree.roots[newer])
        try verifyConsistency(from: old, to: new, proof: proof)
        #expect(throws: ProofError.self) { try verifyConsistency(from: (old.0, .empty), to: new, proof: proof) }
        #expect(throws: ProofError.self) { try verifyConsistency(from: old, to: new, proof: proof + [.empty]) }
      }
    }
  }

  @Test func proofsForWhatIsNotThereAreRefused() {
    let prover = Remembering(leaves).prover
    #expect(throws: ProofError.outOfRange) { try prover.inclusion(of: 70, size: 70) }
    #expect(throws: ProofError.outOfRange) { try prover.consistency(from: 0, to: 5) }
    #expect(throws: ProofError.outOfRange) { try prover.consistency(from: 6, to: 5) }
    #expect(throws: ProofError.outOfRange) {
      try verifyInclusion(of: .empty, at: .max, size: .max, root: .empty, proof: [])
    }
  }

  @Test func theCompactRangeGoesOnFromWhatWasStored() {
    var range = CompactRange()
    for (index, leaf) in leaves.enumerated() {
      range.append(leafHash(leaf))
      let stored = CompactRange(size: UInt64(index + 1), hashes: range.hashes)
      #expect(stored == range)
      #expect(CompactRange(size: UInt64(index + 1), hashes: range.hashes + [.empty]) == nil)
    }
  }
}
