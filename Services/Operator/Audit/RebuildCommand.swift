import ArgumentParser
import Glibc
import Ledger
import Storage
import Wire

/// Throws audit's index away; audit makes it from the ledger when it starts.
struct RebuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild", abstract: "Throws audit's index away; audit makes it anew from the ledger when it starts.",
    discussion: """
      Stop audit first, in an orderly way: it signs a checkpoint then, and the index is made up to there. `countersign digest audit` \
      is the same before and after where the index was what the ledger says.
      """)

  @Option(help: "Audit's settings file; its DATABASE and LEDGER are used.") var config: String
  @Flag(help: "Prints a JSON object.") var json = false

  /// What audit makes from the ledger's records, as far as its version has them.
  static let made = ["bundles", "entries", "cases", "labels", "streams", "security", "kpi_cells", "budget_cells", "report_signatures", "touched", "views", "owing", "flaws", "open_cells", "erasures", "erased", "going", "holds"]

  func run() throws {
    var options = ServiceOptions()
    options.service = Service.audit.rawValue
    options.config = config
    (options.database, options.ledger) = (nil, nil)
    let installation = try options.installation()
    let folder = installation.ledger ?? ""
    // Who writes the ledger holds this lock.
    let lock = open("\(folder)/lock", O_RDWR | O_CLOEXEC)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      throw OperatorError("\(folder) is written by audit now, or cannot be opened. Stop audit first, all its instances.")
    }
    defer { close(lock) }
    let store: any Store
    do throws(StoreError) { store = try openStore(installation.database) } catch {
      throw OperatorError("The database of audit cannot be opened: \(error). Stop audit first, all its instances.")
    }
    defer { store.close() }
    let present = try Contents.read(store) { Set(try $0.tables().map(\.name)) }
    let size = try forget(store, Self.made.filter(present.contains), FolderSource(folder: folder).checkpoint(witnessed: false))
    if json { return printLine(#"{"records":\#(size)}"#) }
    printLine("The index of \(size) records is gone. Start countersign-audit: it makes it anew from \(folder).")
  }

  /// - Returns: how many records the index will be made of.
  private func forget(_ store: any Store, _ tables: [String], _ note: String?) throws -> Int64 {
    try store.transaction { transaction in
      guard let row = try transaction.query("SELECT size FROM ledger", []).first, case .integer(let size) = row[0] else {
        throw OperatorError("The database knows no ledger yet: there is nothing to make anew.")
      }
      // Only up to its checkpoint does audit take leaves over; those behind it would be lost.
      let signed = note.flatMap { try? Note($0) }.flatMap(\.claimedSize).flatMap { Int64(exactly: $0) } ?? 0
      guard signed == size else {
        throw OperatorError("The checkpoint tells of \(signed) records, the database of \(size). Start audit and stop it in an orderly way (SIGTERM): it signs the rest.")
      }
      for table in tables {
        _ = try transaction.execute("DELETE FROM \(table)", [])
      }
      _ = try transaction.execute("UPDATE ledger SET size = 0, hashes = ?, segment = 1, leaf_bytes = 0, content_bytes = 0", [.blob([])])
      return size
    }
  }
}
