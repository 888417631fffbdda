import Foundation
import Ledger
import Storage
import Testing
import Wire

@testable import countersign
@testable import countersign_audit

/// Kinds of tampering, each a thousand times on small ledgers: found, and found at the record that was tampered with.
@Suite struct TamperTests {
  enum Kind: String, CaseIterable, CustomStringConvertible {
    case flipLeaf, flipContent, drop, insert, swap, truncate, oldCheckpoint, fork, stolenKey, flipAndRehash
    var description: String { rawValue }
  }
  static let seeds: UInt64 = 1_000
  private static let ledgers: [TamperedLedger] = (0..<12).compactMap { try? TamperedLedger(seed: $0) }

  @Test func whatWasNotTamperedWithIsSound() async throws {
    #expect(Self.ledgers.count == 12)
    for ledger in Self.ledgers {
      #expect(try await ledger.look(seen: ledger.checkpoints) == [])
      #expect(ledger.changedAt > 0 && ledger.count > ledger.changedAt)
    }
    #expect(Self.ledgers.contains { $0.count > 256 })
  }

  @Test(arguments: Kind.allCases)
  func tamperingIsFoundAtItsRecord(_ kind: Kind) async throws {
    var missed: [String] = []
    for seed in 0..<Self.seeds {
      var generator = SplitMix64(seed: seed &* 31 &+ UInt64(kind.rawValue.utf8.reduce(0) { $0 &* 33 &+ Int($1) } & 0xFFFF))
      var ledger = Self.ledgers[Int(generator.next() % UInt64(Self.ledgers.count))]
      let honest = ledger
      let (position, seen) = try tamper(&ledger, kind, &generator)
      let flaws = try await ledger.look(seen: seen)
      guard let first = flaws.first, let at = first.position else {
        missed.append("seed \(seed): \(flaws)")
        continue
      }
      let isThere: Bool
      switch kind {
      case .fork, .stolenKey, .flipAndRehash: isThere = at <= position && position <= first.through ?? at
      default: isThere = at == position
      }
      if !isThere { missed.append("seed \(seed): \(kind) of \(position), found \(first)") }
      if kind == .fork {
        let parted = try await parting(ledger.source, honest.source)
        if parted?.position != position { missed.append("seed \(seed): the copies part at \(parted?.position ?? 0), not at \(position)") }
      }
    }
    #expect(missed.isEmpty, "\(missed.count) of \(Self.seeds), such as \(missed.prefix(3))")
  }

