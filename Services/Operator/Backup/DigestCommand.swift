import ArgumentParser
import JSON
import Storage

/// What a service knows, as one hash.
struct DigestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "SHA-256 over what a service knows: the same for two databases at the same place of one history.",
    discussion: "Shows whether a restored service has become what it was. Stop the service before, or it moves meanwhile.")

  @OptionGroup var options: ServiceOptions
  @Flag(help: "Prints a JSON object, with a digest for each table.") var json = false

  func run() throws {
    let store = try options.installation().openForReading()
    defer { store.close() }
    let digest: StateDigest
    do { digest = try StateDigest(store) } catch {
      throw OperatorError("The database could not be read through: \(error)")
    }
    guard json else { return printLine(digest.digest) }
    let tables = digest.parts.map { part -> (String, JSON) in
      (part.name, ["rows": .integer(Int64(part.rows)), "sha256": .string(part.digest)])
    }
    printLine(
      JSON.object(
        JSONObject([
          ("service", .string(options.service)), ("digest", .string(digest.digest)), ("tables", .object(JSONObject(tables))),
        ])
      ).text)
  }
}
