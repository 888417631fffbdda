import Crypto
import Foundation
import JSON
import NIOPosix
import Storage
import Wire

/// Where drafts lie until they are sent. They are in no record: a draft is nobody's business but its writer's, and a
/// service that is restored from the topics comes back without them.
///
/// A draft may hold what a schema calls private, typed in the clear, so it lies sealed (AES-GCM) under a key that is not
/// in the database.
struct DraftShelf: Sendable {
  private let store: any Store
  private let key: SymmetricKey

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
    key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data("drafts".utf8), using: SymmetricKey(data: seed)))
  }

  /// Durable when it returns. - Throws: `StoreError`.
  func keep(_ draft: Draft, of person: String, for task: String) async throws {
    let row: Row = [.text(person), .text(task), .integer(draft.saved.microseconds), .blob(try sealed(draft, person, task))]
    let tooOld = draft.saved.adding(seconds: -Self.daysKept * 86_400).microseconds
    try await work { store in
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
    let row = try await work { store in try store.read { try $0.load(Self.table, [[.text(person), .text(task)]])[0] } }
    guard let row, case .integer(let saved) = row[2], case .blob(let bytes) = row[3] else { return nil }
    guard let box = try? AES.GCM.SealedBox(combined: bytes),
      let plain = try? AES.GCM.open(box, using: key, authenticating: bound(person, task)),
      let json = try? JSON.parse(Array(plain), limits: .stored)
    else { return nil }
    return try? Draft(json, saved: Instant(microseconds: saved))
  }

  func drop(of person: String, for task: String) async throws {
    try await work { store in try store.transaction { try $0.delete(Self.table, [[.text(person), .text(task)]]) } }
  }

  private func sealed(_ draft: Draft, _ person: String, _ task: String) throws -> [UInt8] {
    let box = try AES.GCM.seal(Data(draft.json.text.utf8), using: key, authenticating: bound(person, task))
    return Array(box.combined ?? Data())
  }

  /// A draft that was moved to another person or task does not open.
  private func bound(_ person: String, _ task: String) -> Data { Data("\(person)\n\(task)".utf8) }

  /// The database blocks its thread, which is none of those that serve requests.
  private func work<Result: Sendable>(_ body: @escaping @Sendable (any Store) throws -> Result) async throws -> Result {
    let store = store
    return try await NIOThreadPool.singleton.runIfActive { try body(store) }
  }
}
