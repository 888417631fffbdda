import Foundation
import Ledger
import Messaging
import Storage
import Testing
import Wire

@testable import countersign_audit

/// A process that dies at any byte of an append: whatever part of it was written is cut off again, and what was committed stays.
@Suite struct AppendCutTests {
  @Test func fiveHundredCutsLoseNothingAndNeverMakeTwoTreesOfOneSize() throws {
    for seed in UInt64(0)..<10 { try live(seed, cuts: 50) }
  }

  private struct Died: Error {}

  /// In a function of its own: whoever still holds the absorber holds the folder's lock.
  private func die(_ ledger: TestLedger, _ batch: [Message]) throws {
    let absorber = ledger.absorber
    try ledger.store.transaction { transaction in
      try absorber.absorb(batch, in: transaction)
      throw Died()
    }
  }

  private func live(_ seed: UInt64, cuts: Int) throws {
    var generator = SplitMix64(seed: seed)
    let ledger = try TestLedger(segmentLimit: 40_000)
    var records = Records()
    var committed: [Message] = []
    var roots: [UInt64: TreeHash] = [:]
    for round in 0..<cuts {
      let id = Int(seed) * 1_000 + round
      var batch = records.automaticCase(id, body: "{\"x\":\"\(String(repeating: "y", count: Int(generator.next() % 600)))\"}")
      // Some of it comes in one batch, the rest in the next, other cuts or not.
      if generator.next() % 3 == 0 {
        let count = Int(generator.next() % 5)
        try ledger.absorb(Array(batch.prefix(count)))
        committed += batch.prefix(count)
        batch.removeFirst(count)
      }
      let before = try ledger.extent() ?? Extent(ledger: "")
      #expect(throws: Died.self) { try die(ledger, batch) }
      try cut(ledger, before, &generator)
      ledger.restart(segmentLimit: 40_000)
      try ledger.absorb(batch)
      committed += batch
      let extent = try #require(try ledger.extent())
      #expect(extent.size == Int64(committed.count), "seed \(seed), cut \(round)")
      if let known = roots[extent.tree.size] { #expect(known == extent.tree.root) }
      roots[extent.tree.size] = extent.tree.root
      if generator.next() % 7 == 0 { try ledger.sign() }
    }
    // Every record is there, in its order, and each tree that ever stood is the beginning of the last one.
    let last = try #require(try ledger.extent())
    var tree = CompactRange()
    let reader = LedgerReader(ledger.paths)
    try ledger.store.read { transaction in
      for number in 0...(last.size / 256) where number * 256 < last.size {
        for bytes in try reader.bundle(number, last, transaction).leaves {
          let leaf = try #require(Leaf(bytes))
          let message = committed[Int(tree.size)]
          #expect(leaf.topic == message.source.topic && leaf.offset == UInt64(message.offset))
          tree.append(leaf.hash)
          if let root = roots[tree.size] { #expect(root == tree.root, "seed \(seed), size \(tree.size)") }
        }
      }
    }
    #expect(tree == last.tree)
    let prover = HashReader(paths: ledger.paths).prover
    for size in roots.keys.sorted().prefix(20) {
      try verifyConsistency(
        from: (size, try #require(roots[size])), to: (last.tree.size, last.tree.root), proof: prover.consistency(from: size, to: last.tree.size))
    }
  }

  /// What a crash may leave of files: any part of what was written behind the committed end, or something else of that length; of hashes,
  /// which are not synced, any part.
  private func cut(_ ledger: TestLedger, _ extent: Extent, _ generator: inout SplitMix64) throws {
    for (folder, committed) in [("segments", extent.leafBytes), ("content", extent.contentBytes)] {
      for segment in [extent.segment, extent.segment + 1] {
        let path = folder == "segments" ? ledger.paths.leaves(segment) : ledger.paths.contents(segment)
        guard let handle = FileHandle(forWritingAtPath: path) else { continue }
        let length = Int64(try handle.seekToEnd())
        let floor = segment == extent.segment ? committed : 0
        guard length > floor else { continue }
        let keep = floor + Int64(generator.next() % UInt64(length - floor + 1))
        try handle.truncate(atOffset: UInt64(keep))
        if generator.next() % 4 == 0 { try handle.write(contentsOf: Data((0..<17).map { _ in UInt8(generator.next() & 255) })) }
        try handle.close()
      }
    }
    for level in 0..<2 {
      guard let handle = FileHandle(forWritingAtPath: ledger.paths.hashes(level)) else { continue }
      let length = try handle.seekToEnd()
      try handle.truncate(atOffset: generator.next() % (length + 1))
      try handle.close()
    }
  }

  /// `countersign audit rebuild`: the index thrown away and made anew is the same, row for row.
  @Test func theIndexMadeAnewIsTheSame() throws {
    let ledger = try TestLedger(segmentLimit: 50_000)
    var records = Records()
    for number in 0..<120 { try ledger.absorb(records.automaticCase(number)) }
    try ledger.absorb([
      records.make(Service.policy.dead, type: "countersign.message.dead.v1", subject: Records.caseID(9), facts: [(.reasons, "foreign")],
        body: #"{"topic":"decisions","partition":1,"offset":44,"code":"foreign","reason":"without our seal"}"#)
    ])
    try ledger.sign()
    let (before, extent) = (try ledger.digest(ledger.store), try #require(try ledger.extent()))
    try ledger.store.transaction { transaction in
      for table in ["bundles"] + Reindex.tables.map(\.name) { _ = try transaction.execute("DELETE FROM \(table)", []) }
      _ = try transaction.execute("UPDATE ledger SET size = 0, hashes = ?, segment = 1, leaf_bytes = 0, content_bytes = 0", [.blob([])])
    }
    ledger.restart(segmentLimit: 50_000)
    try ledger.absorb([])
    #expect(try ledger.digest(ledger.store) == before)
    #expect(try ledger.extent() == extent)
    #expect(try ledger.stream(.decisions, 1)?.foreign == 1)
  }
}
