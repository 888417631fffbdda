import JSON
import Storage
import Wire

/// Where drafts lie until they are sent. They are in no record: a draft is nobody's business but its writer's, and a
/// service that is restored from the topics comes back without them.
///
/// A draft may hold what a schema calls private, typed in the clear, so it lies sealed (AES-GCM) under a key that is not
/// in the database.
struct DraftShelf: Sendable {
  private let store: any Store
  private let box: SecretBox

  static let table = Table(
    "drafts", keyCount: 2,
    [Column("person", .text), Column("key", .text), Column("saved", .integer), Column("body", .blob)],
    indexes: [Table.Index(["saved"])])
  static let migration = Migration("reviewer-2", [.create(table)])

  /// Of one person; the oldest goes when there would be more.
  static let mostDrafts = 100
  static let daysKept: Double = 30

  /// - Parameter seed: a secret of the service; drafts are gone when it changes.
  init(store: any Store, seed: [UInt8]) {
    self.store = store
    box = SecretBox(seed: seed, for: "drafts")
  }

  /// Durable when it returns. - Throws: `StoreError`.
  func keep(_ draft: Draft, of person: String, for task: String) async throws {
    let row: Row = [.text(person), .text(task), .integer(draft.saved.microseconds), .blob(try box.seal(draft.json, for: bound(person, task)))]
    let tooOld = draft.saved.adding(seconds: -Self.daysKept * 86_400).microseconds
    try await store.aside { store in
      try store.transaction { transaction in
        try transaction.upsert(Self.table, [row])
        try transaction.execute("DELETE FROM drafts WHERE saved < ?", [.integer(tooOld)])
        let extra = try transaction.query(
          "SELECT key FROM drafts WHERE person = ? ORDER BY saved DESC LIMIT 10 OFFSET ?",
          [.text(person), .integer(Int64(Self.mostDrafts))])
        try transaction.delete(Self.table, extra.map { [.text(person), $0[0]] })
      }
    }
  }

  /// Nil where there is none, or none that this key opens.
  func find(of person: String, for task: String) async throws -> Draft? {
    let row = try await store.aside { store in try store.read { try $0.load(Self.table, [[.text(person), .text(task)]])[0] } }
    guard let row, case .integer(let saved) = row[2], case .blob(let bytes) = row[3] else { return nil }
    guard let json = box.open(bytes, for: bound(person, task)) else { return nil }
    return try? Draft(json, saved: Instant(microseconds: saved))
  }

  func drop(of person: String, for task: String) async throws {
    try await store.aside { store in try store.transaction { try $0.delete(Self.table, [[.text(person), .text(task)]]) } }
  }

  /// A draft that was moved to another person or task does not open.
  private func bound(_ person: String, _ task: String) -> String { "\(person)\n\(task)" }
}
