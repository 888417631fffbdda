import Testing

@testable import Storage

private struct Stop: Error {}

/// Runs of 64 keys, so that these pass through dozens of them.
private let short = 64

@Suite struct StoreContractKeySets {
  @Test(arguments: Engine.allCases) func aKeyIsTakenOnce(_ engine: Engine) throws {
    try withStore(engine, runLength: short) { store in
      var held: [Int: KeyEntry] = [:]
      var random = SplitMix(state: 7)
      for round in 0..<60 {
        // Numbers repeat within a call and between calls.
        let numbers = (0..<50).map { _ in Int(random.next() % 2_500) }
        let entries = numbers.map { entry($0, "round-\(round)-\($0)", at: Int64(round)) }
        let answers = try store.transaction { try $0.claim("ids", entries) }
        for (number, (entry, answer)) in zip(numbers, zip(entries, answers)) {
          #expect(answer == held[number])
          if held[number] == nil { held[number] = entry }
        }
      }
      let all = (0..<2_500).map { $0 }
      let expected = all.map { held[$0] }
      #expect(try store.transaction { try $0.find("ids", all.map(key)) } == expected)
      #expect(try store.read { try $0.find("ids", all.map(key)) } == expected)
    }
  }

  @Test(arguments: Engine.allCases) func aRolledBackClaimIsForgotten(_ engine: Engine) throws {
    try withStore(engine, runLength: short) { store throws in
      var next = 0
      for count in [1, 10, 63, 64, 65, 200] {
        let entries = (next..<next + count).map { entry($0) }
        #expect(throws: Stop.self) {
          try store.transaction { transaction throws in
            #expect(try transaction.claim("ids", entries).allSatisfy { $0 == nil })
            #expect(try transaction.claim("ids", entries) == entries)
            throw Stop()
          }
        }
        #expect(try store.transaction { try $0.find("ids", entries.map(\.key)) }.allSatisfy { $0 == nil })
        #expect(try store.transaction { try $0.claim("ids", entries) }.allSatisfy { $0 == nil })
        next += count
      }
      let all = (0..<next).map { entry($0) }
      #expect(try store.transaction { try $0.claim("ids", all) } == all)
    }
  }

  @Test(arguments: Engine.allCases) func expiryNeverDropsAKeyTooSoon(_ engine: Engine) throws {
    try withStore(engine, runLength: short) { store in
      for start in stride(from: 0, to: 1_000, by: 100) {
        _ = try store.transaction { try $0.claim("ids", (start..<start + 100).map { entry($0) }) }
      }
      #expect(throws: Stop.self) {
        try store.transaction { transaction in
          try transaction.expire("ids", before: 500)
          throw Stop()
        }
      }
      let all = (0..<1_000).map { entry($0) }
      #expect(try store.transaction { try $0.find("ids", all.map(\.key)) } == all)

      try store.transaction { try $0.expire("ids", before: 500) }
      let left = try store.transaction { try $0.find("ids", all.map(\.key)) }
      #expect(Array(left[500...]) == Array(all[500...]))
      // All but the run at the edge.
      #expect(left.prefix(500 - short).allSatisfy { $0 == nil })
      #expect(try store.read { try $0.find("ids", all.map(\.key)) } == left)

      // What has gone can be taken anew, and the rest still cannot.
      let again = all.map { entry(Int($0.at), "again", at: 2_000) }
      #expect(try store.transaction { try $0.claim("ids", again) } == left)
    }
  }

  @Test(arguments: Engine.shared) func reopeningChangesNothing(_ engine: Engine) throws {
    try withDatabase(engine) { database in
      var known: [KeyEntry] = []
      for round in 0..<6 {
        let store = try database.open(runLength: short)
        defer { store.close() }
        try store.migrate(schema)
        #expect(try store.transaction { try $0.claim("ids", known) } == known)
        let new = (round * 150..<round * 150 + 150).map { entry($0) }
        #expect(try store.transaction { try $0.claim("ids", new) }.allSatisfy { $0 == nil })
        if round == 3 { try store.transaction { try $0.expire("ids", before: 100) } }
        known = try store.transaction { try $0.find("ids", (known + new).map(\.key)) }.compactMap { $0 }
      }
      #expect(known.count >= 800)
    }
  }

  @Test(arguments: Engine.shared) func aReaderSeesItsSnapshot(_ engine: Engine) throws {
    try withStore(engine, runLength: short) { store in
      let first = (0..<100).map { entry($0) }, later = (100..<400).map { entry($0) }
      _ = try store.transaction { try $0.claim("ids", first) }
      try store.read { reader in
        #expect(try reader.find("ids", first.map(\.key)) == first)
        // The writer seals runs and drops some meanwhile.
        _ = try store.transaction { try $0.claim("ids", later) }
        try store.transaction { try $0.expire("ids", before: 64) }
        #expect(try reader.find("ids", first.map(\.key)) == first)
        #expect(try reader.find("ids", later.map(\.key)).allSatisfy { $0 == nil })
      }
    }
  }

  @Test(arguments: Engine.allCases) func ofManyWhoClaimAKeyOneGetsIt(_ engine: Engine) throws {
    try withStore(engine, runLength: short) { store in
      try concurrently(4) { thread in
        for round in 0..<20 {
          let numbers = (0..<40).map { round * 40 + $0 }
          let entries = (thread % 2 == 0 ? numbers : numbers.reversed()).map { entry($0, "thread-\(thread)") }
          try untilDone(store) { transaction in
            let answers = try transaction.claim("ids", entries)
            let won = zip(entries, answers).filter { $0.1 == nil }.map { $0.0 }
            try transaction.insert(journal, won.map(line))
          }
        }
      }
      let winners = try store.read { try $0.query("SELECT line FROM journal", []) }
      let held = try store.transaction { try $0.find("ids", (0..<800).map(key)) }
      let expected = held.compactMap { $0 }.map(line)
      #expect(expected.count == 800 && winners.count == 800)
      #expect(Set(winners) == Set(expected))
    }
  }

  private func line(_ entry: KeyEntry) -> Row {
    [.text("\(entry.at) \(String(decoding: entry.value, as: UTF8.self))")]
  }
}

/// The generator of Steele, Lea and Flood's "Fast splittable pseudorandom number generators".
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
