import ArgumentParser
import JSON

/// Legal holds: what they cover is not destroyed, whatever its class says.
struct HoldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Legal holds: lists them, places one, ends one by two people.",
    discussion: "One person places a hold; it ends when two different people have said so within a day.",
    subcommands: [List.self, Place.self, Release.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "The holds that stand, and with --all those that ended.")

    @Flag(help: "Also those that ended.") var all = false
    @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
    @Option(help: "A file with your own bearer token, or the operator's: reasons are shown, too.") var tokenFile: String?
    @Flag(help: "Prints audit's answer as JSON.") var json = false

    func run() async throws {
      let answer = try await WebClient(audit, tokenFile: tokenFile).json("/v1/holds" + (all ? "?all=1" : ""))
      if json { return printLine(answer.text) }
      let holds = answer["holds"]?.array ?? []
      if holds.isEmpty { printLine("No hold stands.") }
      for hold in holds { for line in Self.told(hold) { printLine(line) } }
    }

    static func told(_ hold: JSON) -> [String] {
      let words = Words(hold)
      let isOver = hold["released"].map { !$0.isNull } ?? false
      return ["\(words["hold"] ?? "")  \(words["scope"] ?? "") \(words["value"] ?? "")\(isOver ? "  (ended)" : "")"]
        + [("placed", "placed"), ("asked", "its end asked for"), ("released", "ended")].compactMap { name, verb in
          guard let said = hold[name], !said.isNull else { return nil }
          let words = Words(said)
          return "    \(verb) by \(words["by"] ?? "") at \(words["at"] ?? "")\(words["reason"].map { ": \(short($0, 300))" } ?? "")"
        }
    }
  }

  struct Place: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "place", abstract: "Places a hold on a case, on all that a person had to do with, or on a workflow.")

    @Option(name: .customLong("case"), help: "A case's id.") var caseID: String?
    @Option(help: "ISSUER SUBJECT, as a case's story names people.") var person: String?
    @Option(help: "A workflow's name.") var workflow: String?
    @Option(help: "Why: the matter, in at most 500 characters.") var reason: String
    @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
    @Option(help: "A file with your own bearer token.") var tokenFile: String
    @Flag(help: "Prints a JSON object.") var json = false

    func validate() throws {
      guard [caseID, person, workflow].compactMap({ $0 }).count == 1 else { throw ValidationError("One of --case, --person and --workflow was expected.") }
    }

    func run() async throws {
      let (scope, value) = caseID.map { ("case", $0) } ?? person.map { ("person", $0) } ?? ("workflow", workflow ?? "")
      let body = JSON.object(JSONObject([(scope, .string(value)), ("reason", .string(reason))]))
      let answer = try await WebClient(audit, tokenFile: tokenFile).posted("/v1/holds", body)
      if json { return printLine(answer.text) }
      printLine("The hold \(answer["hold"]?.string.map(clean) ?? "") stands on \(scope) \(clean(value)).")
      if answer["late"]?.bool == true { printLine("Contents of it were said to go before; what is still there is kept.") }
    }
  }

  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Ends a hold; two different people say so within a day.")

    @Argument(help: "The hold's name (countersign audit hold list).") var hold: String
    @Option(help: "Why, in at most 500 characters.") var reason: String
    @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
    @Option(help: "A file with your own bearer token.") var tokenFile: String
    @Flag(help: "Prints a JSON object.") var json = false

    func run() async throws {
      guard hold.hasPrefix("H-"), hold.dropFirst(2).allSatisfy(\.isHexDigit) else { throw OperatorError("\(clean(hold)) is no hold's name.") }
      let answer = try await WebClient(audit, tokenFile: tokenFile).posted("/v1/holds/\(hold)/release", ["reason": .string(reason)])
      if json { return printLine(answer.text) }
      let until = answer["another_until"]?.string.map(clean)
      printLine(until.map { "Another person has to say so by \($0); until then the hold stands." } ?? "The hold \(hold) has ended.")
    }
  }
}
