import Ledger
import Testing

private func signer(_ byte: UInt8) throws -> NoteSigner { try NoteSigner(name: "example/log", seed: [UInt8](repeating: byte, count: 32)) }

@Suite struct LogKeyTests {
  func note(_ size: UInt64, _ signers: NoteSigner...) throws -> String {
    let checkpoint = Checkpoint(origin: "example/log", size: size, root: leafHash([UInt8(size & 255)]))
    return Note(body: checkpoint.body, signatures: try signers.map { try $0.signature(of: checkpoint.body) }).text
  }

  func change(_ old: NoteSigner, _ new: NoteSigner, at size: UInt64) throws -> String {
    try KeyChange(size: size, root: leafHash([UInt8(size & 255)]), old: old.verifier, new: new.verifier).sign(old, new)
  }

  @Test func whoKnowsTheNewKeyAcceptsTheOldOneUpToTheChange() throws {
    let (a, b, c) = (try signer(1), try signer(2), try signer(3))
    let changes = [try change(a, b, at: 100), try change(b, c, at: 200)]
    let keys = try LogKeys(trusted: [c.verifier], changes: changes)
    for (size, by) in [(50, a), (100, a), (100, b), (150, b), (200, c), (900, c)] as [(UInt64, NoteSigner)] {
      #expect(try keys.open(note(size, by)).size == size)
    }
    // A stolen old key, after the change.
    #expect(throws: NoteError.keyEnded(at: 100)) { try keys.open(note(101, a)) }
    #expect(throws: NoteError.keyEnded(at: 200)) { try keys.open(note(900, b)) }
    // A new key does not speak of the time before it.
    #expect(throws: NoteError.unsigned) { try keys.open(note(199, c)) }
  }

  @Test func whoKnowsTheFirstKeyFollowsTheChanges() throws {
    let (a, b, c) = (try signer(1), try signer(2), try signer(3))
    let keys = try LogKeys(trusted: [a.verifier], changes: [try change(b, c, at: 200), try change(a, b, at: 100)])
    #expect(try keys.open(note(900, c)).size == 900)
    #expect(throws: NoteError.keyEnded(at: 100)) { try keys.open(note(900, a)) }
    #expect(try keys.open(note(100, a, b)).size == 100)
  }

  /// Whoever trusts the last key does not follow what a key before it, stolen, says of a key of the thief.
  @Test func aStolenOldKeyNamesNoSuccessor() throws {
    let (a, b, thief) = (try signer(1), try signer(2), try signer(9))
    #expect(throws: NoteError.malformed) { try LogKeys(trusted: [b.verifier], changes: [change(a, b, at: 100), change(a, thief, at: 300)]) }
    let keys = try LogKeys(trusted: [b.verifier], changes: [change(a, b, at: 100)])
    #expect(throws: NoteError.unsigned) { try keys.open(note(400, thief)) }
  }

  @Test func aChangeThatOneKeyDidNotSignIsNone() throws {
    let (a, b) = (try signer(1), try signer(2))
    let change = KeyChange(size: 7, root: .empty, old: a.verifier, new: b.verifier)
    for signers in [[a], [b], []] {
      let text = Note(body: change.body, signatures: try signers.map { try $0.signature(of: change.body) }).text
      #expect(throws: NoteError.self) { try KeyChange(text) }
    }
    #expect(try KeyChange(change.sign(a, b)) == change)
    #expect(throws: NoteError.malformed) { try KeyChange(note(7, a, b)) }
    // Neither can be taken for the other.
    #expect(Checkpoint(body: change.body[...]) == nil)
  }

  @Test func aNoteOfNoKeyOrAFalseOneIsRefused() throws {
    let (a, b) = (try signer(1), try signer(2))
    let keys = LogKeys(a.verifier)
    #expect(throws: NoteError.unsigned) { try keys.open(note(5, b)) }
    #expect(throws: NoteError.malformed) { try keys.open("nothing") }
    var forged = try Note(note(5, b))
    forged.signatures[0] = Note.Signature(name: "example/log", keyID: try Note(note(5, a)).signatures[0].keyID, bytes: forged.signatures[0].bytes)
    #expect(throws: NoteError.badSignature) { try keys.open(forged.text) }
  }

  @Test func aHistoryIsReadUpToItsLastWholeNote() throws {
    let a = try signer(1)
    let notes = try (1...5).map { try note(UInt64($0), a) }
    let text = CheckpointHistory.text(notes)
    for cut in 0...text.utf8.count {
      let found = CheckpointHistory.notes(String(decoding: Array(text.utf8).prefix(cut), as: UTF8.self))
      #expect(found.notes == Array(notes.prefix(found.notes.count)))
      #expect(found.length <= cut)
    }
    #expect(CheckpointHistory.notes(text).notes == notes)
  }

  @Test func aProofIsReadAsItIsWritten() throws {
    let a = try signer(1)
    let leaves = (0..<9).map { leafHash([UInt8($0)]) }
    var nodes: [String: TreeHash] = [:]
    var tree = CompactRange()
    for leaf in leaves { tree.append(leaf) { nodes["\($0)/\($1)"] = $2 } }
    let found = nodes
    let prover = Prover { level, index throws in
      guard let node = found["\(level)/\(index)"] else { throw ProofError.outOfRange }
      return node
    }
    let checkpoint = Checkpoint(origin: "example/log", size: 9, root: tree.root)
    for extra in [nil, [1, 2, 3]] as [[UInt8]?] {
      let proof = TlogProof(extra: extra, index: 5, path: try prover.inclusion(of: 5, size: 9), checkpoint: try a.sign(checkpoint))
      let read = try #require(TlogProof(proof.text))
      #expect(read == proof)
      try read.verify(leaves[5], in: checkpoint)
      #expect(throws: ProofError.self) { try read.verify(leaves[4], in: checkpoint) }
      let bytes = Array(proof.text.utf8)
      for place in bytes.indices where bytes[place] == UInt8(ascii: "\n") {
        var changed = bytes
        changed[place] = UInt8(ascii: " ")
        if let other = TlogProof(String(decoding: changed, as: UTF8.self)) { #expect(other != proof) }
      }
    }
  }
}
