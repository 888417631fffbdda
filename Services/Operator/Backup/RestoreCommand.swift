import ArgumentParser
import Foundation
import JSON
import Storage
import Wire

/// Puts a backup in the place of a service's database.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Puts a backup in the place of a service's database; what stood there is kept beside it.",
    discussion: """
      Stop the service first, all its instances. Started again, it takes what it has said since from its own topics and goes \
      on; where the topics do not reach back that far, it says so and does not start.
      """)

  @OptionGroup var options: ServiceOptions
  @Argument(help: "The backup's folder.") var directory: String
  @Flag(help: "Also where the present database is newer than the backup.") var force = false
  @Flag(help: "Of audit: takes the backup's ledger also where the present one goes on from it.") var replaceLedger = false
  @Flag(help: "Prints a JSON object.") var json = false

  func run() throws {
    let installation = try options.installation()
    let service = installation.service.rawValue
    let manifest = try Manifest(directory)
    guard manifest.service == installation.service else {
      throw OperatorError("\(directory) is a backup of \(manifest.service.rawValue), not of \(service).")
    }
    guard manifest.isPostgres == installation.isPostgres else {
      throw OperatorError("\(directory) was made from \(manifest.isPostgres ? "PostgreSQL" : "SQLite"), the database of \(service) is of the other kind. Set DATABASE as it was.")
    }
    try checkAge(manifest, installation)
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(secondsFromGMT: 0)
    format.dateFormat = "yyyyMMdd_HHmmss"
    let aside = "before_" + format.string(from: Date())
    let kept: String?
    do throws(StoreError) {
      kept = try restoreStore(installation.database, from: directory, aside: aside)
    } catch {
      let remedy = error.kind == .unavailable ? " Stop \(service) first, all its instances." : ""
      throw OperatorError("Nothing was restored: \(error).\(remedy)")
    }
    let ledger = try installation.ledger.map {
      try LedgerCopy.restore("\(directory)/ledger", to: $0, replacing: replaceLedger, aside: aside)
    }
    if json {
      return printLine(
        JSON.object(
          JSONObject([
            ("service", .string(service)), ("made_at", .string(manifest.madeAt)), ("kept", kept.map { .string($0) } ?? .null),
            ("ledger", ledger.map { .string($0) } ?? .null),
          ])
        ).text)
    }
    printLine("\(service) is as of \(manifest.madeAt) in \(installation.place).")
    if let kept { printLine("What stood there is kept: \(kept)") }
    if let ledger { printLine("Ledger: \(ledger).") }
    printLine("Start countersign-\(service): it takes what it has said since from its topics.")
  }

  private func checkAge(_ manifest: Manifest, _ installation: Installation) throws {
    // A database that is gone or cannot be read any more is what a backup is for.
    guard !force, let store = try? openStoreForReading(installation.database) else { return }
    defer { store.close() }
    guard let present = try? Manifest.numbers(store, of: installation.service),
      let newer = manifest.streamsBehind(present).first
    else { return }
    throw OperatorError(
      """
      The database in \(installation.place) is newer than the backup of \(manifest.madeAt): \(newer.stream) stands at \
      \(newer.now) there and at \(newer.then) in the backup. Nothing was restored. Where it is damaged, say --force: it is \
      put aside, and the service takes what it has said since from its topics.
      """)
  }
}
