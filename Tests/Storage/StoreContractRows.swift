import Testing

@testable import Storage

@Suite struct StoreContractRows {
  @Test(arguments: Engine.allCases) func rowsComeBackAsTheyWentIn(_ engine: Engine) throws {
    try withStore(engine) { store in
      let rows: [Row] = [
        [.text("a"), .integer(.max), .real(-0.0), .null, .blob([])],
        [.text(""), .integer(.min), .real(.infinity), .text("é ≠ e\u{301} 👩‍⚖️ \u{10FFFF}"), .blob([0, 255, 0])],
        [.text("ü"), .integer(0), .null, .text(""), .blob(Array(0...255))],
        [.text("u\u{308}"), .integer(-1), .real(.leastNonzeroMagnitude), .text("'; DROP TABLE cases; --"), .blob([39])],
      ]
      try store.transaction { try $0.insert(cases, rows) }
      let wanted = rows.reversed().map { [$0[0]] } + [[.text("none")]]
      let loaded = try store.read { try $0.load(cases, wanted) }
      #expect(loaded == rows.reversed() + [nil])
      // Swift holds the two forms of ü equal, the database must not.
      #expect(try store.read { try $0.query("SELECT count(*) FROM cases", []) } == [[.integer(4)]])
      #expect(loaded[0]?[1] == .integer(-1) && loaded[1]?[1] == .integer(0))
    }
  }

  @Test(arguments: Engine.allCases) func upsertReplacesTheWholeRow(_ engine: Engine) throws {
    try withStore(engine) { store in
      try store.transaction { try $0.upsert(cases, [row("a", 1, note: "n"), row("b", 1)]) }
      try store.transaction { try $0.upsert(cases, [row("a", 2), row("c", 3)]) }
      let loaded = try store.read { try $0.load(cases, keys(["a", "b", "c"])) }
      #expect(loaded == [row("a", 2), row("b", 1), row("c", 3)])
    }
  }

  @Test(arguments: Engine.allCases) func keysOfSeveralColumns(_ engine: Engine) throws {
    try withStore(engine) { store in
      let rows: [Row] = [
        [.text("b"), .integer(2), .blob([1])], [.text("a"), .integer(2), .blob([2])],
        [.text("a"), .integer(1), .blob([3])],
      ]
      try store.transaction { try $0.insert(outbox, rows) }
      try store.transaction { transaction in
        let wanted: [Row] = [[.text("b"), .integer(2)], [.text("b"), .integer(1)], [.text("a"), .integer(1)]]
        let locked = try transaction.lock(outbox, wanted)
        #expect(locked == [rows[0], nil, rows[2]])
        try transaction.delete(outbox, [[.text("a"), .integer(2)], [.text("x"), .integer(9)]])
      }
      let left = try store.read { try $0.query("SELECT topic, number FROM outbox ORDER BY topic, number", []) }
      #expect(left == [[.text("a"), .integer(1)], [.text("b"), .integer(2)]])
    }
  }

  @Test(arguments: Engine.allCases) func textSortsByItsBytes(_ engine: Engine) throws {
    try withStore(engine) { store in
      let ids = ["b", "B", "a", "ä", "Z", "_", "0", "\u{1F600}", "\u{FFFD}"]
      try store.transaction { try $0.insert(cases, ids.map { row($0) }) }
      let sorted = try store.read { try $0.query("SELECT id FROM cases ORDER BY id", []) }
      #expect(sorted == ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { [.text($0)] })
    }
  }

  @Test(arguments: Engine.allCases) func tenThousandRowsInOneCall(_ engine: Engine) throws {
    try withStore(engine) { store in
      let count = 10_000
      let rows = (0..<count).map { row("case-\($0)", Int64($0), note: $0 % 3 == 0 ? "note \($0)" : nil) }
      try store.transaction { try $0.upsert(cases, rows) }
      let ids = rows.map { [$0[0]] }
      #expect(try store.transaction { try $0.lock(cases, ids) } == rows)
      try store.transaction { try $0.delete(cases, Array(ids.prefix(count - 1))) }
      #expect(try store.read { try $0.query("SELECT id FROM cases", []) } == [[.text("case-\(count - 1)")]])
    }
  }

  @Test(arguments: Engine.allCases) func aBlobOfFourMebibytes(_ engine: Engine) throws {
    try withStore(engine) { store in
      let body = (0..<4 << 20).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
      let row: Row = [.text("t"), .integer(1), .blob(body)]
      try store.transaction { try $0.upsert(outbox, [row]) }
      #expect(try store.read { try $0.load(outbox, [[.text("t"), .integer(1)]]) } == [row])
      #expect(try store.read { try $0.query("SELECT body FROM outbox", []) } == [[.blob(body)]])
    }
  }

  @Test(arguments: Engine.allCases) func nothingToDoIsDone(_ engine: Engine) throws {
    try withStore(engine) { store in
      try store.transaction { transaction in
        #expect(try transaction.lock(cases, []).isEmpty && transaction.load(cases, []).isEmpty)
        #expect(try transaction.claim("ids", []).isEmpty && transaction.find("ids", []).isEmpty)
        try transaction.upsert(cases, [])
        try transaction.insert(cases, [])
        try transaction.delete(cases, [])
      }
    }
  }

  @Test(arguments: Engine.allCases) func aTableWithoutKeyTakesRowsOnly(_ engine: Engine) throws {
    try withStore(engine) { store in
      try store.transaction { try $0.insert(journal, [[.text("x")], [.text("x")]]) }
      #expect(try store.read { try $0.query("SELECT line FROM journal", []) } == [[.text("x")], [.text("x")]])
      #expect(kind { try store.transaction { try $0.upsert(journal, [[.text("x")]]) } } == .refused)
      #expect(kind { _ = try store.transaction { try $0.load(journal, [[]]) } } == .refused)
    }
  }
}
