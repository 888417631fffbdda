import Crypto
import Foundation
import JSON
import Storage
import Wire

/// SHA-256 over all that a service knows: the rows of its tables in the order of their keys. Two databases that stand at the
/// same place of the same history give the same digest, however they came there.
///
/// Left out is what says how a database came to where it is: outbox, lanes, living instances, calls that were begun, the
/// engine's own tables; of the numbers those that grow by themselves; of audit its signatures and when records came.
struct StateDigest: Sendable {
  struct Part: Sendable {
    let name: String
    let rows: Int
    let digest: String
  }

  let parts: [Part]
  let digest: String

  private static let exemptTables: Set<String> = [
    "outbox", "lanes", "instances", "begun", "meta", "checkpoints", "drafts", "preferences", "witnessed", "key_changes", "grdb_migrations", "store_migrations",
  ]
  private static let exemptColumns: [String: Set<String>] = ["streams": ["late", "arrived", "head", "head_since"]]

  init(_ store: any Store) throws {
    parts = try Contents.read(store) { contents in
      var parts: [Part] = []
      for table in try contents.tables() where !Self.exemptTables.contains(table.name) {
        parts.append(try Self.part(table, contents))
      }
      parts.append(try Self.keys(contents))
      return parts
    }
    var whole = SHA256()
    for part in parts { whole.update(data: Data("\(part.name) \(part.rows) \(part.digest)\n".utf8)) }
    digest = hex(whole.finalize())
  }

  private static func part(_ table: Contents.Shape, _ contents: Contents) throws -> Part {
    let exempt = exemptColumns[table.name] ?? []
    let places = table.columns.indices.filter { !exempt.contains(table.columns[$0]) }
    var hash = SHA256()
    var count = 0
    try contents.forEachRow(of: table) { row in
      guard !growsByItself(row, table.name) else { return }
      count += 1
      var bytes: [UInt8] = []
      for place in places { append(row[place], to: &bytes) }
      hash.update(data: bytes)
    }
    return Part(name: table.name, rows: count, digest: hex(hash.finalize()))
  }

  /// The numbers of heads and of checkpoints, which come with time, those of all records of a lane, these among them, and those
  /// of tables, which are copies. A checkpoint that was signed when audit ended is published when it starts again.
  private static func growsByItself(_ row: Row, _ table: String) -> Bool {
    guard table == "numbers", case .text(let topic)? = row.first else { return false }
    return topic == "*" || topic.hasSuffix(".heads") || topic == Topic.checkpoints.name || Topic.named(topic)?.kind == .table
  }

  /// Idempotency keys lie in the order in which they came, which means nothing: their hashes are added up.
  private static func keys(_ contents: Contents) throws -> Part {
    var sum = [UInt64](repeating: 0, count: 4)
    var count = 0
    try contents.forEachKey(of: "idempotency") { entry in
      count += 1
      var bytes: [UInt8] = []
      append(.blob(entry.key), to: &bytes)
      append(.blob(entry.value), to: &bytes)
      let digest = Array(SHA256.hash(data: bytes))
      for word in sum.indices {
        sum[word] &+= digest[(word * 8)..<(word * 8 + 8)].reduce(0) { $0 << 8 | UInt64($1) }
      }
    }
    var bytes: [UInt8] = []
    for word in sum { append(.integer(Int64(bitPattern: word)), to: &bytes) }
    return Part(name: "idempotency", rows: count, digest: hex(SHA256.hash(data: bytes)))
  }

  /// A value so that no two rows have one form: its kind, its length, its bytes.
  private static func append(_ value: Value, to bytes: inout [UInt8]) {
    func put(_ kind: UInt8, _ content: [UInt8]) {
      bytes.append(kind)
      withUnsafeBytes(of: UInt64(content.count).littleEndian) { bytes.append(contentsOf: $0) }
      bytes.append(contentsOf: content)
    }
    switch value {
    case .null: put(0, [])
    case .integer(let number): put(1, withUnsafeBytes(of: number.littleEndian) { Array($0) })
    case .real(let number): put(2, withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) })
    case .text(let text): put(3, Array(text.utf8))
    case .blob(let blob): put(4, blob)
    }
  }
}
