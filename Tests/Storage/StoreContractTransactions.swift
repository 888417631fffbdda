import Testing

@testable import Storage

private struct Stop: Error {}

@Suite struct StoreContractTransactions {
  @Test(arguments: Engine.allCases) func whatThrowsLeavesNothing(_ engine: Engine) throws {
    try withStore(engine) { store in
      #expect(throws: Stop.self) {
        try store.transaction { transaction in
          try transaction.insert(cases, [row("a")])
          #expect(try transaction.load(cases, keys(["a"])) == [row("a")])
          _ = try transaction.claim("ids", [entry(1)])
          throw Stop()
        }
      }
      try store.transaction { transaction throws in
        #expect(try transaction.load(cases, keys(["a"])) == [nil])
        #expect(try transaction.claim("ids", [entry(1)]) == [nil])
      }
    }
  }

  /// As PostgreSQL has it, so that no body comes to rely on SQLite's way.
  @Test(arguments: Engine.allCases) func anErrorDoomsTheTransaction(_ engine: Engine) throws {
    try withStore(engine) { store throws in
      let outcome = kind {
        try store.transaction { transaction in
          try transaction.insert(cases, [row("a")])
          try? transaction.insert(cases, [row("b"), row("a")])
          #expect(kind { _ = try transaction.load(cases, keys(["a"])) } == .refused)
        }
      }
      #expect(outcome == .refused)
      #expect(try store.read { try $0.load(cases, keys(["a", "b"])) } == [nil, nil])
    }
  }

  @Test(arguments: Engine.allCases) func theServerIsNamedAlikeUntilItIsAnotherOne(_ engine: Engine) throws {
    var names: Set<String> = []
    try withStore(engine) { store in for _ in 0..<3 { names.insert(try store.transaction { try $0.server() }) } }
    #expect(names.count == 1 && names.first?.isEmpty == false)
    if engine != .postgres {
      try withStore(engine) { store in names.formUnion([try store.transaction { try $0.server() }]) }
    }
    #expect(names.count == (engine == .postgres ? 1 : 2))
  }

  @Test(arguments: Engine.allCases) func aTransactionEndsWithItsBody(_ engine: Engine) throws {
    try withStore(engine) { store in
      var kept: (any StoreTransaction)?
      try store.transaction { kept = $0 }
      #expect(kind { try kept?.insert(cases, [row("a")]) } == .refused)
      #expect(try store.read { try $0.load(cases, keys(["a"])) } == [nil])
    }
  }

  @Test(arguments: Engine.allCases) func noTransactionInsideAnother(_ engine: Engine) throws {
    try withStore(engine) { store in
      try store.transaction { _ in
        #expect(kind { try store.transaction { _ in } } == .refused)
      }
      try store.read { _ in
        #expect(kind { try store.read { _ in } } == .refused)
      }
    }
  }

  @Test(arguments: Engine.allCases) func afterClosingItIsUnavailable(_ engine: Engine) throws {
    try withStore(engine) { store in
      store.close()
      store.close()
      #expect(kind { try store.transaction { _ in } } == .unavailable)
      #expect(kind { try store.read { _ in } } == .unavailable)
      #expect(kind { try store.migrate(schema) } == .unavailable)
    }
  }

  @Test(arguments: Engine.shared) func whatIsCommittedIsThereAfterReopening(_ engine: Engine) throws {
    try withDatabase(engine) { database in
      let first = try database.open()
      try first.migrate(schema)
      try first.transaction { transaction in
        try transaction.insert(cases, [row("a", 7, note: "n")])
        _ = try transaction.claim("ids", [entry(1), entry(2)])
      }
      first.close()
      let second = try database.open()
      defer { second.close() }
      try second.migrate(schema)
      try second.transaction { transaction throws in
        #expect(try transaction.load(cases, keys(["a"])) == [row("a", 7, note: "n")])
        #expect(try transaction.claim("ids", [entry(3), entry(2, "other")]) == [nil, entry(2)])
      }
    }
  }

  @Test(arguments: Engine.shared) func readingIsOneSnapshotAndDoesNotWait(_ engine: Engine) throws {
    try withStore(engine) { store in
      try store.transaction { try $0.insert(cases, [row("a")]) }
      try store.transaction { transaction in
        try transaction.upsert(cases, [row("a", 2), row("b")])
        // The writer is at work, and a reader sees what is committed.
        #expect(try store.read { try $0.load(cases, keys(["a", "b"])) } == [row("a"), nil])
      }
      try store.read { reader in
        #expect(try reader.load(cases, keys(["a"])) == [row("a", 2)])
        try store.transaction { try $0.upsert(cases, [row("a", 3)]) }
        #expect(try reader.load(cases, keys(["a"])) == [row("a", 2)])
      }
      #expect(try store.read { try $0.load(cases, keys(["a"])) } == [row("a", 3)])
    }
  }

  @Test(arguments: Engine.allCases) func whoeverLocksLosesNoUpdate(_ engine: Engine) throws {
    try withStore(engine) { store in
      let ids = (0..<5).map { "lane-\($0)" }
      try store.transaction { try $0.insert(cases, ids.map { row($0, 0) }) }
      try concurrently(4) { thread in
        // Each asks in another order; the store locks in one.
        let mine = Array(ids[thread...] + ids[..<thread])
        for _ in 0..<50 {
          try untilDone(store) { transaction in
            let rows = try transaction.lock(cases, keys(mine)).compactMap { $0 }
            try transaction.upsert(cases, try rows.map { [$0[0], .integer(try $0[1].integer() + 1), $0[2], $0[3], $0[4]] })
          }
        }
      }
      let rows = try store.read { try $0.load(cases, keys(ids)) }
      #expect(rows == ids.map { row($0, 200) })
    }
  }
}
