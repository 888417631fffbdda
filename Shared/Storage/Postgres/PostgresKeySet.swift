import CPostgres

/// A key set on PostgreSQL: the table `NAME__keys`, with an index by ranges over the times, which costs next to nothing
/// because they grow.
struct PostgresKeySet {
  private let table: String
  private let name: String

  /// How many keys one call of `expire` drops at most, which bounds the time that it takes.
  private static let keysPerExpiry = 100_000

  init(checking name: String) throws(StoreError) {
    guard isPlainName(name) else { throw StoreError(.refused, "key set \"\(name)\": not a name of a-z, 0-9, _") }
    self.name = name
    table = "\"\(name)__keys\""
  }

  var creation: [String] {
    [
      "CREATE TABLE \(table) (key bytea PRIMARY KEY, value bytea NOT NULL, at bigint NOT NULL)",
      "CREATE INDEX \"\(name)__keys_at\" ON \(table) USING brin (at) WITH (pages_per_range = 16)",
    ]
  }

  func claim(_ entries: [KeyEntry], on connection: PostgresConnection) throws(StoreError) -> [KeyEntry?] {
    var first: [Key: Int] = [:]
    for (at, entry) in entries.enumerated() where first[Key(entry.key)] == nil { first[Key(entry.key)] = at }
    var held: [Key: KeyEntry] = [:]
    var open = first
    // A key that is taken when we insert and gone when we look was dropped by `expire` in between: insert again.
    for _ in 0..<10 {
      for key in try insert(open.values.map { entries[$0] }, on: connection) { open[key] = nil }
      if open.isEmpty { break }
      let found = try find(open.values.map { entries[$0].key }, on: connection)
      held.merge(found) { old, _ in old }
      for key in found.keys { open[key] = nil }
      if open.isEmpty { break }
    }
    guard open.isEmpty else { throw StoreError(.conflict, "key set \(name): keys come and go") }
    return entries.enumerated().map { at, entry in
      let key = Key(entry.key)
      return held[key] ?? (first[key] == at ? nil : first[key].map { entries[$0] })
    }
  }

  /// Takes the keys that are free, in ascending order, so that two who claim the same ones wait and do not deadlock.
  private func insert(_ entries: [KeyEntry], on connection: PostgresConnection) throws(StoreError) -> [Key] {
    var parameters = PostgresParameters()
    try parameters.append(blobs: entries.map(\.key))
    try parameters.append(blobs: entries.map(\.value))
    try parameters.append(integers: entries.map(\.at))
    let result = try connection.run(
      """
      INSERT INTO \(table) SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[]) AS n(key, value, at) \
      ORDER BY n.key ON CONFLICT DO NOTHING RETURNING key
      """, parameters)
    return (0..<result.rowCount).compactMap { row in result.bytes(row, 0).map { Key(Array($0)) } }
  }

  func find(_ keys: [[UInt8]], on connection: PostgresConnection) throws(StoreError) -> [Key: KeyEntry] {
    var parameters = PostgresParameters()
    try parameters.append(blobs: keys)
    let result = try connection.run(
      "SELECT t.key, t.value, t.at FROM \(table) t WHERE t.key = ANY($1::bytea[])", parameters)
    var found: [Key: KeyEntry] = [:]
    for row in 0..<result.rowCount {
      guard let key = result.bytes(row, 0), let value = result.bytes(row, 1), let at = result.bytes(row, 2)
      else { continue }
      let entry = KeyEntry(key: Array(key), value: Array(value), at: PostgresResult.integer(at))
      found[Key(entry.key)] = entry
    }
    return found
  }

  func expire(before time: Int64, on connection: PostgresConnection) throws(StoreError) {
    var parameters = PostgresParameters()
    try parameters.append(.integer(time))
    _ = try connection.run(
      """
      DELETE FROM \(table) WHERE key IN \
      (SELECT key FROM \(table) WHERE at < $1 LIMIT \(Self.keysPerExpiry) FOR UPDATE SKIP LOCKED)
      """, parameters)
  }
}
