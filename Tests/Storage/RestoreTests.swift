import Foundation
import Testing

@testable import Storage

@Suite struct RestoreTests {
  /// Everything that a database holds, as the two engines have it in common.
  private func contents(_ store: any Store) throws -> [String: [Row]] {
    try Contents.read(store) { contents in
      var found: [String: [Row]] = [:]
      for table in try contents.tables() where ["cases", "outbox"].contains(table.name) {
        #expect(table.keys == (table.name == "cases" ? ["id"] : ["topic", "number"]))
        found[table.name] = []
        try contents.forEachRow(of: table) { found[table.name]?.append($0) }
      }
      var keys: [KeyEntry] = []
      try contents.forEachKey(of: "ids") { keys.append($0) }
      found["ids"] = keys.sorted { $0.at < $1.at }.map { [.blob($0.key), .blob($0.value), .integer($0.at)] }
      return found
    }
  }

  /// More rows than one page of reading holds, with keys of two columns and of every sort of text.
  private func fill(_ store: any Store) throws {
    try store.transaction { transaction in
      try transaction.insert(cases, (0..<4_500).map { row("case-\($0)", Int64($0)) } + [row("ü"), row("u\u{308}"), row("")])
      try transaction.insert(
        outbox, (0..<2_001).map { [.text($0 % 2 == 0 ? "a" : "b"), .integer(Int64($0)), .blob([1])] })
      _ = try transaction.claim("ids", (0..<3_000).map { entry($0) })
    }
  }

  @Test func theTwoEnginesHoldTheSame() throws {
    let all = try Engine.shared.map { engine in
      try withStore(engine, ownDatabase: engine == .postgres) { store in
        try fill(store)
        return try contents(store)
      }
    }
    #expect(all[0] == all[1])
    #expect(all[0].mapValues(\.count) == ["cases": 4_503, "outbox": 2_001, "ids": 3_000])
  }

  @Test(arguments: Engine.shared) func aBackupMadeAtWorkIsPutBack(_ engine: Engine) throws {
    try withDatabase(engine, ownDatabase: engine == .postgres) { database in
      try withDirectory { directory in
        let address = engine == .postgres ? database.address : "sqlite:" + database.address
        let store = try database.open()
        try store.migrate(schema)
        try fill(store)
        let before = try contents(store)
        let beside = try openStoreForReading(address)
        #expect(kind { _ = try beside.transaction { try $0.insert(journal, [[.text("no")]]) } } == (engine == .postgres ? nil : .refused))
        try beside.backup(to: directory + "/backup")
        beside.close()
        try store.transaction { try $0.delete(cases, keys(["case-7"])) }
        // While it is in use, nothing is touched.
        #expect(kind { _ = try restoreStore(address, from: directory + "/backup", aside: "before_1") } == .unavailable)
        #expect(try contents(store)["cases"]?.count == 4_502)
        store.close()
        let kept = try restoreStore(address, from: directory + "/backup", aside: "before_1")
        let again = try database.open()
        defer { again.close() }
        try again.migrate(schema)
        #expect(try contents(again) == before)
        let held = try again.transaction { try $0.claim("ids", [entry(5, "other")]) }
        #expect(held == [entry(5)])
        if engine == .postgres {
          #expect(try again.read { try $0.query("SELECT count(*) FROM before_1.cases", []) } == [[.integer(4_502)]])
        } else {
          let old = try SQLiteStore(path: try #require(kept))
          defer { old.close() }
          #expect(try contents(old)["cases"]?.count == 4_502)
        }
      }
    }
  }

  @Test(arguments: Engine.shared) func whatIsNoBackupChangesNothing(_ engine: Engine) throws {
    try withDatabase(engine, ownDatabase: engine == .postgres) { database in
      try withDirectory { directory in
        let address = engine == .postgres ? database.address : "sqlite:" + database.address
        do {
          let store = try database.open()
          defer { store.close() }
          try store.migrate(schema)
          try store.transaction { try $0.insert(cases, [row("a")]) }
        }
        #expect(kind { _ = try restoreStore(address, from: directory, aside: "before_1") } == .refused)
        if engine == .postgres {
          try Data("no dump".utf8).write(to: URL(fileURLWithPath: directory + "/database.dump"))
          #expect(kind { _ = try restoreStore(address, from: directory, aside: "before_1") } == .unavailable)
        }
        let store = try database.open()
        defer { store.close() }
        #expect(try store.read { try $0.load(cases, keys(["a"])) } == [row("a")])
      }
    }
  }

  @Test func readingBesideNeedsADatabase() throws {
    try withDirectory { directory in
      #expect(kind { _ = try openStoreForReading("sqlite:\(directory)/none.sqlite") } == .unavailable)
      #expect(!FileManager.default.fileExists(atPath: directory + "/none.sqlite"))
      #expect(kind { _ = try openStoreForReading("mysql:x") } == .refused)
    }
  }
}
