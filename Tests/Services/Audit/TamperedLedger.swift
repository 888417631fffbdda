import Foundation
import Ledger
import Wire

@testable import countersign
@testable import countersign_audit

/// A small ledger as it lies in its folder, taken apart so that it can be tampered with: written by audit, with a change of keys.
struct TamperedLedger {
  struct Entry {
    var segment: String
    var leaf: [UInt8]
    var content: [UInt8]
  }

  let old: NoteSigner
  let new: NoteSigner
  /// The leaves that the log had when its key changed.
  let changedAt: Int
  var entries: [Entry]
  var files: [String: [UInt8]]

  /// - Parameter seed: decides how large it is.
  init(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let ledger = try TestLedger(segmentLimit: 30_000)
    var records = Records()
    let other = try NoteSigner(name: "test/audit", seed: [UInt8](repeating: 77, count: 32))
    (old, new) = (ledger.signer, other)
    var number = 0
    func add(_ cases: Int) throws {
      for _ in 0..<cases {
        try ledger.absorb(records.automaticCase(number, body: "{\"n\":\(number),\"text\":\"\(String(repeating: "x", count: Int(generator.next() % 400)))\"}"))
        number += 1
      }
    }
    let before = Checkpointer(paths: ledger.paths, keys: SigningKeys([old]))
    for _ in 0..<2 {
      try add(Int(2 + generator.next() % 5))
      _ = try before.sign(ledger.store, at: Records.start)
    }
    changedAt = number * 5
    let after = Checkpointer(paths: ledger.paths, keys: SigningKeys([old, new]))
    for _ in 0..<2 {
      try add(Int(2 + generator.next() % (seed % 4 == 0 ? 60 : 8)))
      _ = try after.sign(ledger.store, at: Records.start)
    }
    files = [:]
    let root = URL(fileURLWithPath: ledger.folder)
    for name in FileManager.default.enumerator(atPath: ledger.folder)?.compactMap({ $0 as? String }) ?? [] {
      if let data = try? Data(contentsOf: root.appendingPathComponent(name)), !data.isEmpty || name.hasSuffix(".log") { files[name] = Array(data) }
    }
    entries = []
    for name in files.keys.filter({ $0.hasPrefix("segments/") }).sorted() {
      let (leaves, contents) = (files[name] ?? [], files["content/" + name.dropFirst("segments/".count)] ?? [])
      var (at, contentAt) = (0, 0)
      while at < leaves.count {
        let end = at + 2 + (Int(leaves[at]) << 8 | Int(leaves[at + 1]))
        let size = contents[(contentAt + 16)..<(contentAt + 20)].reversed().reduce(0) { $0 << 8 | Int($1) }
        let contentEnd = contentAt + 20 + (size == Int(UInt32.max) ? 0 : size)
        entries.append(Entry(segment: String(name.dropFirst("segments/".count)), leaf: Array(leaves[(at + 2)..<end]), content: Array(contents[contentAt..<contentEnd])))
        (at, contentAt) = (end, contentEnd)
      }
    }
  }

  var count: Int { entries.count }
  var trust: LedgerTrust { LedgerTrust(logs: [new.verifier]) }

  var source: FolderSource {
    let files = files
    return FolderSource(place: "a ledger") { name, offset, count in
      files[name].map { Array($0.dropFirst(offset).prefix(count)) }
    }
  }

  var checkpoints: [Checkpoint] {
    get throws {
      try CheckpointHistory.notes(String(decoding: files["checkpoints"] ?? [], as: UTF8.self)).notes.map { try Checkpoint(body: Note($0).body[...])! }
    }
  }

  /// Writes the entries back into the segments; the stored hashes stay as they were.
  mutating func write() {
    for name in files.keys where name.hasPrefix("segments/") || name.hasPrefix("content/") { files[name] = [] }
    for entry in entries {
      files["segments/\(entry.segment)", default: []] += [UInt8(entry.leaf.count >> 8), UInt8(entry.leaf.count & 255)] + entry.leaf
      files["content/\(entry.segment)", default: []] += entry.content
    }
  }

  /// Makes the stored hashes anew from the entries. - Returns: the root at each size.
  mutating func rehash() -> [TreeHash] {
    var tree = CompactRange()
    var roots: [TreeHash] = [.empty]
    for name in files.keys where name.hasPrefix("hashes/") { files[name] = [] }
    for entry in entries {
      var completed: [(Int, TreeHash)] = []
      tree.append(leafHash(entry.leaf)) { level, _, node in if level & 7 == 0 { completed.append((level >> 3, node)) } }
      for (level, node) in completed { files["hashes/\(level).log", default: []] += node.bytes }
      roots.append(tree.root)
    }
    return roots
  }

  /// Signs all checkpoints anew, as whoever holds a key could.
  mutating func resign(_ roots: [TreeHash], by signer: (_ size: UInt64) -> NoteSigner) throws {
    var notes: [String] = []
    for checkpoint in try checkpoints {
      notes.append(try signer(checkpoint.size).sign(Checkpoint(origin: checkpoint.origin, size: checkpoint.size, root: roots[Int(checkpoint.size)])))
    }
    files["checkpoints"] = Array(CheckpointHistory.text(notes).utf8)
    files["checkpoint"] = Array((notes.last ?? "").utf8)
  }

  /// Another record in the place of one: a leaf as audit could have written it.
  mutating func replace(_ position: Int) {
    let topic = Int(entries[position].leaf[2]) | Int(entries[position].leaf[3]) << 8
    entries[position].leaf[4 + topic + 4] ^= 0x55
  }

  func look(seen: [Checkpoint] = []) async throws -> [Flaw] {
    var inspection = Inspection(trust: trust, seen: seen)
    return try await inspection.look(at: source).flaws
  }
}
