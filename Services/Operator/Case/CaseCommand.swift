import ArgumentParser
import JSON

/// Tells one case's whole story.
struct CaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "case",
    abstract: "Tells one case's whole story: what happened, when, why, who, and what changed.",
    discussion: """
      The story comes from audit's ledger. With the operator's token (--token-file) it holds contents, without it only \
      facts. Personal data stays tokenised.
      """)

  @Argument(help: "The case's id.") var id: String
  @Option(help: "Where audit answers.") var audit = "http://127.0.0.1:7105"
  @Option(help: "A file with the operator's bearer token.") var tokenFile: String?
  @Flag(help: "Prints audit's answer as JSON.") var json = false

  func validate() throws {
    guard isCaseID(id) else { throw ValidationError("ID: a case id was expected, as 019ab000-0000-7000-8000-000000000001.") }
  }

  func run() async throws {
    let answer = try await WebClient(audit, tokenFile: tokenFile).json("/v1/cases/\(id)")
    if json { return printLine(answer.text) }
    for line in Story(answer).lines { printLine(line) }
  }
}
