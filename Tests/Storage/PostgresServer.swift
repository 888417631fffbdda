import Foundation
import Testing

@testable import Storage

@Suite struct PostgresServer {
  private func backend(_ transaction: any StoreTransaction) throws -> Int64 {
    try transaction.query("SELECT pg_backend_pid()", [])[0][0].integer()
  }

  /// Has the server end a connection, and waits until it is gone.
  private func kill(_ backend: Int64, _ url: String) throws {
    let other = try PostgresStore(url: url, connections: 1)
    defer { other.close() }
    let sql = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = ?"
    _ = try other.transaction { try $0.query(sql, [.integer(backend)]) }
  }

  @Test func aLostConnectionBeforeCommitIsUnavailableAndThenHeals() throws {
    try withDatabase(.postgres) { database in
      let store = try PostgresStore(url: database.address, connections: 1)
      defer { store.close() }
      try store.migrate(schema)
      let outcome = kind {
        try store.transaction { transaction in
          try transaction.insert(cases, [row("a")])
          try kill(backend(transaction), database.address)
          try transaction.insert(cases, [row("b")])
        }
      }
      #expect(outcome == .unavailable)
      #expect(try store.transaction { try $0.load(cases, keys(["a", "b"])) } == [nil, nil])
      // A connection that was lost between two transactions is nobody's trouble.
      let idle = try store.transaction { try backend($0) }
      try kill(idle, database.address)
      try store.transaction { try $0.insert(cases, [row("a")]) }
      #expect(try store.read { try $0.load(cases, keys(["a"])) } == [row("a")])
    }
  }

  @Test func aCommitWithoutAnswerIsUnknown() throws {
    try withDatabase(.postgres) { database in
      let store = try PostgresStore(url: database.address, connections: 1)
      defer { store.close() }
      try store.migrate(schema)
      let outcome = kind {
        try store.transaction { transaction in
          try transaction.insert(cases, [row("a")])
          try kill(backend(transaction), database.address)
        }
      }
      #expect(outcome == .commitUnknown)
      try store.transaction { try $0.upsert(cases, [row("a", 2)]) }
    }
  }

  @Test func deadlocksAndTimeOutsAreConflicts() throws {
    try withDatabase(.postgres) { database in
      let store = try PostgresStore(url: database.address)
      defer { store.close() }
      try store.migrate(schema)
      try store.transaction { try $0.insert(cases, [row("a"), row("b")]) }
      let meeting = Meeting(count: 2)
      let outcomes = Outcomes()
      try concurrently(2) { thread in
        outcomes.add(
          kind {
            try store.transaction { transaction in
              _ = try transaction.lock(cases, keys([thread == 0 ? "a" : "b"]))
              meeting.wait()
              _ = try transaction.lock(cases, keys([thread == 0 ? "b" : "a"]))
            }
          })
      }
      #expect(outcomes.all.filter { $0 == .conflict }.count == 1 && outcomes.all.filter { $0 == nil }.count == 1)
    }
  }

  @Test func twoInstancesShareADatabase() throws {
    try withDatabase(.postgres) { database in
      let meeting = Meeting(count: 3)
      // All migrate at once; one does it, the others find it done.
      try concurrently(3) { thread in
        let store = try PostgresStore(url: database.address, connections: 1)
        defer { store.close() }
        try store.migrate(schema)
        if thread == 0 { try store.transaction { try $0.insert(cases, [row("lane", 0)]) } }
        meeting.wait()
        for round in 0..<30 {
          try untilDone(store) { transaction in
            let answers = try transaction.claim("ids", (0..<20).map { entry(round * 20 + $0, "\(thread)") })
            let won = Int64(answers.filter { $0 == nil }.count)
            let lane = try #require(try transaction.lock(cases, keys(["lane"]))[0])
            try transaction.upsert(cases, [row("lane", try lane[1].integer() + won)])
            try transaction.insert(journal, (0..<won).map { _ in [.text("\(thread)")] })
          }
        }
      }
      let store = try PostgresStore(url: database.address)
      defer { store.close() }
      #expect(try store.read { try $0.query("SELECT count(*) FROM journal", []) } == [[.integer(600)]])
      #expect(try store.read { try $0.load(cases, keys(["lane"])) } == [row("lane", 600)])
    }
  }

  @Test func whatCannotBeReachedIsUnavailableAndKeepsThePassword() throws {
    let urls = [
      "postgresql://u:hunter2@127.0.0.1:1/x?connect_timeout=2", "postgres://%zz:hunter2",
      "postgresql://u:hunter2@nowhere.invalid/x",
    ]
    for url in urls {
      let error = #expect(throws: StoreError.self) { try PostgresStore(url: url) }
      #expect(error?.kind == .unavailable)
      #expect(error?.description.contains("hunter2") == false)
    }
  }

  @Test func aDumpCanBeRestored() throws {
    try withDatabase(.postgres, ownDatabase: true) { database in
      let store = try PostgresStore(url: database.address)
      defer { store.close() }
      try store.migrate(schema)
      try store.transaction { try $0.insert(cases, [row("a")]) }
      try withDirectory { directory in
        try store.backup(to: directory + "/backup")
        #expect(kind { try store.backup(to: directory + "/backup") } == .refused)
        try withDatabase(.postgres, ownDatabase: true) { second in
          let restore = Process()
          restore.executableURL = URL(fileURLWithPath: "/usr/bin/env")
          let dump = directory + "/backup/database.dump"
          restore.arguments = ["pg_restore", "--dbname=\(second.address)", "--no-owner", dump]
          try restore.run()
          restore.waitUntilExit()
          #expect(restore.terminationStatus == 0)
          let copy = try PostgresStore(url: second.address)
          defer { copy.close() }
          try copy.migrate(schema)
          #expect(try copy.read { try $0.load(cases, keys(["a"])) } == [row("a")])
        }
      }
    }
  }

  @Test func numbersOfEverySort() throws {
    try withDatabase(.postgres) { database in
      let store = try PostgresStore(url: database.address)
      defer { store.close() }
      let sql = """
        SELECT 9223372036854775807::numeric, -9223372036854775808::numeric, 9223372036854775808::numeric, 0::numeric,
        123400000000::numeric, -0.25::numeric, 1234.5678::numeric, 7::int2,
        -7::int4, true, 0.5::float4, 'x'::varchar(3), 'NaN'::numeric
        """
      let row = try store.read { try $0.query(sql, []) }[0]
      #expect(Array(row.prefix(8)) == [
        .integer(.max), .integer(.min), .real(9223372036854775808), .integer(0), .integer(123_400_000_000),
        .real(-0.25), .real(1234.5678), .integer(7),
      ])
      #expect(Array(row[8...11]) == [.integer(-7), .integer(1), .real(0.5), .text("x")])
      #expect(kind { _ = try store.read { try $0.query("SELECT now()", []) } } == .refused)
    }
  }
}

/// Lets threads go on once so many have come.
private final class Meeting: @unchecked Sendable {
  private let condition = NSCondition()
  private var missing: Int

  init(count: Int) { missing = count }

  func wait() {
    condition.lock()
    missing -= 1
    while missing > 0 { condition.wait() }
    condition.broadcast()
    condition.unlock()
  }
}

private final class Outcomes: @unchecked Sendable {
  private let lock = NSLock()
  private var outcomes: [StoreError.Kind?] = []

  func add(_ outcome: StoreError.Kind?) { lock.withLock { outcomes.append(outcome) } }
  var all: [StoreError.Kind?] { lock.withLock { outcomes } }
}
