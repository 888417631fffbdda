import Testing

@testable import Storage

@Suite struct KeyFilters {
  private func hashes(_ numbers: Range<Int>) -> [UInt64] { numbers.map { Key(key($0)).filterHash } }

  @Test func aFilterKnowsItsOwnAndSeldomSuspectsOthers() throws {
    let length = 4_096, bits = KeySetShape(runLength: length).filterBits
    var filter = KeyFilter(bits: bits)
    for run in 0..<64 {
      let own = hashes(run * length..<(run + 1) * length)
      #expect(filter.add(KeyFilter.filter(of: own, bits: bits)) == run)
    }
    #expect(filter.isFull && filter.add(KeyFilter.filter(of: [], bits: bits)) == nil)
    for run in 0..<64 {
      for hash in hashes(run * length..<run * length + 200) { #expect(filter.suspects(hash) & 1 << UInt64(run) != 0) }
    }
    let strangers = hashes(1_000_000..<1_010_000)
    let suspected = strangers.reduce(0) { $0 + filter.suspects($1).nonzeroBitCount }
    #expect(Double(suspected) / Double(strangers.count * 64) < 0.002)

    filter.remove(column: 7)
    #expect(hashes(7 * length..<8 * length).allSatisfy { filter.suspects($0) & 1 << 7 == 0 })
    #expect(filter.add(KeyFilter.filter(of: hashes(0..<1), bits: bits)) == 7)
    #expect(filter.add([0]) == nil)
  }

  /// Equal hashes may fill more than a page, and what lies at the edges of pages is found too.
  @Test func anIndexFindsAllEntriesOfAHash() {
    var words: [UInt64] = []
    for hash: UInt64 in [0, 1, 5, 5, 9, 0xFFFF_FFFF] {
      for _ in 0..<400 { words.append(hash << 32 | UInt64(words.count)) }
    }
    let (pages, fences) = KeyIndex.pages(words)
    #expect(pages.count == 5 && fences.count == 5 && KeyFences(bytes: fences.bytes).count == 5)
    for hash: UInt32 in [0, 1, 2, 5, 9, 10, .max] {
      var found: [UInt32] = []
      var page = fences.firstPage(for: hash)
      while page < pages.count {
        let (offsets, ends) = KeyIndex.offsets(of: hash, in: pages[page])
        found += offsets
        if ends { break }
        page += 1
      }
      #expect(found == words.filter { $0 >> 32 == UInt64(hash) }.map { UInt32(truncatingIfNeeded: $0) })
    }
  }

  @Test func aBlockThatIsCutShortIsNoticed() throws {
    var block: [UInt8] = []
    let entries = [entry(1, ""), entry(2, String(repeating: "v", count: 64), at: .min), entry(3, at: .max)]
    for entry in entries { KeyBlock.append(entry, to: &block) }
    #expect((0..<3).map { KeyBlock.entry($0, of: block) } == entries)
    #expect(KeyBlock.entry(3, of: block) == nil && KeyBlock.entry(-1, of: block) == nil)
    for count in 0..<block.count {
      let cut = Array(block.prefix(count))
      #expect(KeyBlock.entry(2, of: cut) == nil)
      var seen = 0
      let whole = kind { try KeyBlock.forEach(cut, or: StoreError(.damaged, "cut")) { _, _ in seen += 1 } } == nil
      #expect(whole == [0, 25, 114].contains(count) && seen < 3)
    }
  }

  /// Damage in a file is an error, never a trap.
  @Test func damageIsReported() throws {
    let damages = [
      "DELETE FROM ids__blocks WHERE first = (SELECT min(first) FROM ids__blocks)",
      "UPDATE ids__blocks SET body = x'0102'", "UPDATE ids__index SET body = x''", "UPDATE ids__index SET body = x'00'",
      "DELETE FROM ids__index", "UPDATE ids__runs SET filter = x'00' WHERE run = 1", "DELETE FROM ids__runs",
      "UPDATE ids__runs SET count = -5 WHERE run = 1", "UPDATE ids__runs SET first = 9223372036854775807",
      "UPDATE ids__runs SET count = 0", "UPDATE ids__blocks SET first = first + 1 WHERE first > 500",
    ]
    for damage in damages {
      let store = try SQLiteStore(path: ":memory:", readers: 0, keySetShape: KeySetShape(runLength: 64))
      try store.migrate(schema)
      let entries = (0..<300).map { entry($0) }
      for start in stride(from: 0, to: 300, by: 50) {
        _ = try store.transaction { try $0.claim("ids", Array(entries[start..<start + 50])) }
      }
      _ = try store.transaction { try $0.execute(damage, []) }
      let snapshot = try store.snapshot()
      let shape = KeySetShape(runLength: 64)
      let damaged = try SQLiteStore(path: ":memory:", readers: 0, keySetShape: shape, snapshot: snapshot)
      let outcomes = [
        kind { _ = try damaged.transaction { try $0.claim("ids", entries) } },
        kind { _ = try damaged.read { try $0.find("ids", entries.map(\.key)) } },
      ]
      if damage.contains("> 500") {
        #expect(outcomes == [nil, nil])
      } else {
        #expect(outcomes[0] == .damaged || outcomes[1] == .damaged, "\(damage): \(outcomes)")
      }
      #expect(outcomes.allSatisfy { $0 == nil || $0 == .damaged }, "\(damage): \(outcomes)")
    }
  }
}
