import ArgumentParser
import JSON

/// Where policy answers, and who asks.
struct SwitchOptions: ParsableArguments {
  @Argument(help: "The workflow.") var workflow: String?
  @Flag(help: "All workflows.") var all = false
  @Option(help: "Where policy answers.") var policy = "http://127.0.0.1:7102"
  @Option(help: "A file with your own bearer token: you must be a duty officer or a lead.") var tokenFile: String
  @Flag(help: "Prints a JSON object.") var json = false

  var name: String { workflow ?? "*" }

  func validate() throws {
    guard (workflow == nil) == all else { throw ValidationError("A workflow or --all was expected, and not both.") }
  }

  /// - Throws: policy's own words for any refusal.
  func post(_ path: String, _ body: JSON) async throws -> JSON {
    try await WebClient(policy, tokenFile: tokenFile).posted(path, body)
  }
}

/// Stops automation: within two seconds every automatic route is a human one.
struct StopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "Stops a workflow's automation: people decide, permits that are not executed are revoked, intake goes on.",
    discussion: "One duty officer or lead suffices. Starting again takes two people (countersign start).")

  @OptionGroup var to: SwitchOptions
  @Option(help: "Why, in one sentence; it is shown with every case.") var reason: String

  func run() async throws {
    let answer = try await to.post("/v1/stops", ["workflow": .string(to.name), "reason": .string(reason)])
    printLine(to.json ? answer.text : clean(answer["what"]?.string ?? "stopped"))
  }
}

/// Starts it again; two different people say so within ten minutes.
struct StartCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Starts a stopped workflow again: two different people within ten minutes.",
    discussion: """
      By your own bearer token, which policy checks itself. At the desk, and from programs, it is said by a key of your own (/v1/starts with own \
      and own_key); this command is for when the desk is away, or when no permit key is in force under which policy could vouch for anybody's key.
      """)

  @OptionGroup var to: SwitchOptions

  func run() async throws {
    let answer = try await to.post("/v1/starts", ["workflow": .string(to.name)])
    if to.json { return printLine(answer.text) }
    let until = answer["another_until"]?.string
    printLine(until.map { "Another person has to say so by \($0)." } ?? "\(to.all ? "Everything" : to.name) runs again.")
  }
}
