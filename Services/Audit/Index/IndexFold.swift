import Foundation
import Ledger
import Messaging
import Storage
import Wire

/// The index as the ledger's records alone give it, made anew beside the one in use and compared with it.
struct IndexFold {
  struct Difference: Sendable, Equatable {
    let table: String
    /// Of the row: its key, with commas between.
    let key: String
    /// The record that it is about, where the key names one.
    let position: Int64?
  }
  static let differenceLimit = 100
  /// What is made of records alone, and not of the time at which they came.
  static let compared = [
    Tables.entries, Tables.cases, Tables.labels, Tables.security, Tables.kpis, Tables.budgets, Tables.signatures,
    Tables.touched, Tables.views, Tables.owing, Tables.flaws, Tables.openCells, Tables.erasures, Tables.erased, Tables.going, Tables.holds,
  ]
  private static let foldedAtOnce: Int64 = 8_192

  let paths: LedgerPaths

  /// Compares the index of a database with what its ledger's records come to.
  ///
  /// - Parameter fresh: an empty database that is made for this and may be thrown away.
  /// - Returns: how many records were looked at, and rows that are not what they should be, at most a hundred.
  func compare(_ store: any Store, beside fresh: SQLiteStore) throws -> (records: Int64, differences: [Difference]) {
    try fresh.migrate(Tables.migrations)
    return try store.read { transaction in
      guard let extent = try Extent(transaction) else { return (0, []) }
      try fold(extent, transaction, wall: 0) { step in try fresh.transaction { try step($0) } }
      var differences: [Difference] = []
      try fresh.read { other in
        for table in Self.compared where differences.count < Self.differenceLimit {
          differences += try Self.differences(table, transaction, other)
        }
      }
      return (extent.size, Array(differences.prefix(Self.differenceLimit)))
    }
  }

  /// Folds all records of a ledger.
  ///
  /// - Parameters:
  ///   - transaction: of the database that knows where the leaves are.
  ///   - wall: when they are said to have come, µs.
  ///   - place: gives each step a transaction of the database that takes the index.
  func fold(
    _ extent: Extent, _ transaction: any StoreTransaction, wall: Int64, into place: ((any StoreTransaction) throws -> Void) throws -> Void
  ) throws {
    let reader = LedgerReader(paths)
    var number: Int64 = 0
    var headers = RecordHeaders()
    let width = Int64(TilePath.width)
    while number * width < extent.size {
      try place { target in
        var indexer = Indexer(wall: wall, target)
        let end = min(extent.size, number * width + Self.foldedAtOnce)
        while number * width < end {
          let bundle = try reader.bundle(number, extent, transaction)
          let contents = try reader.contents(bundle, Array(bundle.leaves.indices))
          for (place, bytes) in bundle.leaves.enumerated() {
            guard let leaf = Leaf(bytes) else { throw StoreError(.damaged, "\(paths.folder)/segments: entry \(number * width + Int64(place)) is no leaf") }
            let content = contents[place].flatMap { $0.matches(leaf) ? $0.bytes : nil }
            try indexer.add(leaf, content, at: number * width + Int64(place), &headers)
          }
          number += 1
        }
        try indexer.save()
      }
    }
  }

  /// Rows that only one of the two has, or that differ, in the order of their keys.
  private static func differences(
    _ table: Table, _ used: any StoreTransaction, _ folded: any StoreTransaction
  ) throws -> [Difference] {
    let columns = table.columns.map(\.name).joined(separator: ", ")
    let keys = table.columns.prefix(table.keyCount).map(\.name)
    var found: [Difference] = []
    var after: Row?
    while found.count < differenceLimit {
      // Pages of both from the same key on, up to the smaller of their ends.
      let condition = after == nil ? "" : "WHERE (\(keys.joined(separator: ", "))) > (\(keys.map { _ in "?" }.joined(separator: ", ")))"
      let sql = "SELECT \(columns) FROM \(table.name) \(condition) ORDER BY \(keys.joined(separator: ", ")) LIMIT 5000"
      let (a, b) = (try used.query(sql, after ?? []), try folded.query(sql, after ?? []))
      if a.isEmpty, b.isEmpty { break }
      let count = table.keyCount
      func key(_ row: Row) -> Row { Array(row.prefix(count)) }
      let ends = [a.count == 5_000 ? key(a[4_999]) : nil, b.count == 5_000 ? key(b[4_999]) : nil].compactMap { $0 }
      let end = ends.min { precedes($0, $1) }
      func page(_ rows: [Row]) -> [Row: Row] {
        Dictionary(rows.filter { row in end.map { !precedes($0, key(row)) } ?? true }.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
      }
      let (mine, theirs) = (page(a), page(b))
      for key in Set(mine.keys).union(theirs.keys).sorted(by: precedes) where mine[key] != theirs[key] { found.append(Difference(table, key)) }
      guard let end else { break }
      after = end
    }
    return found
  }

  private static func precedes(_ a: Row, _ b: Row) -> Bool {
    for (x, y) in zip(a, b) where x != y {
      switch (x, y) {
      case (.integer(let x), .integer(let y)): return x < y
      case (.text(let x), .text(let y)): return x.utf8.lexicographicallyPrecedes(y.utf8)
      default: return false
      }
    }
    return false
  }
}

extension IndexFold.Difference {
  fileprivate init(_ table: Table, _ key: Row) {
    let texts = key.map { value in
      switch value {
      case .integer(let number): "\(number)"
      case .text(let text): text
      default: "?"
      }
    }
    var position: Int64?
    for (column, value) in zip(table.columns, key) where column.name == "position" {
      if case .integer(let number) = value { position = number }
    }
    self.init(table: table.name, key: texts.joined(separator: ","), position: position)
  }
}

extension Indexer {
  /// Indexes a record from its leaf, where it is no more than that.
  ///
  /// - Parameter content: nil where it was erased.
  mutating func add(_ leaf: Leaf, _ content: [UInt8]?, at position: Int64, _ headers: inout RecordHeaders) throws {
    let source = TopicPartition(leaf.topic, Int32(bitPattern: leaf.partition))
    let offset = Int64(bitPattern: leaf.offset)
    let frame = leaf.kind == .whole ? content.flatMap { Frame.split($0[...])?.first } : nil
    // Its headers are gone with its content; the record of the erasure has them.
    if leaf.kind == .whole, frame == nil { return }
    headers.read(frame.map { FramePieces($0).headers } ?? leaf.headerSection)
    _ = try isNew(source, offset: offset, headers)
    try add(position: position, source, offset: offset, headers, body: frame == nil ? content?[...] : frame?.body)
  }
}
