import Glibc
import Ledger
import Storage
import Wire

/// What a ledger's folder tells of its checkpoints, made from the database's rows.
///
/// `checkpoint`: the last that was signed; the folder is never cut below it. `checkpoint.witnessed`: the last that enough witnesses have
/// cosigned, where some must. `checkpoints`: all of them, one after the other (`CheckpointHistory`). `keys`: the changes of keys.
struct CheckpointFiles: Sendable {
  let paths: LedgerPaths

  /// Adds notes to the history. What a crash cut off there is cut away first.
  func remember(_ notes: String...) throws { try remember(notes) }

  private func remember(_ notes: [String]) throws {
    guard !notes.isEmpty else { return }
    var file = try AppendFile(paths.history)
    try file.cut(to: tail().length)
    try file.append(Array(CheckpointHistory.text(notes).utf8))
    try file.sync()
  }

  /// The last whole note of the history, and up to where whole notes reach. The end of the file tells, whatever its length.
  private func tail() throws -> (note: String?, length: Int64) {
    guard access(paths.history, F_OK) == 0 else { return (nil, 0) }
    let length = try AppendFile(paths.history).length
    // A note with many cosignatures is far smaller than this.
    var from = max(0, length - 262_144)
    var rest = try readFile(paths.history, from: from, count: Int(length - from))[...]
    while from > 0, let cut = rest.firstRange(of: [0x0A, 0x0A]) {
      from += Int64(cut.upperBound - rest.startIndex)
      rest = rest[cut.upperBound...]
      // What begins with a dash (E2 80 94) is signatures: the next one is a note.
      if !rest.starts(with: [0xE2, 0x80, 0x94]) { break }
    }
    // Counted in bytes: what was cut off in the middle of a letter is no text.
    let end = rest.lastIndex(of: 0x0A).map { $0 + 1 } ?? rest.startIndex
    let found = CheckpointHistory.notes(String(decoding: rest[..<end], as: UTF8.self))
    return (found.notes.last, from + Int64(found.length))
  }

  /// The size of the last note of the history; nil where there is none.
  func lastRemembered() throws -> Int64? {
    try tail().note.flatMap { Checkpoint(body: try Note($0).body[...]) }.map { Int64(bitPattern: $0.size) }
  }

  /// Brings the files to what the rows say, after a crash or a restore. Changes of keys that only the files know count all the same:
  /// a database that was put back to before one must not make another.
  func settle(_ store: any Store, at now: Instant) throws {
    let last = try lastRemembered() ?? -1
    let (notes, known) = try store.read { transaction in
      (
        try transaction.query("SELECT note FROM checkpoints WHERE size > ? ORDER BY size", [.integer(last)]).map { try $0[0].text() },
        try Self.keyChanges(transaction)
      )
    }
    try remember(notes)
    let told = access(paths.keys, F_OK) == 0 ? String(decoding: try readFile(paths.keys, from: 0, count: 1 << 20), as: UTF8.self) : ""
    let missing = CheckpointHistory.notes(told).notes.filter { note in !known.contains { $0.utf8.elementsEqual(note.utf8) } }
    if !missing.isEmpty {
      try store.transaction { transaction in
        for (place, note) in missing.enumerated() {
          let size = Int64(bitPattern: try KeyChange(note).size)
          try transaction.upsert(
            Tables.keyChanges, [[.integer(Int64(known.count + place + 1)), .integer(now.microseconds), .integer(size), .text(note)]])
        }
      }
    }
    if !(known + missing).isEmpty { try writeKeys(known + missing) }
  }

  func writeKeys(_ changes: [String]) throws { try replaceFile(paths.keys, Array(CheckpointHistory.text(changes).utf8)) }

  static func keyChanges(_ transaction: any StoreTransaction) throws -> [String] {
    try transaction.query("SELECT note FROM key_changes ORDER BY number", []).map { try $0[0].text() }
  }
}
