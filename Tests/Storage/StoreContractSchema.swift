import Testing

@testable import Storage

@Suite struct StoreContractSchema {
  @Test(arguments: Engine.allCases) func stepsRunOnceInOrder(_ engine: Engine) throws {
    try withStore(engine, []) { store in
      let first = Migration("001", [.create(journal)])
      let changes = ["ALTER TABLE journal ADD COLUMN extra text", "INSERT INTO journal VALUES ('a', 'x?')"]
      let second = Migration("002", changes.map { .sql($0) })
      try store.migrate([first])
      try store.migrate([second, first])
      try store.migrate([first, second])
      #expect(try store.read { try $0.query("SELECT line, extra FROM journal", []) } == [[.text("a"), .text("x?")]])
    }
  }

  @Test(arguments: Engine.allCases) func aStepThatFailsLeavesNothing(_ engine: Engine) throws {
    try withStore(engine, []) { store in
      let broken = Migration("001", [.create(journal), .sql("nonsense")])
      #expect(kind { try store.migrate([broken]) } == .refused)
      try store.migrate([Migration("001", [.create(journal)])])
      try store.transaction { try $0.insert(journal, [[.text("works")]]) }
      #expect(kind { try store.migrate([Migration("001", []), Migration("001", [])]) } == .refused)
      for change in [Migration.Change.create(Table("x y", [Column("a", .text)])), .createKeySet("x y")] {
        #expect(kind { try store.migrate([Migration("001", []), Migration("002", [change])]) } == .refused)
      }
    }
  }

  @Test(arguments: Engine.shared) func aDatabaseOfALaterVersionIsRefused(_ engine: Engine) throws {
    try withDatabase(engine) { database in
      let new = try database.open()
      try new.migrate(schema + [Migration("003", [.sql("CREATE TABLE later (a integer)")])])
      new.close()
      let old = try database.open()
      defer { old.close() }
      let error = #expect(throws: StoreError.self) { try old.migrate(schema) }
      #expect(error?.kind == .damaged)
      #expect(error?.description.contains("003") == true)
    }
  }

  @Test(arguments: Engine.allCases) func statementsOfTheColdSide(_ engine: Engine) throws {
    try withStore(engine) { store in
      let inserted = (1...5).map { row("c\($0)", Int64($0), note: $0 == 3 ? "it's ? \"so\"" : nil) }
      try store.transaction { try $0.insert(cases, inserted) }
      let rows = try store.read { transaction in
        try transaction.query(
          """
          SELECT id, 'a ? ''b' AS "q?", version + ? /* ? */ FROM cases WHERE version > ? AND note IS NULL -- ?
          ORDER BY id LIMIT ?
          """,
          [.integer(10), .integer(2), .integer(9)])
      }
      #expect(rows == [[.text("c4"), .text("a ? 'b"), .integer(14)], [.text("c5"), .text("a ? 'b"), .integer(15)]])
      let sums = try store.read { transaction in
        try transaction.query(
          "SELECT sum(version), max(version), count(*), sum(score), avg(score), min(note) FROM cases", [])
      }
      #expect(sums == [[.integer(15), .integer(5), .integer(5), .real(2.5), .real(0.5), .text("it's ? \"so\"")]])
      #expect(try store.read { try $0.query("SELECT sum(version) FROM cases WHERE version > 99", []) } == [[.null]])
      try store.transaction { transaction throws in
        let update = "UPDATE cases SET body = ?, note = ? WHERE version >= ?"
        #expect(try transaction.execute(update, [.blob([9]), .null, .integer(4)]) == 2)
        #expect(try transaction.execute("DELETE FROM cases WHERE id = ?", [.text("none")]) == 0)
        #expect(try transaction.execute("SELECT id FROM cases", []) == 0)
        let delete = "DELETE FROM cases WHERE id = ? RETURNING version"
        #expect(try transaction.query(delete, [.text("c1")]) == [[.integer(1)]])
      }
      let like = "SELECT id FROM cases WHERE id LIKE ? OR id LIKE ?"
      #expect(try store.read { try $0.query(like, [.text("C%"), .text("%4")]) } == [[.text("c4")]])
      #expect(try store.read { try $0.query("SELECT body FROM cases WHERE version = 4", []) } == [[.blob([9])]])
    }
  }

  @Test(arguments: Engine.allCases) func spaceIsTold(_ engine: Engine) throws {
    try withStore(engine, ownDatabase: true) { store in
      let before = try store.space()
      try store.transaction { try $0.insert(outbox, [[.text("t"), .integer(1), .blob(SplitMix.bytes(2 << 20))]]) }
      let after = try store.space()
      #expect(before.used > 0 && after.used - before.used >= 2 << 20 && after.free > 0)
    }
  }
}

extension SplitMix {
  /// Bytes that no compression makes smaller.
  static func bytes(_ count: Int) -> [UInt8] {
    var random = SplitMix(state: 1)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }
}
