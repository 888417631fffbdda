import Foundation
import Ledger
import Storage

/// Copies audit's ledger as far as its database reaches. Its files only grow, so that this can be done while audit writes.
/// The hashes are left out: audit makes them anew from the leaves.
struct LedgerCopy {
  let source: String
  private let segment: Int64
  private let leafBytes: Int64
  private let contentBytes: Int64
  private let size: Int64
  /// Small files by their names: what the folder tells of its checkpoints, as the database has it.
  private let notes: [(name: String, text: String)]

  /// - Throws: what is missing. Nil where audit has recorded nothing yet.
  init?(_ source: String, _ store: any Store) throws {
    func texts(_ transaction: any StoreTransaction, _ sql: String) throws -> [String] {
      try transaction.query(sql, []).map { row in
        guard case .text(let text) = row[0] else { throw OperatorError("a note of the ledger is no text") }
        return text
      }
    }
    let (extent, signed, witnessed, changes) = try store.read { transaction in
      (
        try transaction.query("SELECT size, segment, leaf_bytes, content_bytes FROM ledger", []).first,
        try texts(transaction, "SELECT note FROM checkpoints ORDER BY size"),
        try texts(transaction, "SELECT note FROM witnessed ORDER BY size DESC LIMIT 1"),
        try texts(transaction, "SELECT note FROM key_changes ORDER BY number")
      )
    }
    guard let extent, case .integer(let size) = extent[0], case .integer(let segment) = extent[1],
      case .integer(let leafBytes) = extent[2], case .integer(let contentBytes) = extent[3]
    else { return nil }
    self.source = source
    self.size = size
    self.segment = segment
    self.leafBytes = leafBytes
    self.contentBytes = contentBytes
    var files: [(name: String, text: String)] = []
    if let last = signed.last { files += [("checkpoint", last), ("checkpoints", CheckpointHistory.text(signed))] }
    if let last = witnessed.last { files.append(("checkpoint.witnessed", last)) }
    if !changes.isEmpty { files.append(("keys", CheckpointHistory.text(changes))) }
    notes = files
  }

  /// - Returns: how many leaves were copied.
  func write(to target: String) throws -> Int64 {
    let files = FileManager.default
    try files.createDirectory(atPath: target, withIntermediateDirectories: false)
    try copyFile("\(source)/id", to: "\(target)/id")
    for (folder, limit) in [("segments", leafBytes), ("content", contentBytes)] {
      try files.createDirectory(atPath: "\(target)/\(folder)", withIntermediateDirectories: false)
      for name in try files.contentsOfDirectory(atPath: "\(source)/\(folder)").sorted() {
        guard name.hasSuffix(".log"), let number = Int64(name.dropLast(4)), number <= segment else { continue }
        try copyFile("\(source)/\(folder)/\(name)", to: "\(target)/\(folder)/\(name)", limit: number == segment ? limit : nil)
      }
    }
    // The files in the folder may tell of a size that was reached only after the database was copied.
    for (name, text) in notes { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(target)/\(name)")) }
    return size
  }

  /// Puts the ledger of a backup in its place, unless the one that stands there is the same and goes on from it: then it is
  /// the newer truth, and audit makes its index from it.
  ///
  /// - Returns: in words what was done.
  static func restore(_ backup: String, to target: String, replacing: Bool, aside: String) throws -> String {
    let files = FileManager.default
    guard files.fileExists(atPath: backup) else { return "the backup holds no ledger" }
    if files.fileExists(atPath: target) {
      if !replacing, try goesOn(target, from: backup) { return "the ledger in \(target) goes on from the backup's and is kept" }
      try files.moveItem(atPath: target, toPath: "\(target).\(aside)")
    }
    try files.copyItem(atPath: backup, toPath: target)
    return "the ledger of the backup is in \(target)"
  }

  private static func goesOn(_ present: String, from backup: String) throws -> Bool {
    let files = FileManager.default
    guard let id = files.contents(atPath: "\(backup)/id"), files.contents(atPath: "\(present)/id") == id else { return false }
    for folder in ["segments", "content"] {
      for name in try files.contentsOfDirectory(atPath: "\(backup)/\(folder)") {
        func length(_ ledger: String) -> UInt64 {
          ((try? files.attributesOfItem(atPath: "\(ledger)/\(folder)/\(name)"))?[.size] as? NSNumber)?.uint64Value ?? 0
        }
        if length(present) < length(backup) { return false }
      }
    }
    // A folder that was signed further than the backup must still say so.
    return files.fileExists(atPath: "\(present)/checkpoint") || !files.fileExists(atPath: "\(backup)/checkpoint")
  }
}
