import Foundation
import Glibc
import Testing

@testable import Storage

@Suite struct SQLiteFiles {
  @Test func onlyOneStoreUsesAFile() throws {
    try withDatabase(.sqliteFile) { database in
      let first = try database.open()
      let error = #expect(throws: StoreError.self) { try database.open() }
      #expect(error?.kind == .unavailable)
      #expect(error?.description.contains("process \(getpid())") == true)
      // Nor by another name.
      let link = database.address + "-link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: database.address)
      #expect(kind { _ = try SQLiteStore(path: link) } == .unavailable)
      first.close()
      try database.open().close()
    }
  }

  /// The library that opens the file sets NORMAL, under which a power cut takes the last transactions.
  @Test func aCommitIsSynced() throws {
    try withDatabase(.sqliteFile) { database in
      let store = try database.open()
      defer { store.close() }
      #expect(try store.transaction { try $0.query("SELECT synchronous FROM pragma_synchronous", []) } == [[.integer(2)]])
    }
  }

  @Test func theFileIsItsOwnersAlone() throws {
    try withDatabase(.sqliteFile) { database in
      let store = try database.open()
      defer { store.close() }
      try store.migrate(schema)
      for end in ["", "-wal", "-shm", ".lock"] {
        var status = stat()
        #expect(stat(database.address + end, &status) == 0 && status.st_mode & 0o777 == 0o600, "\(end)")
      }
    }
  }

  @Test func whatIsNoDatabaseIsDamaged() throws {
    try withDirectory { directory in
      let path = directory + "/x.sqlite"
      try Data(repeating: 65, count: 8192).write(to: URL(fileURLWithPath: path))
      #expect(kind { _ = try SQLiteStore(path: path) } == .damaged)
      #expect(kind { _ = try SQLiteStore(path: directory + "/no/such/x.sqlite") } == .unavailable)
      #expect(kind { _ = try SQLiteStore(snapshot: Array(repeating: 65, count: 8192)) } == .damaged)
    }
  }

  /// A volume of 2 MiB where we may mount one, else the same by a limit on the pages.
  @Test func aFullDiskLeavesTheStoreUsable() throws {
    try withDirectory { directory in
      let mounted = mount("tmpfs", directory, "tmpfs", 0, "size=2m") == 0
      defer { if mounted { umount2(directory, Int32(MNT_DETACH)) } }
      let shape = KeySetShape(runLength: 64)
      let store = try SQLiteStore(
        path: directory + "/x.sqlite", readers: 1, keySetShape: shape, maximumPages: mounted ? nil : 256)
      defer { store.close() }
      try store.migrate(schema)
      try store.transaction { try $0.insert(outbox, [[.text("t"), .integer(0), .blob(SplitMix.bytes(100_000))]]) }
      let outcome = kind {
        try store.transaction { transaction in
          _ = try transaction.claim("ids", (0..<100).map { entry($0) })
          try transaction.insert(outbox, [[.text("t"), .integer(1), .blob(SplitMix.bytes(3 << 20))]])
        }
      }
      #expect(outcome == .full)
      try store.transaction { transaction in
        try transaction.delete(outbox, [[.text("t"), .integer(0)]])
        #expect(try transaction.find("ids", (0..<100).map(key)).allSatisfy { $0 == nil })
      }
      _ = try store.transaction { try $0.claim("ids", (0..<10).map { entry($0) }) }
      #expect(try store.read { try $0.query("SELECT count(*) FROM outbox", []) } == [[.integer(0)]])
    }
  }

  @Test func aSnapshotIsTheWholeStore() throws {
    let first = try SQLiteStore(path: ":memory:", readers: 0, keySetShape: KeySetShape())
    try first.migrate(schema)
    try first.transaction { transaction in
      try transaction.insert(cases, [row("a")])
      _ = try transaction.claim("ids", [entry(1)])
    }
    let snapshot = try first.snapshot()
    try first.transaction { try $0.insert(cases, [row("b")]) }
    let second = try SQLiteStore(snapshot: snapshot)
    try second.migrate(schema)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try second.transaction { transaction in
        try transaction.insert(cases, [row("c")])
        throw Stop()
      }
    }
    try second.transaction { transaction throws in
      #expect(try transaction.load(cases, keys(["a", "b", "c"])) == [row("a"), nil, nil])
      #expect(try transaction.claim("ids", [entry(1, "x"), entry(2)]) == [entry(1), nil])
    }
    #expect(try SQLiteStore(snapshot: second.snapshot()).read { try $0.find("ids", [key(2)]) } == [entry(2)])
  }

  @Test func aSnapshotOfAFileOpensInMemory() throws {
    try withStore(.sqliteFile) { store in
      try store.transaction { try $0.insert(cases, [row("a")]) }
      let file = try #require(store as? SQLiteStore)
      let copy = try SQLiteStore(snapshot: file.snapshot())
      #expect(try copy.read { try $0.load(cases, keys(["a"])) } == [row("a")])
    }
  }

  /// A copy of the files, taken while the store is open, is what a crash leaves.
  @Test func afterACrashAllThatWasCommittedIsThere() throws {
    try withDirectory { directory in
      let path = directory + "/x.sqlite"
      let store = try SQLiteStore(path: path, readers: 1, keySetShape: KeySetShape(runLength: 64))
      defer { store.close() }
      try store.migrate(schema)
      for round in 0..<5 {
        let numbers = round * 100..<round * 100 + 100
        _ = try store.transaction { try $0.claim("ids", numbers.map { entry($0) }) }
        let crash = directory + "/crash-\(round).sqlite"
        let outcome = kind {
          try store.transaction { transaction in
            _ = try transaction.claim("ids", (1_000..<1_100).map { entry($0) })
            for end in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + end, toPath: crash + end) }
            throw StoreError(.refused, "not this time")
          }
        }
        #expect(outcome == .refused)
        let revived = try SQLiteStore(path: crash, readers: 1, keySetShape: KeySetShape(runLength: 64))
        defer { revived.close() }
        let known = (0..<numbers.upperBound).map { entry($0) }
        #expect(try revived.transaction { try $0.claim("ids", known) } == known)
        #expect(try revived.transaction { try $0.claim("ids", [entry(1_000)]) } == [nil])
      }
    }
  }

  @Test func aBackupIsConsistentWhileWritersGoOn() throws {
    try withDatabase(.sqliteFile) { database in
      let store = try database.open()
      defer { store.close() }
      try store.migrate(schema)
      try concurrently(2) { thread in
        if thread == 0 {
          // Two rows for each round: a copy with an odd count is torn.
          for round in 0..<200 { try store.transaction { try $0.insert(cases, [row("a\(round)"), row("b\(round)")]) } }
        } else {
          for number in 0..<5 {
            try store.backup(to: database.address + "-backup-\(number)")
            let copy = try SQLiteStore(path: database.address + "-backup-\(number)/database.sqlite")
            defer { copy.close() }
            try copy.migrate(schema)
            let count = try copy.read { try $0.query("SELECT count(*) FROM cases", []) }
            #expect(try count[0][0].integer() % 2 == 0)
          }
        }
      }
      #expect(kind { try store.backup(to: database.address + "-backup-0") } == .refused)
    }
  }
}