  /// - Returns: the record, and what its verifier had seen before.
  private func tamper(_ ledger: inout TamperedLedger, _ kind: Kind, _ generator: inout SplitMix64) throws -> (UInt64, [Checkpoint]) {
    let honest = try ledger.checkpoints
    func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }
    let position = pick(0..<ledger.count)
    switch kind {
    case .flipLeaf:
      // Any byte of the file: of the leaf, or of its length.
      ledger.write()
      let entry = ledger.entries[position]
      let before = ledger.entries[..<position].filter { $0.segment == entry.segment }.reduce(0) { $0 + $1.leaf.count + 2 }
      ledger.files["segments/\(entry.segment)"]?[before + pick(0..<(entry.leaf.count + 2))] ^= UInt8(1 << pick(0..<8))
    case .flipContent:
      ledger.write()
      let entry = ledger.entries[position]
      let before = ledger.entries[..<position].filter { $0.segment == entry.segment }.reduce(0) { $0 + $1.content.count }
      ledger.files["content/\(entry.segment)"]?[before + pick(0..<entry.content.count)] ^= UInt8(1 << pick(0..<8))
    case .drop:
      ledger.entries.remove(at: position)
      ledger.write()
    case .insert:
      let other = pick(0..<ledger.count)
      var entry = ledger.entries[other]
      entry.segment = ledger.entries[position].segment
      // Of two that are the same nobody can say which one was put in.
      if other == position || Bool.random(using: &generator) { entry.leaf[entry.leaf.count - 1] ^= 1 }
      ledger.entries.insert(entry, at: position)
      ledger.write()
    case .swap:
      let other = (position + 1 + pick(0..<(ledger.count - 1))) % ledger.count
      let (a, b) = (ledger.entries[position], ledger.entries[other])
      (ledger.entries[position].leaf, ledger.entries[position].content) = (b.leaf, b.content)
      (ledger.entries[other].leaf, ledger.entries[other].content) = (a.leaf, a.content)
      ledger.write()
      return (UInt64(min(position, other)), [])
    case .truncate:
      let withHashes = Bool.random(using: &generator)
      ledger.entries.removeSubrange(position...)
      ledger.write()
      if withHashes { _ = ledger.rehash() }
    case .oldCheckpoint:
      // A whole older state, as it was signed then.
      let place = pick(0..<(honest.count - 1))
      let size = honest[place].size
      guard size < honest[honest.count - 1].size else { return try tamper(&ledger, kind, &generator) }
      let notes = CheckpointHistory.notes(String(decoding: ledger.files["checkpoints"] ?? [], as: UTF8.self)).notes
      ledger.files["checkpoint"] = Array(notes[place].utf8)
      ledger.files["checkpoints"] = Array(CheckpointHistory.text(Array(notes.prefix(place + 1))).utf8)
      ledger.entries.removeSubrange(Int(size)...)
      ledger.write()
      _ = ledger.rehash()
      return (size, honest)
    case .fork:
      let position = pick(ledger.changedAt..<ledger.count)
      ledger.replace(position)
      ledger.write()
      let (new, old, changed) = (ledger.new, ledger.old, UInt64(ledger.changedAt))
      let roots = ledger.rehash()
      try ledger.resign(roots) { $0 > changed ? new : old }
      return (UInt64(position), honest)
    case .stolenKey:
      let position = pick(ledger.changedAt..<ledger.count)
      ledger.replace(position)
      ledger.write()
      let old = ledger.old
      let roots = ledger.rehash()
      try ledger.resign(roots) { _ in old }
      return (UInt64(position), [])
    case .flipAndRehash:
      ledger.replace(position)
      ledger.write()
      _ = ledger.rehash()
    }
    return (UInt64(position), [])
  }

  /// Rows of the index changed, taken out and put in, past audit.
  @Test func anEditOfTheIndexAloneIsFoundAtItsRow() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb((0..<12).flatMap { records.automaticCase($0) })
    let fold = IndexFold(paths: ledger.paths)
    func differences() throws -> [IndexFold.Difference] {
      let fresh = try SQLiteStore(path: ":memory:", readers: 0)
      let compared = try fold.compare(ledger.store, beside: fresh)
      return compared.differences
    }
    #expect(try differences() == [])
    struct Undo: Error {}
    for seed in 0..<Self.seeds {
      var generator = SplitMix64(seed: seed)
      let number = Int.random(in: 0..<12, using: &generator)
      let id = Records.caseID(number)
      let (sql, arguments, table, key): (String, [Value], String, String)
      switch seed % 6 {
      case 0: (sql, arguments, table, key) = ("UPDATE cases SET ended = NULL WHERE case_id = ?", [.text(id)], "cases", id)
      case 1: (sql, arguments, table, key) = ("UPDATE cases SET opened = opened + 1 WHERE case_id = ?", [.text(id)], "cases", id)
      case 2: (sql, arguments, table, key) = ("DELETE FROM cases WHERE case_id = ?", [.text(id)], "cases", id)
      case 3: (sql, arguments, table, key) = ("DELETE FROM labels WHERE case_id = ? AND label = 'route=auto'", [.text(id)], "labels", "route=auto,\(id)")
      case 4:
        let position = Int64(number * 5)
        (sql, arguments, table, key) = ("DELETE FROM entries WHERE position = ?", [.integer(position)], "entries", "\(id),\(position)")
      default:
        (sql, arguments, table, key) = (
          "INSERT INTO labels (label, case_id) VALUES (?, ?)", [.text("outcome=executed"), .text(id)], "labels", "outcome=executed,\(id)"
        )
      }
      let before = try ledger.store.read { try $0.query("SELECT * FROM \(table)", []) }
      try ledger.store.transaction { _ = try $0.execute(sql, arguments) }
      let found = try differences()
      #expect(found.map(\.table) == [table] && found.map(\.key) == [key], "seed \(seed): \(found)")
      try ledger.store.transaction { transaction in
        _ = try transaction.execute("DELETE FROM \(table)", [])
        let whole = try #require([Tables.cases, Tables.labels, Tables.entries].first { $0.name == table })
        try transaction.insert(whole, before)
      }
    }
  }

  /// Sums behind the KPIs changed, past audit.
  @Test func anEditOfTheKPIsAloneIsFoundAtItsRow() throws {
    let ledger = try TestLedger()
    var records = Records()
    try ledger.absorb((0..<12).flatMap { records.automaticCase($0) })
    let rows = try ledger.store.read { try $0.query("SELECT day, cell, sums FROM kpi_cells ORDER BY day, cell", []) }
    try #require(!rows.isEmpty)
    for seed in 0..<Self.seeds {
      var generator = SplitMix64(seed: seed)
      let row = rows[Int.random(in: 0..<rows.count, using: &generator)]
      var sums = try row[2].blob()
      sums[Int.random(in: 0..<sums.count, using: &generator)] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
      try ledger.store.transaction { try $0.upsert(Tables.kpis, [[row[0], row[1], .blob(sums)]]) }
      let fresh = try SQLiteStore(path: ":memory:", readers: 0)
      let found = try IndexFold(paths: ledger.paths).compare(ledger.store, beside: fresh).differences
      let key = "\(try row[0].integer()),\(try row[1].text())"
      #expect(found.map(\.table) == ["kpi_cells"] && found.map(\.key) == [key], "seed \(seed): \(found)")
      try ledger.store.transaction { try $0.upsert(Tables.kpis, [row]) }
    }
  }
}
