import Ledger
import Testing

@Suite struct CheckpointTests {
  let signer: NoteSigner
  let checkpoint = Checkpoint(origin: "countersign.example/ledger", size: 12_345, root: leafHash([1, 2, 3]))

  init() throws { signer = try NoteSigner(name: "countersign.example/ledger", seed: [UInt8](repeating: 7, count: 32)) }

  @Test func aSignedCheckpointOpensWithTheVerifierKeyAlone() throws {
    let note = try signer.sign(checkpoint)
    let verifier = try NoteVerifier(signer.verifier.text)
    #expect(try verifier.open(note) == checkpoint)
    #expect(note.hasPrefix("countersign.example/ledger\n12345\n"))
  }

  @Test func anyChangedByteIsFound() throws {
    let note = try signer.sign(checkpoint)
    for index in Array(note.utf8).indices {
      var bytes = Array(note.utf8)
      bytes[index] ^= 1
      guard let text = String(validating: bytes, as: UTF8.self), text.utf8.elementsEqual(bytes) else { continue }
      #expect(throws: NoteError.self, "byte \(index)") { try signer.verifier.open(text) }
    }
  }

  @Test func signaturesOfOthersAreLeftAloneButDoNotCount() throws {
    let witness = try NoteSigner(name: "witness", seed: [UInt8](repeating: 8, count: 32))
    let witnessed = try signer.sign(checkpoint) + #require(witness.sign(checkpoint).split(separator: "\n").last) + "\n"
    #expect(try signer.verifier.open(witnessed) == checkpoint)
    #expect(throws: NoteError.unsigned) { try signer.verifier.open(witness.sign(checkpoint)) }
  }

  @Test func keysThatAreNoneAreRefused() {
    #expect(throws: NoteError.badKey) { try NoteSigner(name: "a b", seed: [UInt8](repeating: 1, count: 32)) }
    #expect(throws: NoteError.badKey) { try NoteSigner(name: "a", seed: [1, 2]) }
    for text in ["", "a+b", "a+00000000+AAAA", signer.verifier.text + "A"] {
      #expect(throws: NoteError.badKey) { try NoteVerifier(text) }
    }
  }

  @Test func tilePathsAreThoseOfTheSpecification() {
    #expect(TilePath(.hashes(level: 0), index: 1_234_067).text == "tile/0/x001/x234/067")
    #expect(TilePath(.entries, index: 0, count: 12).text == "tile/entries/000.p/12")
    for path in [TilePath(.hashes(level: 3), index: 999), TilePath(.entries, index: 1_000, count: 1), TilePath(.entries, index: 5)] {
      #expect(TilePath(path.text) == path)
    }
    for text in ["tile/8/000", "tile/0/1", "tile/0/000.p/0", "tile/0/000.p/257", "tile/0/x000/001", "tile/0/000.p/256", "tile", "",
      "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/entries/000.p"]
    {
      #expect(TilePath(text) == nil, "\(text)")
    }
  }
}
