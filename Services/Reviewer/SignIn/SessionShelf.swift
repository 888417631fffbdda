import Crypto
import Identity
import JSON
import Storage
import Wire

/// Where sessions lie: in no record, as drafts. A service that is restored from the topics has none, and people sign in again.
///
/// The cookie holds a random name, the row its hash. Tokens of the provider lie sealed (AES-GCM) under a key that is not in the
/// database, bound to their row.
struct SessionShelf: Sendable {
  private let store: any Store
  private let box: SecretBox

  static let sessions = Table(
    "sessions",
    [
      Column("id", .text), Column("person", .text), Column("subject", .text), Column("sid", .text), Column("until", .integer),
      Column("checked", .integer), Column("tried", .integer), Column("body", .blob),
    ], indexes: [Table.Index(["subject"]), Table.Index(["sid"]), Table.Index(["until"])])
  /// Whose tokens are void, up to when they were issued.
  static let endings = Table("endings", [Column("subject", .text), Column("at", .integer)])
  static let migration = Migration("reviewer-3", [.create(sessions), .create(endings)])
  private static let columns = "id, person, subject, sid, until, checked, tried, body"

  /// - Parameter seed: a secret of the service; sessions end when it changes.
  init(store: any Store, seed: [UInt8]) {
    self.store = store
    box = SecretBox(seed: seed, for: "provider sessions")
  }

  /// A name that nobody can guess, for a cookie.
  static func newName() -> String { String(decoding: base64url(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }), as: UTF8.self) }

  static func id(ofName name: String) -> String { hex(sha256(name.utf8)) }

  /// Durable when it returns; replaces what this session held. - Throws: `StoreError`.
  func keep(_ session: ProviderSession) async throws {
    let row: Row = [
      .text(session.id), .text(session.person), .text(session.subject), .text(session.sid), .integer(session.until.microseconds),
      .integer(session.checked.microseconds), .integer(session.tried.microseconds), .blob(try box.seal(session.secrets, for: bound(session.id, session.subject))),
    ]
    try await store.aside { store in
      try store.transaction { transaction in
        try transaction.execute("DELETE FROM sessions WHERE until < ?", [.integer(session.checked.microseconds)])
        try transaction.upsert(Self.sessions, [row])
      }
    }
  }

  /// The same, of a session that is still there. - Returns: false where it was ended meanwhile: it does not come back.
  func renew(_ session: ProviderSession) async throws -> Bool {
    let values: [Value] = [
      .integer(session.checked.microseconds), .integer(session.tried.microseconds), .blob(try box.seal(session.secrets, for: bound(session.id, session.subject))), .text(session.id),
    ]
    return try await store.aside { store in
      try store.transaction { try $0.execute("UPDATE sessions SET checked = ?, tried = ?, body = ? WHERE id = ?", values) == 1 }
    }
  }

  /// Nil where there is none, or none that this key opens.
  func find(_ id: String) async throws -> ProviderSession? {
    let row = try await store.aside { store in try store.read { try $0.load(Self.sessions, [[.text(id)]])[0] } }
    return row.flatMap(session)
  }

  /// Whether the caller is the one who asks the provider now: of all instances one, and not again for five seconds.
  func mayAsk(_ id: String, now: Instant) async throws -> Bool {
    let before = now.adding(seconds: -5).microseconds
    return try await store.aside { store in
      try store.transaction {
        try $0.execute("UPDATE sessions SET tried = ? WHERE id = ? AND tried < ?", [.integer(now.microseconds), .text(id), .integer(before)]) == 1
      }
    }
  }

  /// Makes the other sessions of a subject ask at their next use.
  func hasten(_ subject: String, besides id: String, now: Instant) async throws {
    let due = now.adding(seconds: -ProviderSession.checkSeconds).microseconds
    _ = try await store.aside { store in
      try store.transaction {
        try $0.execute("UPDATE sessions SET checked = ? WHERE subject = ? AND id <> ? AND checked > ?", [.integer(due), .text(subject), .text(id), .integer(due)])
      }
    }
  }

  /// Those that nobody has checked since, of people who hold a task: their leases must not outlive their access.
  func holders(uncheckedSince time: Instant) async throws -> [ProviderSession] {
    let rows = try await store.aside { store in
      try store.read {
        try $0.query(
          "SELECT \(Self.columns) FROM sessions WHERE checked < ? AND person IN (SELECT DISTINCT holder FROM states WHERE phase = 'open' AND holder <> '') ORDER BY checked LIMIT 200",
          [.integer(time.microseconds)])
      }
    }
    return rows.compactMap(session)
  }

  func close(_ id: String) async throws {
    try await store.aside { store in try store.transaction { try $0.delete(Self.sessions, [[.text(id)]]) } }
  }

  /// Ends sessions of the provider's session, or all of a subject where it names none.
  ///
  /// - Returns: those that have ended, without their secrets.
  func close(sid: String?, subject: String?) async throws -> [ProviderSession] {
    let condition = sid == nil ? "subject = ?" : subject == nil ? "sid = ?" : "sid = ? AND subject = ?"
    let values = [sid, subject].compactMap { $0 }.map { Value.text($0) }
    guard !values.isEmpty else { return [] }
    let rows = try await store.aside { store in
      try store.transaction { transaction in
        let rows = try transaction.query("SELECT \(Self.columns) FROM sessions WHERE \(condition)", values)
        try transaction.delete(Self.sessions, rows.map { [$0[0]] })
        return rows
      }
    }
    return rows.compactMap(session)
  }

  /// Tokens of a subject that were issued up to a moment are void.
  func end(_ subject: String, at time: Instant) async throws {
    let forgotten = time.adding(seconds: -86_400).unixSeconds
    try await store.aside { store in
      try store.transaction { transaction in
        try transaction.upsert(Self.endings, [[.text(subject), .integer(time.unixSeconds)]])
        try transaction.execute("DELETE FROM endings WHERE at < ?", [.integer(forgotten)])
        try transaction.execute("DELETE FROM sessions WHERE until < ?", [.integer(time.microseconds)])
      }
    }
  }

  /// Seconds since 1970; nil where no token of the subject is void.
  func ended(_ subject: String) async throws -> Int64? {
    let row = try await store.aside { store in try store.read { try $0.load(Self.endings, [[.text(subject)]])[0] } }
    guard case .integer(let seconds)? = row?[1] else { return nil }
    return seconds
  }

  private func session(_ row: Row) -> ProviderSession? {
    guard case .text(let id) = row[0], case .text(let person) = row[1], case .text(let subject) = row[2], case .text(let sid) = row[3],
      case .integer(let until) = row[4], case .integer(let checked) = row[5], case .integer(let tried) = row[6], case .blob(let bytes) = row[7],
      let json = box.open(bytes, for: bound(id, subject)), let claims = json["claims"]
    else { return nil }
    return ProviderSession(
      id: id, person: person, subject: subject, sid: sid, until: Instant(microseconds: until), checked: Instant(microseconds: checked),
      tried: Instant(microseconds: tried), refresh: json["refresh"]?.string ?? "", identity: json["identity"]?.string ?? "",
      claims: TokenClaims(claims), proof: KeyProof(json["proof"]))
  }

  private func bound(_ id: String, _ subject: String) -> String { "\(id)\n\(subject)" }
}
