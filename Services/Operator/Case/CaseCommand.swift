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

  @OptionGroup var question: CaseQuestion
  @Flag(help: "Prints audit's answer as JSON.") var json = false

  func run() async throws {
    let answer = try await question.answer()
    if json { return printLine(answer.text) }
    for line in Story(answer).lines { printLine(line) }
  }
}
