import Foundation
import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

@Suite struct LedgerFileTests {
  @Test func whatIsAbsorbedCanBeReadAndProved() throws {
    let ledger = try TestLedger()
    var records = Records()
    let messages = (0..<200).flatMap { records.automaticCase($0, body: "{\"n\":\($0)}") }
    for start in stride(from: 0, to: messages.count, by: 170) { try ledger.absorb(Array(messages[start...].prefix(170))) }
    let extent = try #require(try ledger.extent())
    #expect(extent.size == 1_000)
    let prover = HashReader(paths: ledger.paths).prover
    for position in [0, 1, 255, 256, 511, 700, 999] as [Int64] {
      let (leaf, content) = try ledger.leaf(position)
      let message = messages[Int(position)]
      #expect(leaf.topic == message.source.topic)
      #expect(leaf.offset == UInt64(message.offset))
      #expect(leaf.text("ce_type") == message.frame.text("ce_type"))
      #expect(content?.bytes == message.frame.body.map { Array($0) })
      #expect(content?.matches(leaf) == true)
      let proof = try prover.inclusion(of: UInt64(position), size: extent.tree.size)
      try verifyInclusion(of: leaf.hash, at: UInt64(position), size: extent.tree.size, root: extent.tree.root, proof: proof)
    }
    let proof = try prover.consistency(from: 340, to: 1_000)
    try verifyConsistency(
      from: (340, prover.root(size: 340)), to: (1_000, extent.tree.root), proof: proof)
  }

  @Test func recordsWithLargeHeadersAndTombstonesAreKeptWhole() throws {
    let ledger = try TestLedger()
    var records = Records()
    let large = records.make(
      .verdicts, type: CaseJudged.type, subject: Records.caseID(1),
      facts: [(.reasons, String(repeating: "r", count: 1_000)), (.sources, String(repeating: "s", count: 1_500))], body: "{\"a\":1}")
    let tombstone = records.make(.reviews, type: "countersign.task.closed.v1", subject: Records.caseID(1), body: nil)
    try ledger.absorb([large, tombstone])
    let (leaf, content) = try ledger.leaf(0)
    #expect(leaf.kind == .whole)
    #expect(content?.bytes == Array(large.frame.bytes))
    #expect(content?.matches(leaf) == true)
    let (closed, nothing) = try ledger.leaf(1)
    #expect(nothing?.bytes == nil)
    #expect(nothing?.matches(closed) == true)
  }

  @Test func aTransactionThatFailsLeavesNoTrace() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.automaticCase(0))
    let before = try #require(try ledger.extent())
    struct Failed: Error {}
    let lost = records.automaticCase(1)
    #expect(throws: Failed.self) {
      let absorber = ledger.absorber
      try ledger.store.transaction { transaction in
        try absorber.absorb(lost, in: transaction)
        throw Failed()
      }
    }
    #expect(try ledger.extent() == before)
    // The same records come again, in other company: one tree for each size.
    try ledger.absorb(Array(lost.prefix(2)))
    try ledger.absorb(Array(lost.dropFirst(2)))
    #expect(try ledger.extent()?.size == 10)
    #expect(try ledger.leaf(9).0.text("ce_type") == CaseEnded.type)
    try checkWhole(ledger)
  }

  @Test func aTailThatWasNeverCommittedIsCutOffAtTheStart() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.automaticCase(0))
    for path in [ledger.paths.leaves(1), ledger.paths.contents(1), ledger.paths.hashes(0)] {
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("half a record".utf8))
      try handle.close()
    }
    ledger.restart()
    try ledger.absorb(records.automaticCase(1))
    try checkWhole(ledger)
  }

  @Test func hashesThatACrashCostAreMadeAnew() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb((0..<150).flatMap { records.automaticCase($0) })
    try FileManager.default.removeItem(atPath: ledger.folder + "/hashes")
    ledger.restart()
    try ledger.absorb(records.automaticCase(150))
    try checkWhole(ledger)
  }

  @Test func oneChangedByteIsFoundAtTheStart() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb((0..<60).flatMap { records.automaticCase($0) })
    let url = URL(fileURLWithPath: ledger.paths.leaves(1))
    var bytes = try Data(contentsOf: url)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: url)
    ledger.restart()
    let next = records.automaticCase(60)
    let error = #expect(throws: StoreError.self) { try ledger.absorb(next) }
    #expect(error?.kind == .damaged)
    #expect(error?.description.contains("segments") == true)
  }

  @Test func missingBytesAreFoundAtTheStart() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.automaticCase(0))
    try FileHandle(forWritingAtPath: ledger.paths.leaves(1))?.truncate(atOffset: 40)
    ledger.restart()
    let next = records.automaticCase(1)
    let error = #expect(throws: StoreError.self) { try ledger.absorb(next) }
    #expect(error?.kind == .damaged)
  }

  @Test func segmentsFollowEachOther() throws {
    let ledger = try TestLedger(segmentLimit: 100_000)
    var records = Records()
    for number in 0..<300 { try ledger.absorb(records.automaticCase(number, body: String(repeating: "x", count: 300))) }
    let extent = try #require(try ledger.extent())
    #expect(extent.segment > 3)
    try checkWhole(ledger)
    ledger.restart(segmentLimit: 100_000)
    try ledger.absorb(records.automaticCase(300))
    try checkWhole(ledger)
  }

  @Test func theFolderOfAnotherDatabaseIsRefused() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.automaticCase(0))
    let other = try TestLedger()
    var others = Records()
    try other.absorb(others.automaticCase(0))
    ledger.restart()
    let next = others.automaticCase(1)
    let error = #expect(throws: StoreError.self) { try ledger.absorb(next, into: other.store) }
    #expect(error?.kind == .damaged)
  }

  @Test func aSecondProcessMayNotWrite() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb(records.automaticCase(0))
    let error = #expect(throws: StoreError.self) { try LedgerFolder(ledger.folder) }
    #expect(error?.kind == .unavailable)
  }

  /// Every leaf and content is there and all together give the root.
  private func checkWhole(_ ledger: TestLedger) throws {
    let extent = try #require(try ledger.extent())
    var tree = CompactRange()
    for position in 0..<extent.size {
      let (leaf, content) = try ledger.leaf(position)
      #expect(content?.matches(leaf) == true, "content of \(position)")
      tree.append(leaf.hash)
    }
    #expect(tree == extent.tree)
    #expect(try HashReader(paths: ledger.paths).prover.root(size: extent.tree.size) == extent.tree.root)
  }
}
