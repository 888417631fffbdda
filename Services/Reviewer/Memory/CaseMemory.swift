import Identity
import JSON
import Lanes
import Storage
import Wire

/// What the reviewer remembers of cases beside their tasks, also of those that have ended: rows that follow from its own
/// records, written with them. No step reads them; they go after 30 days.
struct CaseMemory: Sendable {
  let store: any Store

  static let cases = Table(
    "cases",
    [
      Column("key", .text), Column("near", .text, nullable: true), Column("workflow", .text), Column("queue", .text), Column("asked", .text),
      Column("requester", .text), Column("barred", .text), Column("risk", .text), Column("title", .text), Column("opened", .integer),
    ],
    indexes: [Table.Index(["near", "opened"], onlyWhereSet: "near"), Table.Index(["opened"])])
  static let hops = Table(
    "hops", keyCount: 2,
    [Column("key", .text), Column("id", .text), Column("moment", .integer), Column("kind", .text), Column("body", .blob)],
    indexes: [Table.Index(["kind", "moment"])])
  static let migration = Migration("reviewer-4", [.create(cases), .create(hops)])

  static let daysKept: Double = 30

  /// The rows of a record: the event itself, and of an opening what the case is found by.
  static func rows(of record: ReviewerRecord) -> [IndexRow] {
    guard case .task(let key, let event) = record else { return [] }
    let body = shortened(event)
    let id = hex(Array(sha256(event.kind.rawValue.utf8 + [0] + body).prefix(16)))
    let hop = IndexRow(hops, [.text(key), .text(id), .integer(event.at.microseconds), .text(event.kind.rawValue), .blob(body)])
    guard event.kind == .opened, let request = event["request"], event["bare"] == nil else { return [hop] }
    return [hop, IndexRow(cases, row(key, request, event))] + (request["version"]?.integer == 1 ? taken(up: request["reopens"], by: key, at: event.at) : [])
  }

  /// What is remembered of an ended case when another one takes it up: the way from the old one to the new.
  private static func taken(up reopens: JSON?, by key: String, at: Instant) -> [IndexRow] {
    guard let reopens = Reopens(reopens) else { return [] }
    let body: JSON = ["again": .string(key), "kind": .string(reopens.kind.rawValue), "by": .string(reopens.by), "words": .string(reopens.words)]
    let id = hex(Array(sha256("reopened/\(key)".utf8).prefix(16)))
    return [
      IndexRow(
        hops, [.text(reopens.caseID), .text(id), .integer(at.microseconds), .text(TaskEvent.Kind.reopened.rawValue), .blob(body.canonical)])
    ]
  }

  private static func row(_ key: String, _ request: JSON, _ event: TaskEvent) -> Row {
    let opened = Instant(microseconds: event["opened"]?.integer ?? 0)
    let task = ReviewTask(request: request, view: "", opened: opened, rungs: [])
    let ladder = (request["ladder"]?.array ?? []).compactMap { $0["group"]?.string }
    return [
      .text(key), near(request).map { .text($0) } ?? .null, .text(task.workflow), .text(request["queue"]?.string ?? ""),
      .text(list(Standing.groups(request["quorum"] ?? .null) + ladder + [dutyGroup])), .text(task.requester ?? ""),
      .text(list((request["barred"]?.array ?? []).compactMap(\.string))), .text(task.risk), .text(task.title), .integer(opened.microseconds),
    ]
  }

  private static func near(_ request: JSON) -> String? {
    request["near_hash"]?.string.flatMap { hash in
      (16...128).contains(hash.utf8.count) && hash.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } ? hash : nil
    }
  }

  /// Case files are not kept twice.
  private static func shortened(_ event: TaskEvent) -> [UInt8] {
    guard var body = event.body.object else { return [] }
    if var looking = body["looking"]?.object {
      looking["differences"] = nil
      body["looking"] = .object(looking)
    }
    if let request = body["request"] {
      body["request"] = nil
      body["rungs"] = nil
      body["differences"] = nil
      for name in ["version", "route", "risk", "bundle", "model", "prompt"] { body[name] = request[name].flatMap { $0.isNull ? nil : $0 } }
    }
    return JSON.object(body).canonical
  }

  static func list(_ names: [String]) -> String {
    let sound = names.filter { !$0.isEmpty && !$0.contains("|") && !$0.contains("\0") }
    return sound.isEmpty ? "" : "|" + sound.joined(separator: "|") + "|"
  }

  func read(_ sql: String, _ arguments: [Value]) throws -> [Row] {
    do { return try store.read { try $0.query(sql, arguments) } } catch is StoreError { throw CommandError.unavailable }
  }

  /// Forgets what is too old at a moment, but for what is open. - Throws: `StoreError`.
  func forget(before now: Instant) throws {
    let oldest = Value.integer(now.adding(seconds: -Self.daysKept * 86_400).microseconds)
    try store.transaction { transaction in
      _ = try transaction.execute("DELETE FROM hops WHERE moment < ? AND key NOT IN (SELECT key FROM states)", [oldest])
      _ = try transaction.execute("DELETE FROM cases WHERE opened < ? AND key NOT IN (SELECT key FROM states)", [oldest])
    }
  }

  /// Forgets once an hour what is older than it is kept, but for what is open. Ends when it is cancelled.
  func forget(now: @Sendable () -> Instant) async {
    while !Task.isCancelled {
      let moment = now()
      try? await store.aside { try CaseMemory(store: $0).forget(before: moment) }
      try? await Task.sleep(for: .seconds(3_600))
    }
  }
}
