import ArgumentParser
import JSON

/// `countersign policy`: why cases went where they went.
struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Why a case went where it went.", subcommands: [Explain.self])

  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Explains a case's route: every match, and what would have had to differ for the next milder route.",
      discussion: """
        It tells what policy recorded when it judged, from audit's ledger; nothing is judged anew. Contents take the \
        operator's token (--token-file). Personal data stays tokenised.
        """)

    @OptionGroup var question: CaseQuestion
    @Flag(help: "Prints JSON.") var json = false

    func run() async throws {
      let explanation = try Explanation(await question.answer())
      if json { return printLine(explanation.json.text) }
      explanation.lines.forEach { printLine($0) }
    }
  }
}
