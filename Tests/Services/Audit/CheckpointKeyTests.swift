import Foundation
import Ledger
import Storage
import Testing
import Wire

@testable import countersign
@testable import countersign_audit

@Suite struct CheckpointKeyTests {
  let other: NoteSigner
  init() throws { other = try NoteSigner(name: "test/audit", seed: [UInt8](repeating: 44, count: 32)) }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test func anotherKeyFollowsAndBothSayso() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.automaticCase(0))
    let first = try #require(try Checkpointer(paths: ledger.paths, keys: SigningKeys([ledger.signer])).sign(ledger.store, at: Records.start))
    // Nothing was added: the change is made all the same, once.
    let keys = SigningKeys([ledger.signer, other])
    let checkpointer = Checkpointer(paths: ledger.paths, keys: keys)
    #expect(try checkpointer.sign(ledger.store, at: Records.start) == nil)
    #expect(try checkpointer.sign(ledger.store, at: Records.start) == nil)
    let changes = CheckpointHistory.notes(try text(ledger.paths.keys)).notes
    #expect(changes.count == 1)
    let last = try #require(try ledger.store.read { try Checkpointer.last($0) })
    let open = try Note(last.note)
    try ledger.signer.verifier.check(open)
    try other.verifier.check(open)
    #expect(try text(ledger.paths.checkpoint) == last.note)

    try ledger.absorb(records.automaticCase(1))
    let next = try #require(try checkpointer.sign(ledger.store, at: Records.start))
    #expect(throws: NoteError.unsigned) { try ledger.signer.verifier.check(Note(next.note)) }
    let known = try LogKeys(trusted: [other.verifier], changes: changes)
    #expect(try known.open(next.note).size == 10)
    #expect(try known.open(first.note).size == 5)
    #expect(CheckpointHistory.notes(try text(ledger.paths.history)).notes.map { String($0.split(separator: "\n")[1]) } == ["5", "5", "10"])

    // The old file may be left out now; a folder that was signed by the new key alone is ours.
    ledger.absorber = LedgerAbsorber(folder: "/nowhere", signer: other.verifier) { 0 }
    ledger.absorber = LedgerAbsorber(folder: ledger.folder, signer: other.verifier) { 0 }
    try ledger.absorb(records.automaticCase(2))
    #expect(try Checkpointer(paths: ledger.paths, keys: SigningKeys([other])).sign(ledger.store, at: Records.start)?.size == 15)
  }

  @Test func aKeyIsNotTakenIntoUseTwiceAndNotWithoutTheOneBefore() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.automaticCase(0))
    _ = try Checkpointer(paths: ledger.paths, keys: SigningKeys([ledger.signer])).sign(ledger.store, at: Records.start)
    #expect(throws: StoreError.self) {
      try Checkpointer(paths: ledger.paths, keys: SigningKeys([other])).sign(ledger.store, at: Records.start)
    }
    _ = try Checkpointer(paths: ledger.paths, keys: SigningKeys([ledger.signer, other])).sign(ledger.store, at: Records.start)
    try ledger.absorb(records.automaticCase(1))
    _ = try Checkpointer(paths: ledger.paths, keys: SigningKeys([ledger.signer, other])).sign(ledger.store, at: Records.start)
    #expect(throws: StoreError.self) {
      try Checkpointer(paths: ledger.paths, keys: SigningKeys([other, ledger.signer])).sign(ledger.store, at: Records.start)
    }
  }

  /// A database from before the change knows of it by the folder.
  @Test func aRestoredDatabaseDoesNotChangeTheKeyAgain() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.automaticCase(0))
    _ = try Checkpointer(paths: ledger.paths, keys: SigningKeys([ledger.signer])).sign(ledger.store, at: Records.start)
    let backup = try SQLiteStore(snapshot: ledger.store.snapshot())
    let keys = SigningKeys([ledger.signer, other])
    try ledger.absorb(records.automaticCase(1))
    _ = try Checkpointer(paths: ledger.paths, keys: keys).sign(ledger.store, at: Records.start)
    let before = try text(ledger.paths.keys)
    try CheckpointFiles(paths: ledger.paths).settle(backup, at: Records.start)
    #expect(try Checkpointer(paths: ledger.paths, keys: keys).sign(backup, at: Records.start) == nil)
    #expect(try text(ledger.paths.keys) == before)
    #expect(try backup.read { try CheckpointFiles.keyChanges($0) }.count == 1)
  }

  @Test func aHistoryThatACrashCutOffIsMadeWhole() throws {
    let ledger = try TestLedger()
    var records = Records()
    let checkpointer = Checkpointer(paths: ledger.paths, keys: SigningKeys([ledger.signer]))
    for number in 0..<4 {
      try ledger.absorb(records.automaticCase(number))
      _ = try checkpointer.sign(ledger.store, at: Records.start)
    }
    let whole = try Data(contentsOf: URL(fileURLWithPath: ledger.paths.history))
    for cut in stride(from: 0, through: whole.count, by: 7) {
      try whole.prefix(cut).write(to: URL(fileURLWithPath: ledger.paths.history))
      try CheckpointFiles(paths: ledger.paths).settle(ledger.store, at: Records.start)
      let sizes = CheckpointHistory.notes(try text(ledger.paths.history)).notes.map { $0.split(separator: "\n")[1] }
      #expect(Array(Set(sizes)).sorted() == ["10", "15", "20", "5"], "cut at \(cut)")
      #expect(sizes.last == "20")
    }
  }
}
