import ArgumentParser
import Foundation
import JSON
import Storage
import Wire

/// Copies a service's database while it runs.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copies what a service keeps, while it runs: its database, of audit the ledger too.",
    discussion: """
      SQLite: a consistent copy by the online backup API. PostgreSQL: pg_dump --format=custom. A restored backup catches up \
      from the topics, as long as they reach back to it: 7 days on Kafka as delivered, 5 MiB a partition on the embedded broker.
      """)

  @OptionGroup var options: ServiceOptions
  @Argument(help: "A folder that does not exist yet.") var directory: String
  @Flag(help: "Prints a JSON object.") var json = false

  func run() throws {
    let installation = try options.installation()
    let files = FileManager.default
    let partial = directory + ".partial"
    for path in [directory, partial] where files.fileExists(atPath: path) {
      throw OperatorError("\(path) exists. A backup is never written over: name another folder, or remove it.")
    }
    let store = try installation.openForReading()
    defer { store.close() }
    // Before the copy, so that it never tells of more than the copy holds.
    let numbers: [String: Int64]
    do { numbers = try Manifest.numbers(store, of: installation.service) } catch {
      throw OperatorError("\(installation.place) is not the database of a service: \(error). Was it ever started?")
    }
    let manifest = Manifest(
      service: installation.service, isPostgres: installation.isPostgres, madeAt: Self.now, numbers: numbers)
    try store.backup(to: partial)
    var leaves: Int64?
    if let ledger = installation.ledger, let copy = try LedgerCopy(ledger, store) {
      leaves = try copy.write(to: "\(partial)/ledger")
    }
    try Data(manifest.json.text.utf8).write(to: URL(fileURLWithPath: "\(partial)/manifest.json"))
    try files.moveItem(atPath: partial, toPath: directory)
    let bytes = try files.subpathsOfDirectory(atPath: directory).reduce(Int64(0)) { sum, name in
      sum + (((try? files.attributesOfItem(atPath: "\(directory)/\(name)"))?[.size] as? NSNumber)?.int64Value ?? 0)
    }
    if json {
      var object: [(String, JSON)] = [
        ("service", .string(installation.service.rawValue)), ("directory", .string(directory)), ("bytes", .integer(bytes)),
        ("made_at", .string(manifest.madeAt)),
      ]
      if let leaves { object.append(("ledger", .integer(leaves))) }
      return printLine(JSON.object(JSONObject(object)).text)
    }
    printLine("\(directory): \(installation.service.rawValue) as of \(manifest.madeAt), \(bytes) bytes" + (leaves.map { ", \($0) records in the ledger" } ?? ""))
  }

  static var now: String { ISO8601DateFormatter().string(from: Date()) }
}
