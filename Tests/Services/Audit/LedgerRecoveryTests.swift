import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

@Suite struct LedgerRecoveryTests {
  /// A ledger of some size, signed, and what was absorbed.
  private func signed(segmentLimit: Int64 = LedgerWriter.segmentBytes) throws -> (TestLedger, [Message], Records) {
    let ledger = try TestLedger(segmentLimit: segmentLimit)
    var records = Records()
    var messages = (0..<120).flatMap { records.automaticCase($0) }
    messages.append(
      records.make(.verdicts, type: CaseJudged.type, subject: Records.caseID(3), facts: [(.sources, String(repeating: "s,", count: 1_200))]))
    for start in stride(from: 0, to: messages.count, by: 50) { try ledger.absorb(Array(messages[start...].prefix(50))) }
    try ledger.sign()
    return (ledger, messages, records)
  }

  @Test func anEmptyDatabaseIsFilledFromTheLedger() throws {
    for limit in [LedgerWriter.segmentBytes, 60_000] {
      var (ledger, messages, records) = try signed(segmentLimit: limit)
      let fresh = try SQLiteStore(path: ":memory:", readers: 0)
      try fresh.migrate(Tables.migrations)
      ledger.restart(segmentLimit: limit)
      // The topics give all records again; none is added twice.
      try ledger.absorb(messages, into: fresh)
      #expect(try ledger.extent(fresh) == ledger.extent())
      #expect(try ledger.digest(fresh) == ledger.digest(ledger.store))
      try ledger.absorb(records.automaticCase(500), into: fresh)
      #expect(try ledger.extent(fresh)?.size == 606)
    }
  }

  @Test func aFailedTransactionDuringRecoveryCostsNothing() throws {
    let (ledger, messages, _) = try signed()
    let fresh = try SQLiteStore(path: ":memory:", readers: 0)
    try fresh.migrate(Tables.migrations)
    ledger.restart()
    let absorber = ledger.absorber
    struct Failed: Error {}
    #expect(throws: Failed.self) {
      try fresh.transaction { transaction in
        try absorber.absorb(Array(messages.prefix(3)), in: transaction)
        throw Failed()
      }
    }
    try ledger.absorb(messages, into: fresh)
    #expect(try ledger.extent(fresh) == ledger.extent())
  }

  @Test func aLedgerThatIsShorterThanItsCheckpointIsRefused() throws {
    let (ledger, messages, _) = try signed()
    let fresh = try SQLiteStore(path: ":memory:", readers: 0)
    try fresh.migrate(Tables.migrations)
    ledger.restart()
    var file = try AppendFile(ledger.paths.leaves(1))
    try file.cut(to: file.length - 10)
    let error = #expect(throws: StoreError.self) { try ledger.absorb(messages, into: fresh) }
    #expect(error?.kind == .damaged)
    #expect(try ledger.extent(fresh) == nil)
  }

  @Test func aCheckpointOfAnotherKeyIsRefused() throws {
    let (ledger, messages, _) = try signed()
    let other = try NoteSigner(name: "test/audit", seed: [UInt8](repeating: 4, count: 32))
    ledger.restart()
    ledger.absorber = LedgerAbsorber(folder: ledger.folder, signer: other.verifier) { 0 }
    let error = #expect(throws: StoreError.self) { try ledger.absorb(messages) }
    #expect(error?.kind == .damaged)
  }

  @Test func aLedgerSmallerThanWhatWasPublishedIsNotContinued() throws {
    let ledger = try TestLedger()
    var records = Records()
    let published = Checkpoint(origin: "test/audit", size: 9, root: .empty)
    ledger.absorber = LedgerAbsorber(folder: ledger.folder, signer: ledger.signer.verifier, published: { published }) { 0 }
    let messages = records.automaticCase(0)
    let error = #expect(throws: StoreError.self) { try ledger.absorb(messages) }
    #expect(error?.kind == .damaged)
    #expect(try ledger.extent() == nil)
  }
}
