import ArgumentParser
import Foundation
import Storage
import Wire

/// Which service, and where its settings stand.
struct ServiceOptions: ParsableArguments {
  @Argument(help: "\(Service.allCases.map(\.rawValue).joined(separator: ", ")).") var service: String
  @Option(help: "The service's settings file; its DATABASE and, of audit, its LEDGER are used.") var config: String?
  @Option(help: "The database where there is no settings file: sqlite:PATH or postgres://USER@HOST/NAME.") var database: String?
  @Option(help: "Of audit, where there is no settings file: the ledger's folder.") var ledger: String?

  func installation() throws -> Installation {
    guard let named = Service(rawValue: service) else {
      throw ValidationError("\(service): one of \(Service.allCases.map(\.rawValue).joined(separator: ", ")) was expected.")
    }
    var settings: [String: String] = [:]
    if let config {
      guard let text = try? String(contentsOfFile: config, encoding: .utf8) else {
        throw OperatorError("--config \(config) cannot be read: the settings file of \(service) was expected.")
      }
      for line in text.split(separator: "\n") where !line.hasPrefix("#") {
        let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        if parts.count == 2 { settings[parts[0]] = parts[1] }
      }
    }
    let environment = ProcessInfo.processInfo.environment
    guard let found = database ?? settings["DATABASE"] ?? environment["COUNTERSIGN_DATABASE"] else {
      throw OperatorError("Where is the database of \(service)? Name its settings file with --config, or the database with --database.")
    }
    let folder = ledger ?? settings["LEDGER"] ?? environment["COUNTERSIGN_LEDGER"]
    if named == .audit, folder == nil {
      throw OperatorError("Where is audit's ledger? Name its settings file with --config, or the folder with --ledger.")
    }
    return Installation(service: named, database: found, ledger: named == .audit ? folder : nil)
  }
}

/// What a service keeps, and where.
struct Installation: Sendable {
  let service: Service
  let database: String
  /// Audit's alone.
  let ledger: String?

  var isPostgres: Bool { !database.hasPrefix("sqlite:") }

  /// The database in words, without its password.
  var place: String {
    guard isPostgres, let at = database.lastIndex(of: "@") else {
      return isPostgres ? database : String(database.dropFirst("sqlite:".count))
    }
    return "postgresql://…" + database[at...].prefix { $0 != "?" }
  }

  func openForReading() throws -> any Store {
    do throws(StoreError) { return try openStoreForReading(database) } catch {
      throw OperatorError("The database of \(service.rawValue) cannot be read: \(error). Is it the right --config?")
    }
  }
}
