import JSON
import Storage
import Wire

/// Where preferences lie. In no record, as drafts: a service that is restored from the topics has none.
struct PreferenceShelf: Sendable {
  let store: any Store

  static let table = Table("preferences", [Column("person", .text), Column("body", .blob)])
  static let migration = Migration("reviewer-preferences", [.create(table)])

  /// - Throws: `StoreError`.
  func find(of person: String) async throws -> Preferences {
    let row = try await store.aside { store in try store.read { try $0.load(Self.table, [[.text(person)]])[0] } }
    guard let row, case .blob(let bytes) = row[1], let json = try? JSON.parse(bytes, limits: .stored) else { return .none }
    return (try? Preferences(json)) ?? .none
  }

  /// Durable when it returns. - Throws: `StoreError`.
  func keep(_ preferences: Preferences, of person: String) async throws {
    try await store.aside { store in
      try store.transaction { try $0.upsert(Self.table, [[.text(person), .blob(preferences.json.canonical)]]) }
    }
  }
}
