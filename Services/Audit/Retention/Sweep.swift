import Domain
import Lanes
import Ledger
import Messaging
import Storage
import Wire

/// Looks for contents whose time is over and that no hold keeps. It reads, and changes nothing.
struct Sweep: Sendable {
  let retention: RetentionFile
  let paths: LedgerPaths
  /// At most so many contents of a case go at once; the next look finds the others.
  static let mostContents = 5_000
  static let casesAtOnce: Int64 = 200
  /// At most so many bytes of headers that are not in leaves, but for the first record of them.
  static let mostHeaders = 65_536

  struct Found: Equatable {
    /// What is to be destroyed.
    let erasing: ContentErasing
    /// Keys of the holds that would keep it.
    let holds: [String]
  }

  struct Page {
    var found: [Found] = []
    var held = 0
    var looked = 0
    /// The last case that was looked at; nil at the end.
    var last: String?
  }

  /// The next cases after `after`, in the order of their ids. - Parameter story: now, on the story's clock, µs.
  func look(after: String, at story: Int64, _ transaction: any StoreTransaction) throws -> Page {
    var page = Page()
    guard let soonest = retention.soonest, story >= soonest, let extent = try Extent(transaction) else { return page }
    // Nothing of a case that opened later can be over: ids are in the order of time.
    let end = firstCaseID(at: Instant(microseconds: story - soonest + 1_000))
    let columns = Tables.cases.columns.map(\.name).joined(separator: ", ")
    let rows = try transaction.query(
      "SELECT \(columns) FROM cases WHERE case_id > ? AND case_id < ? ORDER BY case_id LIMIT ?",
      [.text(after), .text(end), .integer(Self.casesAtOnce)]
    ).map { try CaseRow($0) }
    let known = try Erasures.known(rows.map(\.id), transaction)
    let people = try Self.heldPeople(transaction)
    for row in rows {
      page.looked += 1
      let past = known[row.id] ?? []
      guard let due = due(row, past, at: story) else { continue }
      if try Self.isHeld(row, people, transaction) {
        page.held += 1
      } else if let erasing = try erasing(row, due.retention, due.parts, past, at: story, extent, transaction) {
        page.found.append(Found(erasing: erasing, holds: Self.holdKeys(row)))
      }
    }
    page.last = rows.count == Int(Self.casesAtOnce) ? rows.last?.id : nil
    return page
  }

  /// Parts of a case whose time is over and that are not gone yet; nil where there is none.
  private func due(_ row: CaseRow, _ past: [Erasures.Known], at story: Int64) -> (retention: RetentionFile.Class, parts: [ContentPart])? {
    guard let ended = row.ended, let retention = retention.retention(of: row.facts[.workflow]) else { return nil }
    let parts = retention.due(since: ended, at: story).filter { part in
      !past.contains { $0.parts.contains(part.rawValue) && $0.records == row.records }
    }
    return parts.isEmpty ? nil : (retention, parts)
  }

  private func erasing(
    _ row: CaseRow, _ retention: RetentionFile.Class, _ parts: [ContentPart], _ past: [Erasures.Known], at story: Int64, _ extent: Extent,
    _ transaction: any StoreTransaction
  ) throws -> ContentErasing? {
    let gone = Set(past.flatMap(\.positions))
    let positions = try Entries.positions(of: row.id, limit: .max, transaction).filter { !gone.contains($0) }
    var residue = Residue()
    var taken: [Int64] = []
    var kept: [ContentErasing.Kept] = []
    var keptBytes = 0
    var isCut = false
    try forEach(positions, extent, transaction) { position, leaf, content in
      // What is not what its leaf commits to is evidence, and stays.
      guard let bytes = content.bytes, !bytes.isEmpty, content.matches(leaf) else { return }
      let pieces = leaf.kind == .whole ? Frame.split(bytes[...])?.first.map { FramePieces($0) } : nil
      guard leaf.kind == .body || pieces != nil else { return }
      let section = pieces?.headers ?? leaf.headerSection
      var headers = RecordHeaders()
      headers.read(section)
      guard let part = ContentPart(topic: leaf.topic, type: String(decoding: headers.type, as: UTF8.self)), parts.contains(part) else { return }
      let isTooMuch = pieces != nil && !kept.isEmpty && keptBytes + section.count > Self.mostHeaders
      guard taken.count < Self.mostContents, !isTooMuch else { return isCut = true }
      if pieces != nil {
        keptBytes += section.count
        kept.append(
          ContentErasing.Kept(
            position: position, topic: leaf.topic, partition: Int64(Int32(bitPattern: leaf.partition)), offset: Int64(bitPattern: leaf.offset),
            headers: Base64.text(Array(section))))
      }
      residue.add(
        TopicPartition(leaf.topic, Int32(bitPattern: leaf.partition)), offset: Int64(bitPattern: leaf.offset), headers,
        body: pieces.map { $0.body } ?? bytes[...], position: position)
      taken.append(position)
    }
    guard !taken.isEmpty else { return nil }
    return ContentErasing(
      caseID: row.id, workflow: row.facts[.workflow] ?? "none", retention: retention.name, days: parts.map(retention.days).min() ?? retention.days,
      parts: parts.map(\.rawValue), declared: self.retention.digest, records: isCut ? -1 : row.records, positions: taken, measures: residue.text,
      findings: residue.findings, kept: kept, at: Instant(microseconds: story))
  }

  private func forEach(
    _ positions: [Int64], _ extent: Extent, _ transaction: any StoreTransaction, _ visit: (Int64, Leaf, LedgerReader.Content) throws -> Void
  ) throws {
    let reader = LedgerReader(paths)
    try reader.forEachBundle(of: positions, extent, transaction) { bundle, here in
      let contents = try reader.contents(bundle, here.map(\.place))
      for (position, place) in here {
        guard bundle.leaves.indices.contains(place), let leaf = Leaf(bundle.leaves[place]), let content = contents[place] else { continue }
        try visit(position, leaf, content)
      }
    }
  }

  // Holds.

  /// Under which a hold on the case may stand, as far as its row tells.
  static func holdKeys(_ row: CaseRow) -> [String] {
    let people = Set(row.facts.values(.reviewer)).union(row.measures.seen.keys).union(row.measures.deciders.keys)
    var keys = [HoldChanged.key(.case, row.id)] + people.sorted(by: precedes).map { HoldChanged.key(.person, $0) }
    if let workflow = row.facts[.workflow] { keys.append(HoldChanged.key(.workflow, workflow)) }
    return keys
  }

  /// People on whom a hold stands now.
  static func heldPeople(_ transaction: any StoreTransaction) throws -> [String] {
    let prefix = HoldChanged.key(.person, "")
    return try transaction.states(under: prefix).map { String($0.key.dropFirst(prefix.count)) }
  }

  /// Whether a hold keeps the case's contents now. - Parameter people: those on whom one stands.
  static func isHeld(_ row: CaseRow, _ people: [String], _ transaction: any StoreTransaction) throws -> Bool {
    let keys = holdKeys(row)
    let marks = keys.map { _ in "?" }.joined(separator: ", ")
    if try !transaction.query("SELECT key FROM states WHERE key IN (\(marks)) LIMIT 1", keys.map { .text($0) }).isEmpty { return true }
    // Its row names the first people in order; whoever touched it has a row of their own.
    return try transaction.load(Tables.touched, people.map { [.text($0), .text(row.id)] }).contains { $0 != nil }
  }
}
