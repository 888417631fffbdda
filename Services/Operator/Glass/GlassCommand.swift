import ArgumentParser
import JSON

/// Who has broken the glass and who must still look at it; and a suspended right, given back.
struct GlassCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glass", abstract: "Broken glass that somebody still has to look at, and rights that are suspended.",
    discussion: """
      Breaking it goes by the desk alone: it takes a sign-in of the last five minutes and a key of the person's own, and this command keeps \
      nobody's key.
      """,
    subcommands: [List.self, Restore.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Every grant that nobody has found justified yet, by person.")

    @Option(help: "Where policy answers.") var policy = "http://127.0.0.1:7102"
    @Flag(help: "Prints a JSON object.") var json = false

    func run() async throws {
      let answer = try await WebClient(policy, tokenFile: nil).json("/v1/break-glass")
      printLine(json ? answer.text : GlassCommand.lines(answer).joined(separator: "\n"))
    }
  }

  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "restore", abstract: "Gives a suspended right back; by another person than whose it is.")

    @Argument(help: "The person's id (countersign glass list).") var person: String
    @Option(help: "Why, in one sentence.") var reason: String
    @Option(help: "Where policy answers.") var policy = "http://127.0.0.1:7102"
    @Option(help: "A file with your own bearer token: you must be a duty officer or a lead.") var tokenFile: String
    @Flag(help: "Prints a JSON object.") var json = false

    func run() async throws {
      let answer = try await WebClient(policy, tokenFile: tokenFile).posted("/v1/break-glass/restore", ["person": .string(person), "reason": .string(reason)])
      printLine(json ? answer.text : "\(clean(person)) may break the glass again, where a policy says so.")
    }
  }

  /// What policy tells, in words.
  static func lines(_ answer: JSON) -> [String] {
    let people = answer["people"]?.array ?? []
    guard !people.isEmpty else { return ["Nobody has to look at any broken glass, and nobody's right is suspended."] }
    return people.flatMap { entry -> [String] in
      let who = clean(entry["person"]?.string ?? "")
      return [entry["suspended"]?.bool == true ? "\(who)  SUSPENDED" : who] + (entry["grants"]?.array ?? []).map(line)
    }
  }

  private static func line(_ grant: JSON) -> String {
    let words = Words(grant)
    let what = switch words["state"] ?? "" {
    case "granted": "may decide alone now"
    case "asked": "somebody is to look at it\(words["due"].map { " by \($0)" } ?? "")"
    case "unjustified": "was found not justified"
    case "overdue": "was not looked at in time, and still has to be"
    default: words["state"] ?? ""
    }
    return "    case \(words["case"] ?? "")  since \(words["at"] ?? ""): \(what)"
  }
}
