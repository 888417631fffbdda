import Ledger
import Testing

private func seed(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

@Suite struct WitnessTests {
  let log: NoteSigner
  let cosigner: Cosigner
  let checkpoint = Checkpoint(origin: "example/log", size: 12, root: leafHash([1]))

  init() throws {
    log = try NoteSigner(name: "example/log", seed: seed(1))
    cosigner = try Cosigner(name: "example/witness", seed: seed(2))
  }

  @Test func aCosignatureSaysWhenAndIsItsWitnesssAlone() throws {
    var note = try Note(log.sign(checkpoint))
    note.signatures.append(try cosigner.sign(checkpoint, at: 1_700_000_000))
    let read = try Note(note.text)
    let verifier = try CosignatureVerifier(cosigner.verifier.text)
    #expect(try verifier.time(read) == 1_700_000_000)
    #expect(try log.verifier.open(note.text) == checkpoint)
    #expect(throws: NoteError.unsigned) { try Cosigner(name: "example/witness", seed: seed(3)).verifier.time(read) }
    // A key of a log is no key of a witness, and the other way round.
    #expect(throws: NoteError.badKey) { try CosignatureVerifier(log.verifier.text) }
    #expect(throws: NoteError.badKey) { try NoteVerifier(cosigner.verifier.text) }
    for place in 0..<cosigner.verifier.text.utf8.count {
      var bytes = Array(cosigner.verifier.text.utf8)
      bytes[place] ^= 1
      #expect(throws: NoteError.badKey) { try CosignatureVerifier(String(decoding: bytes, as: UTF8.self)) }
    }
  }

  @Test func aCosignatureOfAnotherTimeOrTreeIsFalse() throws {
    let signature = try cosigner.sign(checkpoint, at: 1_700_000_000)
    var other = signature.bytes
    other[7] ^= 1
    for (body, bytes) in [
      (checkpoint.body, other), (Checkpoint(origin: "example/log", size: 13, root: checkpoint.root).body, signature.bytes),
      (checkpoint.body, Array(signature.bytes.dropLast())),
    ] {
      let note = Note(body: body, signatures: [Note.Signature(name: signature.name, keyID: signature.keyID, bytes: bytes)])
      #expect(throws: NoteError.badSignature) { try cosigner.verifier.time(note) }
    }
  }

  @Test func theExampleOfTheSpecificationIsReadAsItStands() throws {
    let text = """
      old 20852014
      PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
      jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
      5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
      /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

      example.com/behind-the-sofa
      20852163
      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

      \u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

      """
    let request = try #require(WitnessRequest(text))
    #expect(request.oldSize == 20_852_014 && request.proof.count == 4)
    #expect(request.text == text)
    #expect(try Note(request.note).signatures.map(\.name) == ["example.com/behind-the-sofa"])
    for wrong in ["old 020852014" + text.dropFirst(12), "old -1\n\n" + request.note, text.replacing("\n\n", with: "\n", maxReplacements: 1), ""] {
      #expect(WitnessRequest(String(wrong)) == nil)
    }
  }

  @Test func aWitnessFollowsOneTreeAlone() throws {
    let leaves = (0..<40).map { leafHash([UInt8($0)]) }
    var nodes: [String: TreeHash] = [:]
    var tree = CompactRange()
    var roots: [TreeHash] = [.empty]
    for leaf in leaves {
      tree.append(leaf) { nodes["\($0)/\($1)"] = $2 }
      roots.append(tree.root)
    }
    let found = nodes
    let prover = Prover { level, index throws in
      guard let node = found["\(level)/\(index)"] else { throw ProofError.outOfRange }
      return node
    }
    var last: Checkpoint?
    func ask(_ old: UInt64, _ size: UInt64, root: TreeHash? = nil, proof: [TreeHash]? = nil, by signer: NoteSigner? = nil) throws -> WitnessVerdict {
      let signer = signer ?? log
      let note = try signer.sign(Checkpoint(origin: signer.name, size: size, root: root ?? roots[Int(size)]))
      let path = try proof ?? (old > 0 && old <= size ? prover.consistency(from: old, to: size) : [])
      let verdict = witness(WitnessRequest(oldSize: old, proof: path, note: note), keys: [log.verifier]) { _ in last }
      if case .cosigns(let checkpoint) = verdict { last = checkpoint }
      return verdict
    }
    #expect(try ask(0, 5, proof: [.empty]) == .inconsistent)
    #expect(try ask(5, 5) == .conflict(size: 0))
    #expect(try ask(0, 5) == .cosigns(Checkpoint(origin: log.name, size: 5, root: roots[5])))
    #expect(try ask(0, 9) == .conflict(size: 5))
    #expect(try ask(5, 9) == .cosigns(Checkpoint(origin: log.name, size: 9, root: roots[9])))
    #expect(try ask(9, 9) == .cosigns(Checkpoint(origin: log.name, size: 9, root: roots[9])))
    #expect(try ask(9, 9, root: roots[8]) == .conflict(size: 9))
    #expect(try ask(9, 20, root: roots[21]) == .inconsistent)
    #expect(try ask(9, 20, proof: []) == .inconsistent)
    #expect(try ask(5, 20) == .conflict(size: 9))
    #expect(try ask(9, 8) == .badRequest)
    let other = try NoteSigner(name: "example/other", seed: seed(1))
    #expect(try ask(9, 20, by: other) == .unknownLog)
    #expect(try ask(9, 20, by: NoteSigner(name: "example/log", seed: seed(7))) == .unsigned)
    #expect(witness(WitnessRequest(oldSize: 0, proof: [], note: "nothing"), keys: [log.verifier]) { _ in last } == .badRequest)
    #expect(try ask(9, 40) == .cosigns(Checkpoint(origin: log.name, size: 40, root: roots[40])))
  }

  @Test func aPolicyCountsAsItsGroupsSay() throws {
    let witnesses = try (0..<4).map { try Cosigner(name: "w\($0).example", seed: seed(UInt8(10 + $0))) }
    let policy = try WitnessPolicy(
      """
      # four witnesses, two houses
      log \(log.verifier.text)
      witness X1 \(witnesses[0].verifier.text) http://127.0.0.1:1/
      witness X2 \(witnesses[1].verifier.text)
      witness X3 \(witnesses[2].verifier.text)
      group\tX 2 X1 X2 X3
      witness Y \(witnesses[3].verifier.text)
      group both all X Y
      quorum both
      """)
    #expect(policy.needsWitnesses && policy.logs == [log.verifier] && policy.witnesses[0].url == "http://127.0.0.1:1")
    for mask in 0..<16 {
      var note = try Note(log.sign(checkpoint))
      for place in 0..<4 where mask >> place & 1 == 1 { note.signatures.append(try witnesses[place].sign(checkpoint, at: 5)) }
      #expect(policy.isSatisfied(by: note) == (mask >> 3 == 1 && (mask & 7).nonzeroBitCount >= 2), "witnesses \(mask)")
    }
    #expect(try WitnessPolicy("quorum none\n").isSatisfied(by: Note(log.sign(checkpoint))))
  }

  @Test func aPolicyThatIsWrongIsRefusedWithItsLine() throws {
    let key = cosigner.verifier.text
    for (text, line) in [
      ("", 1), ("quorum W", 1), ("witness W \(key)\nwitness V \(key)\nquorum W", 2), ("witness W \(key)\nwitness W \(key)\nquorum W", 2),
      ("witness none \(key)\nquorum none", 1), ("witness W \(key)\ngroup G 2 W\nquorum G", 2), ("witness W \(key)\ngroup G 0 W\nquorum G", 2),
      ("group G any W\nwitness W \(key)\nquorum G", 1), ("quorum none\nquorum none", 2), ("log \(key)\nquorum none", 1),
      ("witness W \(log.verifier.text)\nquorum W", 1), ("witness W \(key) ftp://x\nquorum W", 1), ("nonsense\nquorum none", 1),
      ("witness W \(key)\ngroup G any W W\nquorum G", 2),
    ] {
      do throws(WitnessPolicy.Mistake) {
        _ = try WitnessPolicy(text)
        Issue.record("was taken: \(text)")
      } catch { #expect(error.line == line, "\(text): \(error)") }
    }
  }
}
