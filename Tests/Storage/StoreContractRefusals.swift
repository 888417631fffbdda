import Testing

@testable import Storage

@Suite struct StoreContractRefusals {
  @Test(arguments: Engine.allCases) func dataThatTheSchemaForbids(_ engine: Engine) throws {
    try withStore(engine) { store in
      try store.transaction { try $0.insert(cases, [row("a", note: "taken"), row("b")]) }
      let refused: [[Row]] = [
        [row("a")],
        [row("c", note: "taken")],
        [row("c"), row("c")],
        [[.null, .integer(1), .null, .null, .blob([])]],
        [[.text("c"), .null, .null, .null, .blob([])]],
        [[.text("c"), .text("1"), .null, .null, .blob([])]],
        [[.text("c"), .integer(1), .integer(1), .null, .blob([])]],
        [[.text("c"), .integer(1), .real(.nan), .null, .blob([])]],
        [[.text("c\0"), .integer(1), .null, .null, .blob([])]],
        [[.text("c"), .integer(1), .null, .null]],
        [[.text("c"), .integer(1), .null, .null, .blob([]), .null]],
        [[]],
      ]
      for rows in refused {
        #expect(kind { try store.transaction { try $0.insert(cases, rows) } } == .refused, "\(rows)")
      }
      // An upsert may replace the row of its key, but no other row that stands in its way.
      #expect(kind { try store.transaction { try $0.upsert(cases, [row("b", note: "taken")]) } } == .refused)
      #expect(try store.read { try $0.load(cases, keys(["a", "b", "c"])) } == [row("a", note: "taken"), row("b"), nil])
    }
  }

  @Test(arguments: Engine.allCases) func errorsDoNotQuoteData(_ engine: Engine) throws {
    try withStore(engine) { store in
      try store.transaction { try $0.insert(cases, [row("a", note: "secret")]) }
      for rows in [[row("c", note: "secret")], [[.text("secret\0"), .integer(1), .null, .null, .blob([])]]] {
        let error = #expect(throws: StoreError.self) { try store.transaction { try $0.insert(cases, rows) } }
        #expect(error?.description.contains("secret") == false, "\(error?.description ?? "")")
      }
    }
  }

  @Test(arguments: Engine.allCases) func statementsThatAreNotOne(_ engine: Engine) throws {
    try withStore(engine) { store in
      let refused: [(String, [Value])] = [
        ("", []), ("nonsense", []), ("SELECT 1; SELECT 2", []), ("SELECT id FROM nowhere", []), ("SELECT ?", []),
        ("SELECT 1", [.integer(1)]), ("SELECT ?1", [.integer(1)]), ("COMMIT", []), ("/* x */ rollback", []),
        ("-- x\n  Begin", []), ("SAVEPOINT a", []), ("DELETE FROM cases; COMMIT", []), ("SELECT '\0'", []),
        ("SELECT id FROM cases WHERE id = ?", [.text("a\0b")]),
      ]
      try store.transaction { try $0.insert(cases, [row("a")]) }
      for (sql, arguments) in refused {
        #expect(kind { _ = try store.transaction { try $0.query(sql, arguments) } } == .refused, "\(sql)")
        #expect(kind { _ = try store.transaction { try $0.execute(sql, arguments) } } == .refused, "\(sql)")
      }
      #expect(try store.read { try $0.query("SELECT id FROM cases", []) } == [[.text("a")]])
    }
  }

  @Test(arguments: Engine.allCases) func tablesThatDoNotExistOrCannot(_ engine: Engine) throws {
    try withStore(engine) { store in
      let tables = [
        Table("nowhere", [Column("id", .text)]), Table("cases\" --", [Column("id", .text)]),
        Table("cases", [Column("id", .text), Column("other", .integer)]), Table("cases", [Column("ID", .text)]),
        Table("cases", keyCount: 2, [Column("id", .text)]), Table("cases", [Column("id", .text), Column("id", .text)]),
      ]
      for table in tables {
        let values: Row = table.columns.map { $0.kind == .text ? .text("a") : .integer(1) }
        #expect(kind { try store.transaction { try $0.insert(table, [values]) } } == .refused, "\(table)")
      }
      #expect(kind { _ = try store.transaction { try $0.claim("nowhere", [entry(1)]) } } != nil)
      let short = KeyEntry(key: [1], value: [], at: 0)
      #expect(kind { _ = try store.transaction { try $0.claim("ids", [short]) } } == .refused)
      let long = KeyEntry(key: key(1), value: Array(repeating: 0, count: 65), at: 0)
      #expect(kind { _ = try store.transaction { try $0.claim("ids", [long]) } } == .refused)
      #expect(kind { _ = try store.read { try $0.find("ids", [[1]]) } } == .refused)
    }
  }

  @Test(arguments: Engine.allCases) func readingDoesNotWrite(_ engine: Engine) throws {
    try withStore(engine) { store in
      try store.transaction { try $0.insert(cases, [row("a")]) }
      #expect(kind { try store.read { try $0.upsert(cases, [row("a", 2)]) } } == .refused)
      #expect(kind { try store.read { try $0.delete(cases, keys(["a"])) } } == .refused)
      #expect(kind { _ = try store.read { try $0.lock(cases, keys(["a"])) } } == .refused)
      #expect(kind { _ = try store.read { try $0.claim("ids", [entry(1)]) } } == .refused)
      #expect(kind { try store.read { try $0.expire("ids", before: 1) } } == .refused)
      #expect(kind { _ = try store.read { try $0.execute("DELETE FROM cases", []) } } == .refused)
      #expect(kind { _ = try store.read { try $0.query("DELETE FROM cases RETURNING id", []) } } == .refused)
      #expect(try store.read { try $0.load(cases, keys(["a"])) } == [row("a")])
    }
  }
}
