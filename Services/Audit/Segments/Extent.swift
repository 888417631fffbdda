import Ledger
import Storage

/// How far a ledger reaches, as its database knows it: the committed part of its files.
struct Extent: Sendable, Equatable {
  /// Names the folder that goes with the database.
  var ledger: String
  var tree = CompactRange()
  /// The segment that is written, and the committed bytes of its two files.
  var segment: Int64 = 1
  var leafBytes: Int64 = 0
  var contentBytes: Int64 = 0

  init(ledger: String) { self.ledger = ledger }

  /// Nil where the database has met no ledger yet.
  init?(_ transaction: any StoreTransaction, lock: Bool = false) throws {
    let key: [Row] = [[.integer(1)]]
    guard let row = try (lock ? transaction.lock(Tables.ledger, key) : transaction.load(Tables.ledger, key))[0] else {
      return nil
    }
    let bytes = try row[3].blob()
    let hashes = stride(from: 0, to: bytes.count, by: TreeHash.size).compactMap { TreeHash(bytes.dropFirst($0).prefix(32)) }
    guard let tree = CompactRange(size: UInt64(bitPattern: try row[2].integer()), hashes: hashes) else {
      throw StoreError(.damaged, "the row of the ledger does not hold a tree")
    }
    ledger = try row[1].text()
    self.tree = tree
    segment = try row[4].integer()
    leafBytes = try row[5].integer()
    contentBytes = try row[6].integer()
  }

  var size: Int64 { Int64(bitPattern: tree.size) }

  func save(_ transaction: any StoreTransaction) throws {
    try transaction.upsert(
      Tables.ledger,
      [
        [
          .integer(1), .text(ledger), .integer(size), .blob(tree.hashes.flatMap(\.bytes)), .integer(segment),
          .integer(leafBytes), .integer(contentBytes),
        ]
      ])
  }
}

/// A place in the segments: which one, and how far into its file.
struct Address: Sendable, Equatable {
  let segment: Int64
  let offset: Int64

  init(segment: Int64, offset: Int64) {
    self.segment = segment
    self.offset = offset
  }

  init(_ packed: Int64) { self.init(segment: packed >> 32, offset: packed & 0xFFFF_FFFF) }
  var packed: Int64 { segment << 32 | offset }
}

/// The names in a ledger's folder.
struct LedgerPaths: Sendable {
  let folder: String

  func leaves(_ segment: Int64) -> String { "\(folder)/segments/\(number(segment)).log" }
  func contents(_ segment: Int64) -> String { "\(folder)/content/\(number(segment)).log" }
  /// Hashes of one level of tiles, one after the other.
  func hashes(_ tileLevel: Int) -> String { "\(folder)/hashes/\(tileLevel).log" }
  var checkpoint: String { "\(folder)/checkpoint" }
  /// The last checkpoint that enough witnesses have cosigned.
  var witnessed: String { "\(folder)/checkpoint.witnessed" }
  /// All checkpoints.
  var history: String { "\(folder)/checkpoints" }
  /// Changes of the log's key.
  var keys: String { "\(folder)/keys" }
  var id: String { "\(folder)/id" }
  var lock: String { "\(folder)/lock" }

  private func number(_ segment: Int64) -> String { String(String(1_000_000 + segment).dropFirst()) }
}
